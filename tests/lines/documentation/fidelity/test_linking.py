"""Claims find what was said for them, in other words too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.core.speech import Role
from attending.lines.documentation.fidelity.association import shipped, unpacked
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.conversation import turns_of_dialogue
from attending.lines.documentation.fidelity.linking import LONGEST_PASSAGE, Linker, rank
from attending.lines.documentation.fidelity.pieces import LONGEST
from attending.lines.documentation.fidelity.terms import terms

TALK = turns_of_dialogue(
    """Doctor: What brings you in?
Patient: I get short of breath when I climb the stairs at work.
Doctor: Any swelling in your feet?
Patient: No, none at all.
Doctor: And how is your high blood pressure?
Patient: I check it. I take fifty milligrams of Cozaar every morning.
Doctor: Does anything run in your family?
Patient: My mom had a heart attack when she was sixty.
Doctor: Let me listen to your lungs. They are clear on both sides.
Doctor: I want an x-ray of your chest, and see you again in two weeks."""
)


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("Dyspnea on exertion.", "short of breath"),
        ("The patient denies edema of the lower extremities.", "swelling"),
        ("Losartan 50 mg daily for hypertension.", "Cozaar"),
        ("Mother had a myocardial infarction at age 60.", "my mom"),
        ("Lungs: Clear to auscultation bilaterally.", "lungs"),
        ("A chest radiograph was ordered.", "x-ray"),
        ("He will follow up in 2 weeks.", "two weeks"),
    ],
)
def test_a_claim_finds_its_passage(claim: str, words: str) -> None:
    assert words.lower() in rank(claim, TALK, 1)[0].text.lower()


def test_an_answer_stands_with_its_question() -> None:
    passage = rank("Denies swelling.", TALK, 1)[0]
    assert [turn.text for turn in passage.turns][:2] == [
        "Any swelling in your feet?",
        "No, none at all.",
    ]


def test_notes_and_talk_meet_in_one_form() -> None:
    assert terms("Tylenol 1,000 mg") == terms("acetaminophen, 1000 milligrams")
    assert terms("She denies SOB.") == terms("any shortness of breath ?")
    assert terms("it do n't hurt") == terms("it doesn't hurt")


def test_the_table_knows_what_notes_write_of_talk() -> None:
    table = shipped()
    (auscultation,) = terms("auscultation")
    assert table.sources(auscultation).get("listen", 0) > 0.1
    assert unpacked(table.packed()) == table
    assert table.background("a word that no note holds") > 0


WORDS = st.sampled_from(
    ["knee", "pain", "left", "swelling", "no", "5", "mg", "lisinopril", ".", "?"]
)
SAID = st.lists(WORDS, max_size=60).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=8), SAID, st.integers(1, 5))
def test_passages_are_runs_of_turns_that_do_not_overlap(
    said: list[str], claim: str, k: int
) -> None:
    turns = [Turn(i, Role.PATIENT, text, f"u{i}") for i, text in enumerate(said)]
    found = rank(claim, turns, k)
    assert found == rank(claim, turns, k)
    assert len(found) <= k
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    pieces = [(t.index, t.text) for p in found for t in p.turns]
    assert all(p.turns for p in found)
    assert all(len(p.text.split()) <= LONGEST_PASSAGE + LONGEST for p in found)
    places = [[t.index for t in p.turns] for p in found]
    assert all(place == sorted(place) for place in places)
    assert len(pieces) <= sum(max(1, len(text.split())) for text in said)


def test_what_was_said_explains_more_than_what_was_not() -> None:
    linker = Linker(TALK)
    (said,), (unsaid,) = terms("stairs"), terms("pancreatitis")
    assert linker.explained(said) > linker.explained(unsaid) == 0
    assert linker.rarity(unsaid) > linker.rarity(terms("pain")[0]) > 0


def test_nothing_was_said() -> None:
    assert rank("Cough.", [], 3) == ()
