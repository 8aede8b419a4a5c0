"""The extractive engine on conversations whose notes were read line by line."""

from __future__ import annotations

import json

import pytest

from attending.core.draft import Draft
from attending.core.errors import EngineFailed
from attending.core.speech import Role
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.render import rendered
from attending.lines.documentation.rendition import to_json
from attending.lines.documentation.soap import Part
from tests.lines.documentation.spoken import DATA, consultation, section, transcript

CLINICIAN, PATIENT, UNKNOWN = Role.CLINICIAN, Role.PATIENT, Role.UNKNOWN


def _draft(*turns: tuple[Role, str]) -> Draft:
    return ExtractiveEngine().draft(to_json(transcript(*turns))).draft


def test_the_golden_consultation() -> None:
    drafted = ExtractiveEngine().draft(to_json(consultation("consultation.json"))).draft
    expected = (DATA / "consultation.note.txt").read_text(encoding="utf-8")
    assert rendered(drafted.title, drafted.sections).text == expected


def test_evidence_is_the_exact_words_of_question_and_answer() -> None:
    drafted = _draft((CLINICIAN, "Okay. Um, any chest pain?"), (PATIENT, "No. I work nights."))
    (statement,) = drafted.section(Part.REVIEW_OF_SYSTEMS).statements
    assert statement.text == "Any chest pain? — No."
    assert statement.id == "review_of_systems.1"
    assert statement.by == "patient"
    question, answer = statement.evidence
    assert (question.utterance, question.quote) == ("u1", "Um, any chest pain?")
    assert (question.start, question.end) == (0.4, 1.9)
    assert (answer.utterance, answer.quote, answer.channel) == ("u2", "No.", "audio")


@pytest.mark.parametrize(
    ("speaker", "said", "part"),
    [
        (CLINICIAN, "Your blood pressure is 145 over 92.", Part.EXAMINATION),
        (CLINICIAN, "The lungs are clear to auscultation.", Part.EXAMINATION),
        (CLINICIAN, "Your A1c came back at 7.2.", Part.RESULTS),
        (CLINICIAN, "The chest x-ray shows no pneumonia.", Part.RESULTS),
        (CLINICIAN, "This looks like a sinus infection.", Part.ASSESSMENT),
        (CLINICIAN, "Your rash is consistent with eczema.", Part.ASSESSMENT),
        (CLINICIAN, "I'm going to start you on metformin.", Part.PLAN),
        (CLINICIAN, "Let's order a lipid panel.", Part.PLAN),
        (CLINICIAN, "Come back in two weeks.", Part.PLAN),
        (CLINICIAN, "Stop the lisinopril today.", Part.PLAN),
        (PATIENT, "I'm allergic to penicillin.", Part.ALLERGIES),
        (PATIENT, "I take lisinopril every day.", Part.MEDICATIONS),
        (PATIENT, "My father had diabetes.", Part.PAST_HISTORY),
        (PATIENT, "I was diagnosed with asthma in 2001.", Part.PAST_HISTORY),
        (PATIENT, "I smoke ten cigarettes a day.", Part.PAST_HISTORY),
        (PATIENT, "The cough is worse at night.", Part.HISTORY),
        (UNKNOWN, "Your lungs are clear.", Part.EXAMINATION),
        (UNKNOWN, "I'm going to order a lipid panel.", Part.PLAN),
        (UNKNOWN, "My knee hurts at night.", Part.HISTORY),
    ],
)
def test_a_sentence_finds_its_section(speaker: Role, said: str, part: Part) -> None:
    # A complaint comes first, so that the sentence itself is not taken for it.
    drafted = _draft((PATIENT, "I have a sore throat."), (speaker, said))
    assert said in section(drafted, part)[-1]
    assert sum(said in s.text for s in drafted.sections) == 1


@pytest.mark.parametrize(
    "said",
    [
        "Good morning, how was your holiday?",
        "Thank you, doctor.",
        "Let me listen to your heart.",
        "Okay, great.",
        "Mm-hmm.",
        "Let's go through this step by step.",
    ],
)
def test_small_talk_is_left_out(said: str) -> None:
    drafted = _draft((CLINICIAN, said))
    assert [s.text for s in drafted.sections if s.statements] == []


@pytest.mark.parametrize(
    "said",
    [
        "Your blood pressure is 145 over 92.",
        "I think I have a pneumonia.",
        "We will start metformin and come back in two weeks.",
        "My lungs are clear, there is no wheezing.",
        "You should order an MRI of my back pain.",
    ],
)
def test_a_patient_alone_grounds_no_finding_assessment_or_plan(said: str) -> None:
    drafted = _draft((PATIENT, "I have a sore throat."), (PATIENT, said))
    for part in (Part.EXAMINATION, Part.ASSESSMENT, Part.PLAN):
        assert section(drafted, part) == ()


def test_advice_quotes_the_question_that_it_answers() -> None:
    drafted = _draft((PATIENT, "Should I stop the lisinopril today?"), (CLINICIAN, "Yes."))
    assert section(drafted, Part.PLAN) == ("Should I stop the lisinopril today? — Yes.",)


def test_the_same_words_stand_once() -> None:
    said = "I have a cough at night."
    drafted = _draft((PATIENT, "I feel dizzy."), (PATIENT, said), (PATIENT, said))
    assert section(drafted, Part.HISTORY) == (f"“{said}”",)


def test_doses_that_differ_are_both_kept() -> None:
    drafted = _draft(
        (CLINICIAN, "Take 50 milligrams of losartan today."),
        (CLINICIAN, "Take 100 milligrams of losartan today."),
    )
    assert len(section(drafted, Part.PLAN)) == 2


def test_a_section_stays_readable() -> None:
    pains = [(PATIENT, f"My knee hurts since day {number}.") for number in range(60)]
    assert len(section(_draft(*pains), Part.HISTORY)) == 16


def test_stutters_and_fillers_go_but_figures_stay() -> None:
    drafted = _draft((CLINICIAN, "So, um, you you should call nine nine nine, uh, right away."))
    assert section(drafted, Part.PLAN) == ("You should call nine nine nine, right away.",)


def test_a_silent_recording_makes_an_empty_note() -> None:
    drafted = ExtractiveEngine().draft(to_json(transcript()))
    assert [s.key for s in drafted.draft.sections] == list(Part)
    assert not any(s.statements for s in drafted.draft.sections)
    assert json.loads(drafted.raw) == []


def test_raw_names_what_was_quoted_where() -> None:
    drafted = ExtractiveEngine().draft(to_json(transcript((PATIENT, "I have a cough."))))
    assert json.loads(drafted.raw) == [
        {"section": "chief_complaint", "utterances": ["u1"], "text": "“I have a cough.”"}
    ]


def test_a_damaged_rendition_is_refused_without_its_words() -> None:
    with pytest.raises(EngineFailed) as failed:
        ExtractiveEngine().draft(b'{"utterances": "my secret cough"}')
    assert "secret" not in repr((failed.value, failed.value.context))


def test_doses_that_change_places_are_both_kept() -> None:
    drafted = _draft(
        (CLINICIAN, "Take 50 of losartan and 100 of metoprolol."),
        (CLINICIAN, "Take 100 of losartan and 50 of metoprolol."),
    )
    assert len(section(drafted, Part.PLAN)) == 2
