"""What the worklist shows of a case: enough to choose the next one, nothing of its content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attending.core.case import CaseState, ModelUse
from attending.core.entry import PatientIdentity
from attending.core.ids import CaseId
from attending.core.work import CaseHead

COUNTED = 1_000  # a count goes no further
SEARCHED = 5_000  # cases, the latest changed, in which a name is looked for


class Which(StrEnum):
    """The lists that one may look at."""

    REVIEW = "review"  # in review, and what failed of mine: urgent first, then the oldest
    DRAFTING = "drafting"  # the oldest first
    SIGNED = "signed"  # the latest change first
    ALL = "all"  # the latest change first


STATES: dict[Which, tuple[CaseState, ...]] = {
    Which.REVIEW: (CaseState.IN_REVIEW, CaseState.FAILED),
    Which.DRAFTING: (CaseState.DRAFTING,),
    Which.SIGNED: (CaseState.SIGNED, CaseState.RELEASED, CaseState.RETRACTED),
    Which.ALL: tuple(CaseState),
}


@dataclass(frozen=True)
class Place:
    """Where a row stands in its list: the next page begins after it."""

    urgency: int
    at: datetime
    case: CaseId


@dataclass(frozen=True)
class Act:
    """Who did something last, and when."""

    by: str  # a name
    at: datetime


@dataclass(frozen=True)
class Listed:
    """One row. ``unopened``: serious warnings that the reader has not opened.

    progress: of decoding, from 0 to 1. reading: somebody else who looked at it in the last
    minutes. models: only while something is paused.
    """

    head: CaseHead
    place: Place
    patient: PatientIdentity
    serious: int
    caution: int
    info: int
    unopened: int
    sections: int
    decided: int
    progress: float
    last: Act | None
    signed: Act | None
    reading: Act | None
    models: tuple[ModelUse, ...]
