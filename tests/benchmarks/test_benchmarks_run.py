"""Each measurement runs, at a size that shows nothing but that it runs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.__main__ import MEASUREMENTS, main
from benchmarks.bench import Bench, Effort

pytestmark = pytest.mark.xdist_group("benchmarks")  # they would disturb each other


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_measurement_gives_numbers(name: str, server: Path) -> None:
    told: list[str] = []
    figures = MEASUREMENTS[name](Bench(server, Effort.TINY, told.append))
    assert figures
    assert told, "progress is shown"
    assert all(math.isfinite(figure.value) and figure.value >= 0 for figure in figures)
    assert all((figure.met is None) == (figure.goal == "") for figure in figures)


def test_a_quick_run_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--write"]) == 2
    assert "full size" in capsys.readouterr().err
