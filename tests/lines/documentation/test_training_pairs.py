"""What the judge of support learns from."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.core.speech import Role
from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.fidelity.premise import spoken
from attending.lines.documentation.fidelity.training.corruptions import CORRUPTIONS, heard_in
from attending.lines.documentation.fidelity.training.pairs import (
    Label,
    between_sentences,
    of_visits,
)
from attending.lines.documentation.fidelity.training.visits import (
    Visit,
    aci_visits,
    sentences_of,
)

DIALOGUE = "[doctor] any pain ? [patient] no , the left knee is fine\nand i take 20 milligrams"
NOTE = """HISTORY OF PRESENT ILLNESS

Anna Roe is a 44-year-old female. She denies pain in her left knee.
• Medications: She takes lisinopril 20 mg daily.

ASSESSMENT
1. Hypertension, stable.
"""
TRUE = {
    "polarity": "She denies chest pain.",
    "number": "She takes 20 mg.",
    "number said": "She takes 25 mg.",
    "unit": "For 3 days now.",
    "time": "She takes it daily.",
    "drug": "Continue lisinopril.",
    "drug said": "Continue lisinopril.",
    "action": "Start an exercise plan.",
    "side": "Pain in the left knee.",
    "sex": "He feels well.",
    "kin": "Her mother had a stroke.",
    "finding": "Reports fever.",
    "condition": "History of asthma.",
    "place": "Pain in the knee.",
}


def visit(name: str) -> Visit:
    return Visit(name, turns_of(DIALOGUE), sentences_of(NOTE))


def several() -> list[Visit]:
    others = ("He had gout in 1990.", "She walks.", "No murmurs.", "Continue aspirin daily.")
    return [visit("a"), *(Visit(text, turns_of(DIALOGUE), (text,) * 20) for text in others)]


def test_turns_are_found_within_a_line_and_a_line_without_a_mark_goes_on() -> None:
    roles = [turn.role for turn in turns_of(DIALOGUE)]
    assert roles == [Role.CLINICIAN, Role.PATIENT]
    assert turns_of(DIALOGUE)[1].text.endswith("20 milligrams")


def test_headings_and_bullets_are_no_sentences() -> None:
    assert sentences_of(NOTE) == (
        "Anna Roe is a 44-year-old female.",
        "She denies pain in her left knee.",
        "Medications: She takes lisinopril 20 mg daily.",
        "1.",
        "Hypertension, stable.",
    )


def test_a_file_of_visits_is_read(tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["id", "dialogue", "note"])
        writer.writerow(["V1", DIALOGUE, NOTE])
    (read,) = aci_visits(file)
    assert (read.id, len(read.turns), len(read.sentences)) == ("V1", 2, 5)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_each_corruption_changes_its_sentence(kind: str) -> None:
    heard = heard_in(["i take metformin 500 and 40 of the other"])
    made = {CORRUPTIONS[kind](TRUE[kind], heard, random.Random(seed)) for seed in range(20)}
    assert made - {None, TRUE[kind]}


@given(st.integers(0, 10_000))
def test_what_is_false_differs_from_what_is_true(seed: int) -> None:
    visits = several()
    true = {spoken(sentence) for each in visits for sentence in each.sentences}
    for example in of_visits(visits, random.Random(seed)):
        assert (example.kind == "true") is (example.label is Label.SUPPORTED)
        assert example.kind == "stranger" or (example.claim in true) is (example.kind == "true")


def test_the_same_seed_gives_the_same_pairs() -> None:
    visits = several()
    once, again = (list(of_visits(visits, random.Random(5))) for _ in range(2))
    assert once == again
    assert list(between_sentences(visits, random.Random(5), 1.0))
