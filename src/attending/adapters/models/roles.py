"""Which voice is the clinician's: by what is said, and unknown where that does not tell."""

from __future__ import annotations

import re
from dataclasses import replace

from attending.core.speech import Role, Utterance

# Said about the other by a clinician, about oneself by a patient; each match counts once.
_CLINICIAN = re.compile(
    r"\b(?:your (?:blood|pulse|heart|lungs|temperature|weight|medication|medicines|chart|test|"
    r"results?|symptoms)|are you (?:taking|allergic)|do you (?:smoke|drink|have|take|feel)|"
    r"have you (?:had|noticed|been|tried)|any (?:fever|pain|chest|swelling|allergies|nausea|"
    r"issues|other|shortness)|tell me|what brings you|how are you feeling|let me|"
    r"i(?:'ll| will|'m going to| would like to|'d like to) (?:order|prescribe|examine|check|"
    r"measure|send|start|refer|see you|review)|we(?:'ll| will| should) |take a deep breath|"
    r"milligrams|blood test|prescri\w+|follow[- ]up|side effect)\b"
)
_PATIENT = re.compile(
    r"\b(?:i(?:'ve| have) (?:had|been|noticed|never)|i feel|i(?:'m| am) (?:taking|here|worried|"
    r"not|feeling)|i take|it (?:hurts|started|wakes|gave)|my (?:\w+ )?(?:doctor|pain|head|chest|"
    r"back|stomach|leg|arm|knee|blood|weight|father|mother|husband|wife|medication)|"
    r"(?:thank you|thanks|morning|okay|hello),? (?:doctor|dr)|should i|do i (?:need|have)|is it)\b"
)
QUESTION = 1.0  # a question speaks for the clinician, as much as a phrase does
CLEAR = 2.0  # by so much must one voice lead the other
ALONE = 3.0  # and so much must a single voice show


def assign_roles(spoken: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
    """``spoken`` with the role of each speaker, UNKNOWN where the words do not tell."""
    leads: dict[str, float] = {}
    for utterance in spoken:
        leads[utterance.speaker] = leads.get(utterance.speaker, 0.0) + _lead(utterance.text)
    roles = _roles(leads)
    return tuple(replace(utterance, role=roles[utterance.speaker]) for utterance in spoken)


def _lead(text: str) -> float:
    """Above 0: the clinician's way of speaking; below: the patient's."""
    words = text.lower().replace("\u2019", "'")
    clinician = len(_CLINICIAN.findall(words)) + QUESTION * words.count("?")
    return clinician - len(_PATIENT.findall(words))


def _roles(leads: dict[str, float]) -> dict[str, Role]:
    if len(leads) <= 1:
        return {speaker: _alone(lead) for speaker, lead in leads.items()}
    (low, lowest), (high, highest) = sorted(leads.items(), key=lambda item: item[1])
    if highest - lowest < CLEAR:
        return {low: Role.UNKNOWN, high: Role.UNKNOWN}
    return {low: Role.PATIENT, high: Role.CLINICIAN}


def _alone(lead: float) -> Role:
    """A dictation is the clinician's, a message the patient's."""
    if abs(lead) < ALONE:
        return Role.UNKNOWN
    return Role.CLINICIAN if lead > 0 else Role.PATIENT
