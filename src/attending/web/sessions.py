"""Ending log-ins: what an access token opens is closed before the token expires."""

from __future__ import annotations

from datetime import UTC, datetime

from attending.core.identity import Caller, Principal
from attending.core.ids import PrincipalId
from attending.core.ports import Unit

EVERY = ""  # session


def end_own(unit: Unit, caller: Caller, by: Principal, *, everywhere: bool) -> datetime:
    """The caller's session, or every one; tokens that were issued until then end.

    The issuer's clock may be ahead of ours: the token that asks ends in any case.
    """
    until = max(datetime.now(UTC), caller.issued_at)
    unit.sessions.end(by.id, EVERY if everywhere else caller.session, until, by.id)
    return until


def end_every(unit: Unit, principal: PrincipalId, by: Principal) -> datetime:
    """Every session of somebody. Raises NotFound."""
    whose = unit.people.principal_by_id(principal)
    until = datetime.now(UTC)
    unit.sessions.end(whose.id, EVERY, until, by.id)
    return until
