"""Who asks, what they may do, and the one transaction in which they do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from attending.core.entry import FRESH, LEEWAY
from attending.core.errors import Forbidden, LoginTooOld, Unauthenticated
from attending.core.identity import ROLE_SCOPES, Caller, Principal, Scope
from attending.core.ports import Unit
from attending.web.parts import WebParts

T = TypeVar("T")
Work = Callable[[Unit, Principal], T]
_READING = "web"  # the actor of transactions that change nothing


@dataclass(frozen=True)
class Desk:
    """One request of one verified caller. ``needed``: the rights that the route asks for.

    A piece of work runs wholly inside one transaction, which has committed when
    ``read`` or ``write`` returns: no answer is sent before its effect is durable.
    Both raise Forbidden for a caller who is not enrolled, or lacks a right, and
    Unauthenticated for one whose session was ended: in whichever process, from its
    commit on.
    """

    parts: WebParts
    caller: Caller
    needed: frozenset[Scope]

    def read(self, work: Work[T]) -> T:
        with self.parts.loop.storage.transaction(self.caller.tenant, _READING) as unit:
            return work(unit, self._principal(unit))

    def write(self, work: Work[T]) -> T:
        # The timeline names the actor from the first statement on: look up who acts first.
        by = self.read(lambda _unit, known: known)
        with self.parts.loop.storage.transaction(self.caller.tenant, str(by.id)) as unit:
            return work(unit, by)

    def granted(self, by: Principal) -> frozenset[Scope]:
        """What both the token and the enrolled roles allow."""
        return granted(self.caller, by)

    def _principal(self, unit: Unit) -> Principal:
        known = unit.people.principal(self.caller.issuer, self.caller.subject)
        if known is None:
            raise Forbidden("You are not enrolled in this clinic.")
        if unit.sessions.ended(known.id, self.caller.session, self.caller.issued_at):
            raise Unauthenticated("This session was ended.")
        by = replace(known, roles=known.roles & self.caller.roles)
        require(self.needed, self.granted(by))
        return by


def require_fresh(caller: Caller) -> None:
    """The person proved who they are in the last minutes.

    Raises LoginTooOld; Forbidden if the issuer never says when that was.
    """
    if caller.authenticated_at is None:
        raise Forbidden(
            "The issuer does not say when you logged in.",
            remedy="Have the issuer put `auth_time` into its access tokens.",
        )
    if not -LEEWAY <= datetime.now(UTC) - caller.authenticated_at <= FRESH + LEEWAY:
        raise LoginTooOld("This needs a log-in of the last minutes.")


def granted(caller: Caller, by: Principal) -> frozenset[Scope]:
    of_roles = {scope for role in by.roles & caller.roles for scope in ROLE_SCOPES[role]}
    return frozenset(of_roles & caller.scopes)


def require(needed: frozenset[Scope], held: frozenset[Scope]) -> None:
    """Raises Forbidden, naming the rights that are missing."""
    missing = sorted(needed - held)
    if missing:
        raise Forbidden(f"This needs the right {', '.join(missing)}.")
