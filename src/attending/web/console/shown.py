"""Proof that a section was rendered to a person, as it stood: it comes back with a decision."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from pydantic import TypeAdapter

from attending.core.errors import NotSeen
from attending.core.ids import CaseId, PrincipalId
from attending.web.seals import Seals

KEPT = timedelta(hours=12)  # a page that was open through a shift still counts
_PURPOSE = "shown"


@dataclass(frozen=True)
class Shown:
    """at: seconds since 1970."""

    case: CaseId
    section: str
    revision: int
    by: PrincipalId
    at: float


_FORM: TypeAdapter[Shown] = TypeAdapter(Shown)


def sealed(seals: Seals, case: CaseId, section: str, revision: int, by: PrincipalId) -> str:
    return seals.seal(_PURPOSE, _FORM.dump_json(Shown(case, section, revision, by, time.time())))


def opened(seals: Seals, token: str, case: CaseId, by: PrincipalId) -> Shown:
    """Raises NotSeen unless this case was shown to this person by us, not long ago."""
    content = seals.open(_PURPOSE, token)
    shown = _FORM.validate_json(content) if content is not None else None
    if (
        shown is None
        or (shown.case, shown.by) != (case, by)
        or time.time() - shown.at > KEPT.total_seconds()
    ):
        raise NotSeen("This section was not shown to you, or long ago.", remedy="Load the case.")
    return shown
