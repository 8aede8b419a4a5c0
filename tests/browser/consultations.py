"""What was said in the rooms of the browser tests."""

from __future__ import annotations

from dataclasses import replace

from attending.core.speech import Role, Transcript
from tests.lines.documentation.spoken import consultation, transcript

GUESSED = "500"
MARKUP = "<img src=x onerror=alert(1)>"


def short() -> Transcript:
    """Four sections with a statement; in the plan a dose that was hardly heard."""
    heard = transcript(
        (Role.PATIENT, "I have had chest pain for three days."),
        (Role.PATIENT, "I am allergic to penicillin."),
        (Role.CLINICIAN, "I think this is stable angina."),
        (Role.CLINICIAN, f"I will start you on amoxicillin {GUESSED} mg three times a day."),
        (Role.CLINICIAN, "Come back in two weeks."),
    )
    return replace(heard, utterances=tuple(_with_doubt(heard)))


def whole() -> Transcript:
    """A consultation in which a dose was hardly heard, and a value is past belief."""
    heard = consultation("consultation.json")
    words = [w for each in heard.utterances for w in each.words]
    doubtful = {id(word) for word in words if word.text.strip(".,") in {"Amlodipine", "2015", "5"}}
    return replace(
        heard,
        utterances=tuple(
            replace(
                each,
                words=tuple(
                    replace(word, confidence=0.2) if id(word) in doubtful else word
                    for word in each.words
                ),
            )
            for each in heard.utterances
        ),
    )


def _with_doubt(heard: Transcript) -> list:  # type: ignore[type-arg]
    return [
        replace(
            each,
            words=tuple(
                replace(word, confidence=0.1) if word.text == GUESSED else word
                for word in each.words
            ),
        )
        for each in heard.utterances
    ]


def hostile() -> Transcript:
    """Somebody spells out a tag."""
    return transcript(
        (Role.CLINICIAN, f"Come back in two weeks {MARKUP} <b>now</b>."),
        (Role.PATIENT, "I have had chest pain for three days."),
    )
