"""The table of the guard: every number from small sets of our own, and honest about gaps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attending import app
from attending.assurance.evaluation import Evaluated
from attending.assurance.result import Measure
from attending.assurance.store import Store
from attending.settings import Settings
from benchmarks.bench import Figure
from benchmarks.guard import __main__ as program
from benchmarks.guard import pages, published_notes, speed
from benchmarks.guard.asked import ASKED, ORDER, PUBLISHED, SEEDED, Asked, Goal
from benchmarks.guard.measuring import Measuring, Number
from tests.lines.documentation import small_sets


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder in small: the published notes, seeded errors and claims."""
    aci = tmp_path / "scribe" / "aci-bench"
    small_sets.visits(aci, "clinicalnlp_taskB_test1.csv")
    outputs = tmp_path / PUBLISHED
    for system in ("GPT-4", "ChatGPT", "BART-SAMSum-division", "LED-division"):
        small_sets.table(
            outputs / f"{system}.csv",
            {"note": "Left knee hurts. Colonoscopy showed polyps.", "encounter_id": "V1"},
            {"note": "Cough for five days.", "encounter_id": "V2"},
        )
    made = small_sets.seeded(tmp_path / "scribe" / "seeded-errors", "clinicalnlp_taskB_test1.csv")
    made.rename(tmp_path / SEEDED)
    small_sets.claims(tmp_path / "nlp" / "support")
    return tmp_path


@pytest.fixture
def measuring(data: Path) -> Measuring:
    tasks = app.evaluation_tasks(Settings())
    return Measuring(tasks, data, Store(data / "scores"), None, lambda _: None)


def test_what_can_be_measured_is_and_what_cannot_says_why(measuring: Measuring) -> None:
    numbers = [measuring.number(each) for each in ASKED]
    by_name = {(n.asked.dataset, n.asked.measure): n for n in numbers}
    seeded = by_name[SEEDED, "recall-at-5"]
    assert seeded.split == "test"
    assert seeded.measure is not None
    assert [name for name, _ in seeded.peers] == ["lexical"]
    assert by_name["nlp/negation", "negation-f1"].absent == (
        "there is no nlp/negation in the data folder"
    )
    assert by_name[SEEDED, "recall-at-5/kin"].absent == "it is not defined on this data"
    written = pages.table(numbers, [Figure.at_most("Guard: a note", 0.5, "s", 2)])
    assert len(written.splitlines()) == 2 + len(ASKED) + 2
    assert "not measured: there is no nlp/negation" in written
    assert "| Guard: a note |  | 0.500 s" in written


def test_every_number_of_the_issue_has_its_goal() -> None:
    goals = {f"{each.dataset} {each.measure}": str(each.goal) for each in ASKED if each.goal}
    assert len(goals) == 18
    assert goals["nlp/support auroc/polarity"] == "≥ 0.85"
    assert sum(goal.startswith("lower bound > 0") for goal in goals.values()) == 1


@pytest.mark.parametrize(
    ("goal", "value", "low", "met"),
    [
        (Goal("at least", 0.8), 0.8, 0.1, True), (Goal("at least", 0.8), 0.79, 0.7, False),
        (Goal("at most", 2), 2.0, 1.0, True), (Goal("at most", 2), 2.1, 1.0, False),
        (Goal("above", 0, low=True), 0.1, 0.0, False), (Goal("above", 0, low=True), 0.1, 0.01, True),
    ],
)  # fmt: skip
def test_goals(goal: Goal, value: float, low: float, met: bool) -> None:
    assert goal.met(value, low) is met


def shares(*values: float) -> list[Number]:
    return [
        Number(Asked("", "guard", PUBLISHED, "flagged/reference"), Measure(0, 0, 0, 9)),
        *(
            Number(Asked(system, "guard", PUBLISHED, f"flagged/{system}"), Measure(value, 0, 1, 9))
            for system, value in zip(ORDER, values, strict=True)
        ),
    ]


def test_the_order_is_kept_or_not() -> None:
    assert pages.order_kept(shares(0.01, 0.06, 0.08, 0.2, 0.4)) is True
    assert pages.order_kept(shares(0.07, 0.06, 0.08, 0.2, 0.4)) is False
    assert pages.order_kept(shares(0.01, 0.06, 0.08, 0.2, 0.4)[:3]) is None


def test_the_page_of_published_notes_explains_flags(measuring: Measuring, data: Path) -> None:
    done = measuring.evaluated("guard", PUBLISHED)
    assert isinstance(done, Evaluated)
    page = published_notes.page(measuring, done, data / PUBLISHED, "today")
    for system in (*ORDER, "reference"):
        assert f"### {system}" in page
        assert f"| {system} |" in page
    examples = [line for line in page.splitlines() if line.startswith("- “")]
    assert any("Colonoscopy" in line for line in examples)
    assert "CC BY 4.0" in page


def test_the_talk_and_the_note_are_as_long_as_they_say() -> None:
    assert (
        speed.TALK_WORDS <= sum(len(t.text.split()) for t in speed.talk()) < speed.TALK_WORDS + 20
    )
    assert speed.NOTE_WORDS <= sum(len(s.split()) for _, s in speed.note()) < speed.NOTE_WORDS + 20


def test_no_sentence_comes_twice_so_that_nothing_is_remembered() -> None:
    for texts in ([t.text for t in speed.talk()], [text for _, text in speed.note()]):
        assert len(set(texts)) == len(texts)


def test_the_speed_is_measured_in_a_process_of_its_own() -> None:
    note, statement = speed.measure()
    assert 0 < statement.value / 1000 <= note.value
    assert (note.goal, statement.goal) == ("≤ 2 s", "≤ 100 ms")


def test_the_program_prints_one_document(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--data", str(data), "--scores", str(data / "s"), "--only", "evidence", "--json"]
    assert program.main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert [n["asked"]["task"] for n in told["numbers"]] == ["evidence", "evidence"]


def test_the_program_refuses_what_would_mislead(tmp_path: Path) -> None:
    assert program.main(["--data", str(tmp_path / "absent")]) == 2
    assert program.main(["--data", str(tmp_path), "--write", "--limit", "3"]) == 2
