"""The checks of a text's form: what a model leaves in a note, and what people do say."""

from __future__ import annotations

import pytest

from attending.core.draft import Finding, Severity, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.line import Check
from attending.core.speech import Role, Transcript
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.checks.broken import BrokenOff
from attending.lines.documentation.checks.contacts import UnheardContacts
from attending.lines.documentation.checks.doubt import SelfTaggedDoubt
from attending.lines.documentation.checks.echoes import PromptEcho
from attending.lines.documentation.checks.fragments import Fragments
from attending.lines.documentation.checks.language import OtherLanguage
from attending.lines.documentation.checks.machine_talk import MachineTalk
from attending.lines.documentation.checks.persons import UnheardPersons
from attending.lines.documentation.checks.repetition import Repetition
from attending.lines.documentation.rendition import to_json
from attending.lines.documentation.soap import Part, note
from tests.lines.documentation.spoken import transcript

C, P = Role.CLINICIAN, Role.PATIENT
TALK = transcript(
    (C, "Good morning, I'm Doctor Quist, and this is Nurse Adeyemi."),
    (P, "I have had a dry cough for three weeks, and Doctor Smyth gave me lisinopril."),
    (C, "Please note down your readings, and let me know if it gets worse."),
    (P, "Call me on five five five, zero one four two, I live at twelve Oak Street."),
    (C, "The lungs are clear. Stop lisinopril, and come back in two weeks."),
)
FORM: tuple[Check, ...] = (
    SelfTaggedDoubt(), MachineTalk(), PromptEcho(), Fragments(), Repetition(), UnheardContacts(),
    UnheardPersons(), OtherLanguage(), BrokenOff(),
)  # fmt: skip


def _note(*texts: str, talk: Transcript = TALK, part: Part = Part.PLAN, human: bool = False):  # noqa: ANN202
    spans = tuple(TimeSpan(u.start, u.end, "audio", u.id, u.text) for u in talk.utterances)
    return note({part: tuple(
        Statement(f"{part}.{n}", Text(text), spans, "clinician", human)
        for n, text in enumerate(texts, 1))})  # fmt: skip


def _found(check: Check, *texts: str, talk: Transcript = TALK) -> tuple[Finding, ...]:
    return check.examine(to_json(talk), _note(*texts, talk=talk))


SERIOUS, CAUTION = Severity.SERIOUS, Severity.CAUTION


@pytest.mark.parametrize(
    ("check", "text", "severity"),
    [
        (SelfTaggedDoubt(), "Start losartan [VERIFY] 50 mg daily.", SERIOUS),
        (SelfTaggedDoubt(), "Cough for [unclear] weeks.", SERIOUS),
        (SelfTaggedDoubt(), "Takes ??? every morning.", SERIOUS),
        (SelfTaggedDoubt(), "Follow-up TBD.", SERIOUS),
        (SelfTaggedDoubt(), "Patient [Name] was seen on [Date].", SERIOUS),
        (SelfTaggedDoubt(), "Seen by Dr. ____ today.", SERIOUS),
        (SelfTaggedDoubt(), "Dose: {dose} mg.", SERIOUS),
        (SelfTaggedDoubt(), "Allergies (to be confirmed).", SERIOUS),
        (SelfTaggedDoubt(), "Family history was not mentioned in the conversation.", SERIOUS),
        (SelfTaggedDoubt(), "Unable to determine the dose from the transcript.", SERIOUS),
        (SelfTaggedDoubt(), "Please verify the dose.", SERIOUS),
        (MachineTalk(), "As an AI language model, I cannot give advice.", SERIOUS),
        (MachineTalk(), "As a language model I suggest rest.", SERIOUS),
        (MachineTalk(), "Here is the note for the visit.", SERIOUS),
        (MachineTalk(), "Here's a summary of the consultation.", SERIOUS),
        (MachineTalk(), "I hope this helps.", SERIOUS),
        (MachineTalk(), "Based on the provided transcript, the lungs are clear.", SERIOUS),
        (MachineTalk(), "I’m sorry, but I can’t provide that.", SERIOUS),
        (MachineTalk(), "Please be advised that the lungs are clear.", CAUTION),
        (MachineTalk(), "It is important to note that the cough is dry.", CAUTION),
        (MachineTalk(), "It's important to stay hydrated.", None),
        (MachineTalk(), "Consult a healthcare professional if it persists.", CAUTION),
        (MachineTalk(), "This is not a substitute for medical advice.", CAUTION),
        (PromptEcho(), "Summarize the following conversation.", SERIOUS),
        (PromptEcho(), "Doctor: the lungs are clear.", SERIOUS),
        (PromptEcho(), "The lungs are clear. Assistant: Stop it.", SERIOUS),
        (PromptEcho(), "<|im_start|>assistant", SERIOUS),
        (PromptEcho(), "[INST] The lungs are clear.", SERIOUS),
        (PromptEcho(), "Write only what was said in the turns.", SERIOUS),
        (PromptEcho(), "Nothing in it is an instruction to the reader.", SERIOUS),
        (PromptEcho(), "[doctor] the lungs are clear", SERIOUS),
        (Fragments(), '{"text": "The lungs are clear."', SERIOUS),
        (Fragments(), 'clear", "turns": [3', SERIOUS),
        (Fragments(), "The lungs are **clear**.", SERIOUS),
        (Fragments(), "## Plan", SERIOUS),
        (Fragments(), "```json", SERIOUS),
        (Fragments(), "The lungs are clear.\\nStop lisinopril.", SERIOUS),
        (Fragments(), "<b>Stop</b> lisinopril.", SERIOUS),
        (Fragments(), "history_of_present_illness", SERIOUS),
        (Fragments(), "null", SERIOUS),
        (Fragments(), "…", SERIOUS),
        (Fragments(), "The lungs are clear. Assessment: cough.", CAUTION),
        (
            Repetition(),
            "The lungs are clear and the lungs are clear and the lungs are clear.",
            SERIOUS,
        ),
        (Repetition(), "Take a pill pill pill pill pill.", SERIOUS),
        (UnheardContacts(), "Call 555-010-9999.", SERIOUS),
        (UnheardContacts(), "Write to care@clinic.example.", SERIOUS),
        (UnheardContacts(), "See www.cough-help.org for advice.", SERIOUS),
        (UnheardContacts(), "Lives at 1450 Maple Avenue.", SERIOUS),
        (UnheardContacts(), "MRN: 4471209.", SERIOUS),
        (UnheardContacts(), "SSN 123-45-6789.", SERIOUS),
        (UnheardPersons(), "Referred to Dr. Okafor.", SERIOUS),
        (UnheardPersons(), "Patient name: John Miller.", SERIOUS),
        (UnheardPersons(), "Reviewed by Laura Chen, MD.", SERIOUS),
        (OtherLanguage(), "Die Lunge ist frei und der Husten ist nicht produktiv.", SERIOUS),
        (
            OtherLanguage(),
            "El paciente tiene tos seca desde hace tres semanas, sin fiebre.",
            SERIOUS,
        ),
        (OtherLanguage(), "肺部听诊清晰。", SERIOUS),
        (OtherLanguage(), "Лёгкие чистые.", SERIOUS),
        (BrokenOff(), "The patient was told to stop lisinopril and", CAUTION),
        (BrokenOff(), "The lungs are clear, without any signs of the", CAUTION),
        (BrokenOff(), "She takes the following medicines every morning:", CAUTION),
        (BrokenOff(), "She takes lisinopril every morning (10 mg", CAUTION),
    ],
)
def test_what_a_model_leaves_in_a_note(check: Check, text: str, severity: Severity | None) -> None:
    found = _found(check, text)
    assert [f.severity for f in found] == ([] if severity is None else [severity])
    assert all(f.explanation.endswith((".", "?")) for f in found)


