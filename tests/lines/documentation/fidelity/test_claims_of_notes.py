"""Dialogues as turns, and notes as claims with their sections."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.core.speech import Role, Transcript
from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.conversation import (
    begins,
    cut_note,
    is_heading,
    section_of,
    sentences,
    turns,
)
from attending.lines.documentation.fidelity.pieces import LONGEST, pieces
from tests.lines.documentation.spoken import transcript

NOTE = """CHIEF COMPLAINT

Back pain.

HISTORY OF PRESENT ILLNESS

He saw Dr. Lee on 3.5 mg of warfarin. It helped.

PHYSICAL EXAM
• Neck: Supple. No bruits.

Plan:
1. Rest for 2 weeks. 2 pillows at night.
"""


def test_a_note_becomes_sentences_in_their_sections() -> None:
    assert cut_note(NOTE) == (
        ("chief_complaint", "Back pain."),
        ("history_of_present_illness", "He saw Dr. Lee on 3.5 mg of warfarin."),
        ("history_of_present_illness", "It helped."),
        ("examination", "Neck: Supple."),
        ("examination", "No bruits."),
        ("plan", "Rest for 2 weeks."),
        ("plan", "2 pillows at night."),
    )


@pytest.mark.parametrize("text", ["HIV", "Hypertension.", "Allergic rhinitis", "NKDA", "Rest."])
def test_a_diagnosis_is_no_heading(text: str) -> None:
    assert not is_heading(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ASSESSMENT AND PLAN", "plan"),
        ("Past Medical History", "past_history"),
        ("CURRENT MEDICATIONS:", "medications"),
        ("MSK:", ""),
        ("•", ""),
        ("", ""),
    ],
)
def test_headings_claim_nothing(text: str, key: str) -> None:
    assert is_heading(text)
    assert section_of(text) == key


def test_both_plain_forms_of_a_dialogue() -> None:
    tagged = turns_of("[doctor] hi .\n[patient] i cough .\nand wheeze .")
    named = turns_of("Doctor: Any pain? Patient: No. \nGuest_family: He coughs: a lot.")
    assert [(t.role, t.text) for t in tagged] == [
        (Role.CLINICIAN, "hi ."),
        (Role.PATIENT, "i cough . and wheeze ."),
    ]
    assert [(t.index, t.role, t.text) for t in named] == [
        (0, Role.CLINICIAN, "Any pain?"),
        (1, Role.PATIENT, "No."),
        (2, Role.PATIENT, "He coughs: a lot."),
    ]


def test_turns_of_a_transcript_keep_their_utterance_and_nothing_unseen() -> None:
    heard = transcript((Role.PATIENT, "I co\u200bugh."), (Role.CLINICIAN, "Since when?"))
    assert turns(heard) == (
        Turn(0, Role.PATIENT, "I cough.", "u1"),
        Turn(1, Role.CLINICIAN, "Since when?", "u2"),
    )


def test_a_piece_of_a_turn_begins_where_it_was_said() -> None:
    heard = transcript((Role.CLINICIAN, "so " * 10 + "the knee is fine"))
    assert begins(Turn(0, Role.CLINICIAN, "the knee is fine", "u1"), heard) == 4.0
    assert begins(Turn(0, Role.CLINICIAN, "what nobody said", "u1"), heard) == 0.0
    assert begins(Turn(0, Role.CLINICIAN, "the knee", "u9"), heard) is None


@given(st.text(alphabet="ab .?!,\n", max_size=400))
def test_no_word_is_lost_where_a_turn_is_cut(text: str) -> None:
    cut = pieces(Turn(3, Role.PATIENT, text, "u4"))
    assert " ".join(piece.text for piece in cut).split() == text.split()
    assert all(len(p.text.split()) <= LONGEST and p.index == 3 for p in cut) or len(cut) == 1


@given(st.text(alphabet="aB1 .?!-•\n", max_size=200))
def test_no_letter_of_a_line_is_lost(line: str) -> None:
    assert "".join("".join(sentences(line)).split()) == "".join(line.split())


@given(st.text(max_size=300))
def test_any_text_is_a_note_and_a_dialogue(text: str) -> None:
    assert all(said.strip() for _, said in cut_note(text))
    assert [turn.index for turn in turns_of(text)] == list(range(len(turns_of(text))))


def test_silence_has_no_turns() -> None:
    assert turns(Transcript((), 0.0)) == ()
