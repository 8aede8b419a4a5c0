"""The demo's guide: who can log in, and what to try first."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict

from attending.demo.installation import PEOPLE, Installation
from attending.web.guide import Guide, GuidePerson, GuideStep, read_guide

_CLINICIAN, _SAFETY = PEOPLE[0].username, PEOPLE[2].username
_TEXT = (
    "This is the whole of Attending on your machine, with a clinic that does not exist. A model"
    " drafted a note from a recorded consultation. Nothing of it reaches the record system before"
    " a clinician has read it, decided on every part of it and signed it."
)
_STEPS = (
    GuideStep(
        "/",
        _CLINICIAN,
        "Review the note that waits",
        "Choose the patient on the worklist, or press j and Enter. Read the note against what was"
        " said, open each warning, accept, edit or reject every section, and sign.",
    ),
    GuideStep(
        "/cases/",
        "",
        "Read, decide, sign",
        "Every section is accepted, edited or rejected; a serious warning is opened first. Then"
        " read once more what will be written, and sign: it asks you to log in again.",
    ),
    GuideStep(
        "/failures",
        _CLINICIAN,
        "See what failed, and what to do about it",
        "A recording that could not be read waits here for a person. Nothing is dropped: it is"
        " tried again, or reviewed anew.",
    ),
    GuideStep(
        "/safety",
        _SAFETY,
        "Pause the line of work",
        "A safety officer stops a line, or one model, at once: no new draft appears until the"
        " pause is ended by a signature. What is in review stays reviewable.",
    ),
)


def write_guide(installation: Installation) -> Guide:
    """Into the installation's folder, readable by its owner alone; its key stays the same."""
    guide = Guide(
        title="Welcome to the Attending demo",
        text=_TEXT,
        key=_key(installation),
        people=tuple(
            GuidePerson(
                person.username,
                installation.secrets[person.username],
                person.name,
                person.role.replace("_", " "),
            )
            for person in PEOPLE
        ),
        steps=_STEPS,
    )
    installation.home.mkdir(parents=True, exist_ok=True)
    installation.guide.touch(mode=0o600)
    installation.guide.write_text(json.dumps(asdict(guide)), encoding="utf-8")
    return guide


def _key(installation: Installation) -> str:
    if installation.guide.exists():
        return read_guide(installation.guide).key
    return secrets.token_urlsafe(12)
