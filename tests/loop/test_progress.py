"""Progress is written now and then, however often a decoder tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from attending.adapters.storage.intake import IntakeTables
from attending.core.errors import Paused
from attending.core.ids import SourceId
from attending.core.line import Decoded
from attending.core.work import Step
from attending.loop.decode import decode
from tests.clinic import Clinic
from tests.plugins.vitals_line.steps import VitalsLine

TOLD = 1000  # times, in TOOK seconds
TOOK = 10


@dataclass
class Clock:
    now: float = 5.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class SlowLine(VitalsLine):
    """Decodes in TOOK seconds of its clock, and tells its progress all the time."""

    clock: Clock = field(default_factory=Clock)
    halfway: Callable[[], object] = lambda: None

    def decode(
        self, source: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Decoded:
        for number in range(TOLD):
            if number == TOLD // 2:
                self.halfway()
            progress(number / TOLD)
            self.clock.now += TOOK / TOLD
        return super().decode(source, hints=hints, progress=lambda _done: None)


def decoded(clinic: Clinic, line: SlowLine, source: SourceId) -> None:
    parts = replace(clinic.parts("inference"), lines={"vitals": line}, clock=line.clock)
    decode(parts, clinic.job(Step.DECODE, source))


def test_progress_is_written_once_a_second(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[float] = []
    monkeypatch.setattr(
        IntakeTables, "report_progress", lambda _self, _source, _version, done: written.append(done)
    )
    source, _ = clinic.upload()
    decoded(clinic, SlowLine(), source.id)
    assert written[0] == 0.0
    assert written == sorted(written)
    assert TOOK - 1 <= len(written) <= TOOK + 1


def test_a_pause_is_noticed_within_two_seconds(clinic: Clinic) -> None:
    source, head = clinic.upload()
    line = SlowLine(halfway=lambda: paused.append(clinic.pause()))
    paused: list[object] = []
    decoded(clinic, line, source.id)
    assert line.clock.now - 5.0 <= TOOK / 2 + 2
    assert clinic.case(head.id).reason == Paused.code
    clinic.resume(paused[0])  # type: ignore[arg-type]