@pytest.mark.parametrize(
    "text",
    [
        "Please note down your readings.",
        "Let me know if it gets worse.",
        "Call 555-0142.",
        "Lives at 12 Oak Street.",
        "Dr. Smith gave her lisinopril.",
        "Seen with Nurse Adeyemi by Dr. Quist.",
        "None.",
        "No known drug allergies.",
        "Lisinopril 10 mg",
        "Dry cough for three weeks; lungs clear.",
        "BP 120/80, HR 72 (regular).",
        "• Respiratory: Denies shortness of breath.",
        "- Medical Reasoning: The cough is a side effect of lisinopril.",
        "A1c < 7 and > 6.",
        "Return in 2-3 weeks, sooner if worse.",
        "MRI and X-ray of the left knee were normal.",
        "The patient will continue to monitor her weight.",
        "5/5 strength, 2+ pulses, grade III/VI murmur.",
        "µg, °C and naïve stay as they are.",
    ],
)
def test_what_people_say_and_clinicians_write_passes(text: str) -> None:
    for check in FORM:
        assert _found(check, text) == (), check.name


def test_a_statement_again_in_its_section_is_told_once() -> None:
    (again,) = _found(
        Repetition(), "The lungs are clear.", "Stop lisinopril today.", "The lungs are clear."
    )
    assert (again.statement, again.severity) == ("plan.3", CAUTION)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Take lisinopril 10 mg every morning.", "Take lisinopril 20 mg every morning."),
        ("There is pain in the left knee today.", "There is pain in the right knee today."),
        ("She does have chest pain when climbing stairs.", "She does not have chest pain when climbing stairs."),
    ],
)  # fmt: skip
def test_another_figure_side_or_no_is_another_statement(one: str, other: str) -> None:
    assert _found(Repetition(), one, other) == ()


def test_speech_that_goes_round_or_breaks_off_is_quoted_not_blamed() -> None:
    talk = transcript((P, "It was no no no no no, and then I was going to the"))
    for check in (Repetition(), BrokenOff()):
        assert _found(check, "It was no no no no no, and then I was going to the", talk=talk) == ()


def test_a_conversation_in_another_language_may_have_its_note_in_it() -> None:
    talk = transcript(
        (P, "Ich habe seit drei Wochen Husten, und der Husten ist trocken und nicht gut.")
    )
    assert (
        _found(OtherLanguage(), "Der Husten ist trocken und besteht seit drei Wochen.", talk=talk)
        == ()
    )
    assert _found(
        OtherLanguage(), "The cough is dry and has been there for three weeks.", talk=talk
    )


def test_a_clinicians_own_words_are_theirs() -> None:
    draft = _note("Please note: [VERIFY] with Dr. Okafor, 555-010-9999 and", human=True)
    for check in FORM:
        assert check.examine(to_json(TALK), draft) == ()


def test_all_of_them_are_among_the_lines_checks() -> None:
    names = {check.name for check in CHECKS}
    assert {check.name for check in FORM} <= names
    assert len(names) == len(CHECKS)
