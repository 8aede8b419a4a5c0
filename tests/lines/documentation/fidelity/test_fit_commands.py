"""``attending fit``, on a folder of small visits in the form of the public sets."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attending.cli.fit import fit
from attending.lines.documentation.fidelity import association, combined

DIALOGUE = """[doctor] what brings you in ?
[patient] my left knee hurts for {n} days and i take lisinopril
[doctor] i see no swelling . let's start ibuprofen 400 milligrams twice a day"""
NOTE = """HPI

He reports left knee pain for {n} days. Takes lisinopril daily.

EXAM

No swelling of the left knee is seen.

PLAN

Start ibuprofen 400 mg twice daily. Return in {n} weeks if pain persists."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    told = []
    for part, numbers in (("train", range(2, 8)), ("valid", range(12, 18))):
        rows = [
            {
                "encounter_id": f"{part}{n}",
                "dialogue": DIALOGUE.format(n=n),
                "note": NOTE.format(n=n),
            }
            for n in numbers
        ]
        _write(folder / f"scribe/aci-bench/{part}.csv", rows)
        told += [_seeded(row["encounter_id"], n) for row, n in zip(rows, numbers, strict=True)]
    for file in ("TrainingSet", "ValidationSet"):
        row = {
            "ID": "0",
            "section_header": "PLAN",
            "section_text": "Rest.",
            "dialogue": "Doctor: Rest.",
        }
        _write(folder / f"scribe/mts-dialog/MTS-Dialog-{file}.csv", [row])
    seeded = folder / "scribe/seeded-errors/dev-train-valid.json"
    seeded.parent.mkdir()
    seeded.write_text(json.dumps(told))
    return folder


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _seeded(visit: str, n: int) -> dict[str, object]:
    true = f"He reports left knee pain for {n} days."
    wrong = "He reports right knee pain for 95 days."
    error = {"type": "number", "index": 1, "original": true, "seeded": wrong}
    return {
        "encounter_id": visit,
        "sentences": ["HPI", true, "Takes lisinopril daily."],
        "errors": [error],
    }


def test_words_are_learned_and_are_the_same_twice(data: Path, tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        done = CliRunner().invoke(fit, ["words", str(data), "--out", str(tmp_path)])
        assert done.exit_code == 0, done.output
        written.append((tmp_path / association.FILE).read_bytes())
    assert written[0] == written[1]
    learned = association.unpacked(written[0])
    assert learned.facts["files"] == ["MTS-Dialog-TrainingSet.csv", "train.csv"]
    assert learned.shares


def test_the_guard_is_fitted_beside_what_was_fitted_before(data: Path, tmp_path: Path) -> None:
    file = tmp_path / combined.FILE
    file.write_text(json.dumps({"judged": "as it was"}))
    done = CliRunner().invoke(fit, ["guard", str(data), "--lexical", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    documents = json.loads(file.read_text())
    assert documents["judged"] == "as it was"
    fitted = combined.read(documents["lexical"])
    assert fitted.facts["judge"] == "lexical"
    assert fitted.facts["examples"] > 30
    assert 0 <= fitted.facts["recall"]["seeded"] <= 1
    assert set(fitted.thresholds) >= {1.0, combined.BUDGET}
    found = [fitted.facts["found"][str(budget)] for budget in sorted(fitted.thresholds)]
    assert found == sorted(found), "the more flags, the more is found"
    assert 0 <= found[0] <= found[-1] <= 1
    assert json.loads(done.output)["thresholds"] == documents["lexical"]["thresholds"]
