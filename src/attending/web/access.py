"""Who asks, what they may do, and the one transaction in which they do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from attending.core.errors import Forbidden
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
    Both raise Forbidden for a caller who is not enrolled, or lacks a right.
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
        by = replace(known, roles=known.roles & self.caller.roles)
        require(self.needed, self.granted(by))
        return by


def granted(caller: Caller, by: Principal) -> frozenset[Scope]:
    of_roles = {scope for role in by.roles & caller.roles for scope in ROLE_SCOPES[role]}
    return frozenset(of_roles & caller.scopes)


def require(needed: frozenset[Scope], held: frozenset[Scope]) -> None:
    """Raises Forbidden, naming the rights that are missing."""
    missing = sorted(needed - held)
    if missing:
        raise Forbidden(f"This needs the right {', '.join(missing)}.")
