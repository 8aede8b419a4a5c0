"""The ten sections of a consultation note, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attending.core.draft import Draft, Section, Statement

TITLE = "Consultation note"


class Part(StrEnum):
    """A section's key."""

    CHIEF_COMPLAINT = "chief_complaint"
    HISTORY = "history_of_present_illness"
    PAST_HISTORY = "past_history"
    MEDICATIONS = "medications"
    ALLERGIES = "allergies"
    REVIEW_OF_SYSTEMS = "review_of_systems"
    EXAMINATION = "examination"
    RESULTS = "results"
    ASSESSMENT = "assessment"
    PLAN = "plan"


# What only a clinician can ground: a patient's words alone do not (design, invariant 9).
CLINICIAN_ONLY = frozenset({Part.EXAMINATION, Part.ASSESSMENT, Part.PLAN})


def heading(part: Part) -> str:
    """A section's title: "History of present illness"."""
    return part.value.replace("_", " ").capitalize()


def note(statements: Mapping[Part, tuple[Statement, ...]]) -> Draft:
    """A draft with all ten sections in order; those without statements are empty."""
    sections = tuple(Section(part, heading(part), statements.get(part, ())) for part in Part)
    return Draft(TITLE, sections)
