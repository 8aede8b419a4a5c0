"""What came of a guard's checks: findings, and which checks gave none because they did not run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from attending.core.draft import Finding
from attending.core.ids import GuardActId, PrincipalId


class Outcome(StrEnum):
    """``FAILED``: it raised, or its answer was none. ``LATE``: it gave none in time."""

    DONE = "done"
    FAILED = "failed"
    LATE = "late"
    OFF = "off"


@dataclass(frozen=True)
class Guarded:
    """What all checks of a line said of a draft, or of a section as it was edited.

    outcomes: of each check by its name, in their order. limit: the time that each was given.
    """

    findings: tuple[Finding, ...]
    outcomes: tuple[tuple[str, Outcome], ...]
    limit: timedelta

    def ended(self, outcome: Outcome) -> tuple[str, ...]:
        return tuple(name for name, ended in self.outcomes if ended is outcome)


@dataclass(frozen=True)
class CheckOff:
    """A check that is turned off: by which act, of whom, since when and why."""

    act: GuardActId
    check: str
    reason: str
    by: PrincipalId
    at: datetime


@dataclass(frozen=True)
class GuardAct:
    """One act of the history. is_off: it turned the check off; else on again."""

    id: GuardActId
    line: str
    check: str
    is_off: bool
    reason: str
    by: PrincipalId
    at: datetime
