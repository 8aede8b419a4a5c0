"""Rollout: which version answers whom in a clinic. Acts are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attending.core.errors import InvalidInput
from attending.core.ids import (
    CaseId,
    EncounterId,
    PrincipalId,
    RunId,
    TargetId,
    VersionId,
)

EVERYONE = "*"


class Role(StrEnum):
    """The part that a version has in a rollout.

    CHAMPION and CANARY are shown to people; CHALLENGER and SHADOW answer beside them and
    are shown to nobody, the first to take over, the second to be watched.
    """

    CHAMPION = "champion"
    CANARY = "canary"
    CHALLENGER = "challenger"
    SHADOW = "shadow"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"

    @property
    def is_shown(self) -> bool:
        return self in (Role.CHAMPION, Role.CANARY)

    @property
    def is_beside(self) -> bool:
        return self in (Role.CHALLENGER, Role.SHADOW)


@dataclass(frozen=True)
class Cohort:
    """For whom: EVERYONE, "site:<target id>" or "clinician:<principal id>".

    A visit belongs to the site whose record it goes to, and to the clinician who began it.
    """

    text: str

    @classmethod
    def read(cls, text: str) -> Cohort:
        """Raises InvalidInput."""
        kind, _, subject = text.partition(":")
        try:
            known = text == EVERYONE or (kind in ("site", "clinician") and str(UUID(subject)))
        except ValueError:
            known = False
        if not known:
            raise InvalidInput(
                "There is no such cohort.",
                remedy='Say "*", "site:<id of a record system>" or "clinician:<id>".',
            )
        return cls(EVERYONE if text == EVERYONE else f"{kind}:{UUID(subject)}")

    @property
    def width(self) -> int:
        """0 is the narrowest."""
        return ("clinician", "site", EVERYONE).index(self.text.partition(":")[0])


ALL = Cohort(EVERYONE)


@dataclass(frozen=True)
class Rollout:
    """An act: from ``at`` on, a version has this part. by: None for an administrator.

    share: of the visits that a canary answers, 0..1; 0 for every other part.
    """

    id: UUID
    line: str
    cohort: Cohort
    version: VersionId
    role: Role
    share: float
    by: PrincipalId | None
    at: datetime


@dataclass(frozen=True)
class Visit:
    """What decides which version answers: the encounter, and what it belongs to."""

    encounter: EncounterId
    site: TargetId
    clinician: PrincipalId

    @property
    def cohorts(self) -> tuple[Cohort, ...]:
        """The narrowest first."""
        return (
            Cohort(f"clinician:{self.clinician}"),
            Cohort(f"site:{self.site}"),
            ALL,
        )


@dataclass(frozen=True)
class Answered:
    """That a version drafted for a case: ids and a moment."""

    encounter: EncounterId
    case: CaseId
    run: RunId
    line: str
    name: str
    version: str
    step: str
    why: str  # by which part of the rollout
    at: datetime


@dataclass(frozen=True)
class AnswersWanted:
    """Which answers are asked for; what is empty asks for nothing. limit: how many at most."""

    name: str = ""
    version: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 200


@dataclass(frozen=True)
class Paired:
    """Two answers to one encounter: what became the draft, and what was kept beside it."""

    encounter: EncounterId
    case: CaseId
    shown: RunId
    beside: RunId
