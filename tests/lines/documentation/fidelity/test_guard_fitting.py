"""The fit: errors of our own, examples in their notes, thresholds by budget; the same twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from attending.core.speech import Role
from attending.core.support import Pair, Verdict
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.fitting.corpus import Visit, aci_visits, digest
from attending.lines.documentation.fidelity.fitting.corruptions import Corrupted, corruptions
from attending.lines.documentation.fidelity.fitting.examples import CLEAN, Example, own, seeded
from attending.lines.documentation.fidelity.fitting.guard import (
    Row,
    fitted,
    reliability_error,
    thresholds,
)
from attending.lines.documentation.fidelity.fitting.remembered import RememberedJudge
from attending.lines.documentation.fidelity.fitting.run import rows
from attending.lines.documentation.fidelity.fitting.words import Parallel, fit, learn

NOTE = (
    ("history_of_present_illness", "He reports left knee pain for 3 days."),
    ("medications", "Takes lisinopril 10 mg daily."),
    ("examination", "No swelling of the left knee is seen."),
    ("plan", "Start ibuprofen 400 mg twice daily for 5 days."),
)
TURNS = tuple(
    Turn(i, Role.PATIENT if i % 2 else Role.CLINICIAN, text, f"u{i}")
    for i, text in enumerate(
        (
            "what brings you in ?",
            "my left knee hurts for three days , i take lisinopril ten milligrams a day",
            "i see no swelling of the left knee . let's start ibuprofen 400 milligrams twice a day for 5 days",
        )
    )
)
VISITS = tuple(Visit(f"v{i}", TURNS, NOTE) for i in range(6))
OTHER = Visit("other", TURNS[:1], (("plan", "Refer to cardiology for an echocardiogram soon."),))


def test_each_error_changes_its_sentence_and_comes_again() -> None:
    made = corruptions((VISITS[0], OTHER), seed=4, each=2)
    assert made == corruptions((VISITS[0], OTHER), seed=4, each=2)
    assert made != corruptions((VISITS[0], OTHER), seed=5, each=2)
    kinds = {error.kind for error in made["v0"]}
    assert {"number", "drug", "turned", "affirmed", "denied", "time or unit", "foreign"} <= kinds
    assert all(error.text != NOTE[error.place][1] for error in made["v0"])


def test_examples_stand_where_their_note_says() -> None:
    errors = [
        Corrupted("a", 0, "Wrong."),
        Corrupted("b", 1, "Beside it."),
        Corrupted("c", 3, "Added.", added=True),
        Corrupted("d", 3, "Last."),
    ]
    (batch,) = own((VISITS[0],), {"v0": errors})
    (clean, told), *wrong = batch.notes
    assert clean == NOTE
    assert {example.kind for example in told.values()} == {CLEAN}
    seen = {}
    for made, examples in wrong:
        for place, example in examples.items():
            assert made[place][1] == example.text
            seen[example.kind] = made
    assert seen["a"][1:] == NOTE[1:] or len(seen["a"]) == len(NOTE) + 1
    assert seen["a"] is not seen["b"]  # neighbours are wrong in notes of their own
    assert seen["c"].index(("plan", "Added.")) == seen["c"].index(NOTE[3]) - 1
    assert NOTE[3] not in seen["d"]


def test_a_data_folder_is_read(tmp_path: Path) -> None:
    for folder in ("aci-bench", "seeded-errors"):
        (tmp_path / "scribe" / folder).mkdir(parents=True)
    table = tmp_path / "scribe/aci-bench/valid.csv"
    table.write_text('encounter_id,dialogue,note\nA1,"[doctor] rest .","PLAN\n\nRest. Ice."\n')
    error = {"type": "number", "index": 1, "original": "Rest.", "seeded": "Run."}
    told = {"encounter_id": "A1", "sentences": ["PLAN", "Rest.", "Ice."], "errors": [error]}
    (tmp_path / "scribe/seeded-errors/dev-train-valid.json").write_text(
        json.dumps([told, {**told, "encounter_id": "of another part"}])
    )
    (visit,) = aci_visits(tmp_path, "valid")
    assert visit.note == (("plan", "Rest."), ("plan", "Ice."))
    (batch,) = seeded(tmp_path, {"A1": visit})
    (_, clean), (wrong, examples) = batch.notes
    assert sorted(clean) == [1, 2]
    assert examples == {1: Example("A1", "plan", "Run.", "number", "seeded")}
    assert wrong[1] == ("plan", "Run.")
    assert digest([table]) == digest([table]) != digest([table, table])


def _rows() -> list[Row]:
    drawn = np.random.default_rng(3)
    made = []
    for index in range(600):
        wrong = index % 5 == 0
        example = Example(f"v{index % 20}", "plan", "x", "drug" if wrong else CLEAN, "own")
        strength = float(drawn.random() < (0.7 if wrong else 0.03))
        made.append(Row(example, {"signal:drug": strength, "length": float(drawn.random())}))
    return made


def test_the_fit_learns_what_tells_and_is_the_same_twice() -> None:
    combined, held_out = fitted(_rows(), {"seed": 1})
    assert combined == fitted(_rows(), {"seed": 1})[0]
    assert combined.weights["signal:drug"] > 2
    assert combined.facts["seed"] == 1
    assert 0 <= combined.facts["ece"] < 0.1
    assert len(held_out) == 600


def test_a_budget_is_kept_on_clean_notes() -> None:
    rows = _rows()
    doubts = np.random.default_rng(5).random(len(rows))
    found = thresholds(rows, doubts)
    clean = [d for row, d in zip(rows, doubts, strict=True) if row.example.kind == CLEAN]
    for budget, at in found.items():
        flagged = sum(doubt >= at for doubt in clean)
        assert flagged <= budget * 20
        if budget <= 2:
            assert flagged <= 0.05 * len(clean)
    assert sum(doubt >= found[5.0] for doubt in clean) > 0


def test_reliability() -> None:
    wrong = np.asarray([0.0, 1.0, 0.0, 1.0])
    assert reliability_error(np.asarray([0.5] * 4), wrong, np.ones(4)) == 0
    assert reliability_error(np.asarray([0.9] * 4), wrong, np.ones(4)) > 0.39


def test_words_that_stand_for_each_other_are_learned() -> None:
    pairs = [
        Parallel(("dyspnea", "cough"), ("breath", "cough")),
        Parallel(("dyspnea",), ("breath", "stairs")),
        Parallel(("fever", "cough"), ("hot", "cough")),
        Parallel(("fever",), ("hot",)),
        Parallel(("dyspnea", "fever"), ("breath", "hot")),
    ]
    table = fit(pairs)
    assert table == fit(pairs)
    assert table.written["breath"]["dyspnea"] > table.written["breath"].get("cough", 0)
    assert max(table.sources("fever"), key=table.sources("fever").__getitem__) == "hot"
    assert "stairs" not in table.written  # said once: it proves nothing
    assert learn(VISITS[:2], VISITS[2:3], passes=1).shares


class Counting:
    name = "counting"
    version = "1"

    def __init__(self) -> None:
        self.asked = 0

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        self.asked += len(pairs)
        return tuple(Verdict(0.9, 0.1, 0.0) for _ in pairs)


def test_verdicts_are_remembered_and_no_text_is(tmp_path: Path) -> None:
    judge = Counting()
    pairs = [Pair("a claim", "a passage"), Pair("another claim", "a passage")]
    first = RememberedJudge(judge, tmp_path).judge(pairs)
    assert RememberedJudge(judge, tmp_path).judge([*pairs, *pairs]) == first * 2
    assert judge.asked == 2
    kept = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "claim" not in kept
    assert "passage" not in kept


def test_every_example_is_measured_in_its_note() -> None:
    judge = Counting()
    made = corruptions((*VISITS[:1], OTHER), 1, 1)
    found = list(rows(own(VISITS[:1], made), judge, None))
    assert {row.example.kind for row in found} == {CLEAN, *(e.kind for e in made["v0"])}
    assert all("missing" in row.features for row in found)
    assert judge.asked
