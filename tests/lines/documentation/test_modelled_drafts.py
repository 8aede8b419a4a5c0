"""A person's note as a modelled drafter's draft, and what all checks say of a clean one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attending.assurance.evaluation import Request
from attending.core.speech import Role
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.evaluation.drafted import modelled
from attending.lines.documentation.evaluation.notes import sectioned
from attending.lines.documentation.generative.linking import Links
from attending.lines.documentation.generative.reading import Written
from attending.lines.documentation.labels import is_label
from attending.lines.documentation.soap import Part
from tests.lines.documentation import small_sets
from tests.lines.documentation.spoken import transcript
from tests.lines.documentation.test_evaluation_tasks import run, values

CHECK_NAMES = [*(check.name for check in CHECKS), "fidelity"]
CLINICIAN, PATIENT = Role.CLINICIAN, Role.PATIENT
HEARD = transcript(
    (PATIENT, "I get short of breath on the stairs."),
    (CLINICIAN, "Your lungs are clear, your heart sounds regular."),
    (CLINICIAN, "I will give you ibuprofen 400 milligrams."),
)
NOTE = (
    "HISTORY OF PRESENT ILLNESS",
    "Dyspnea on stairs.",
    "PHYSICAL EXAM",
    "Respiratory",
    "Lungs clear.",
    "PLAN",
    "1.",
    "Ibuprofen 400 mg.",
    "Skin",
)


def test_a_label_stands_before_what_it_names() -> None:
    made = modelled(sectioned(NOTE), HEARD)
    texts = {s.id: s.text for section in made.draft.sections for s in section.statements}
    assert texts == {
        "history_of_present_illness.1": "Dyspnea on stairs.",
        "examination.1": "Respiratory: Lungs clear.",
        "plan.1": "1. Ibuprofen 400 mg.",
    }
    assert made.ids == {
        1: "history_of_present_illness.1",
        3: "examination.1",
        4: "examination.1",
        6: "plan.1",
        7: "plan.1",
    }


@pytest.mark.parametrize("text", ["Cardiovascular", "Head and neck:", "2.", "Family history"])
def test_a_label_says_nothing(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize(
    "text",
    ["Pain", "Chest pain", "Opioids", "Heart failure", "120/80", "7", "Normal", "", "Skin 2"],
)
def test_what_says_something_is_no_label(text: str) -> None:
    assert not is_label(text)


def test_a_statement_cites_what_it_rests_on_though_they_share_no_word() -> None:
    (first, *_) = Links(HEARD).evidence(Written(Part.HISTORY, "Dyspnea.", ()))
    assert first.id == "u1"


def _counted(tmp_path: Path, *sentences: str, **asked: Any) -> dict[str, float]:
    small_sets.visits(tmp_path / "aci")
    dataset = small_sets.seeded(tmp_path / "errors")
    (note,) = json.loads(dataset.read_text())
    note["sentences"] += sentences
    dataset.write_text(json.dumps([note]))
    return values(run("guard", Request(dataset, **asked), tmp_path))


def test_nothing_is_met_on_a_clean_note(tmp_path: Path) -> None:
    found = _counted(tmp_path)
    assert found["all-findings-per-clean-note"] == 0
    assert found["to-open-per-clean-note"] == 0


WRONG = ("I will give amoxicillin 875 milligrams twice a day.", "Return tomorrow and")


def test_what_every_check_says_is_counted_by_check(tmp_path: Path) -> None:
    """Nobody named amoxicillin, and nobody said 875: one finding."""
    found = _counted(tmp_path, *WRONG)
    named = {name: found[f"all-findings-per-clean-note/{name}"] for name in CHECK_NAMES}
    met = {name: count for name, count in named.items() if count}
    assert met["unheard-drug"] == met["broken-off"] == 1
    assert "unheard-number" not in met
    assert found["all-findings-per-clean-note"] == sum(met.values())
    assert 1 <= found["to-open-per-clean-note"] < sum(met.values())


def test_a_check_that_is_off_is_not_counted(tmp_path: Path) -> None:
    found = _counted(tmp_path, *WRONG, off=frozenset({"broken-off"}))
    assert "all-findings-per-clean-note/broken-off" not in found


def test_a_plain_peer_has_no_checks(tmp_path: Path) -> None:
    assert "all-findings-per-clean-note" not in _counted(tmp_path, subject="lexical")
