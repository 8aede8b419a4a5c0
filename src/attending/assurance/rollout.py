"""Which version answers a visit: the acts of a rollout, read. Pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from attending.core.errors import Conflict
from attending.core.ids import EncounterId, VersionId
from attending.core.rollout import Cohort, Role, Rollout, Visit


@dataclass(frozen=True)
class Plan:
    """shown: who is to answer, the first choice first; each next one stands in for it.

    beside: who answers too, and is shown to nobody. paused: who would have a part.
    """

    shown: tuple[Rollout, ...] = ()
    beside: tuple[Rollout, ...] = ()
    paused: tuple[Rollout, ...] = ()


def standing(acts: Iterable[Rollout]) -> tuple[Rollout, ...]:
    """The latest act on each version, in each cohort of a line; the latest first."""
    latest: dict[tuple[str, Cohort, VersionId], Rollout] = {}
    for act in sorted(acts, key=lambda each: each.at):
        latest[act.line, act.cohort, act.version] = act
    return tuple(sorted(latest.values(), key=lambda each: each.at, reverse=True))


def plan(acts: Iterable[Rollout], visit: Visit) -> Plan:
    """Of the acts of one line. The narrowest cohort that shows a version decides.

    What is paused in any of the visit's cohorts has no part.
    """
    mine = [act for act in standing(acts) if act.cohort in visit.cohorts]
    paused = tuple(act for act in mine if act.role is Role.PAUSED)
    stopped = {act.version for act in paused}
    live = [act for act in mine if act.version not in stopped]
    shown = _shown(live, visit)
    first = {shown[0].version} if shown else set()
    beside = {act.version: act for act in live if act.role.is_beside and act.version not in first}
    return Plan(shown, tuple(beside.values()), paused)


def _shown(live: list[Rollout], visit: Visit) -> tuple[Rollout, ...]:
    """A canary is tried only before a champion; champions stand in for each other."""
    found: list[Rollout] = []
    for cohort in visit.cohorts:
        here = [act for act in live if act.cohort == cohort]
        if not any(act.role is Role.CHAMPION for act in found):
            found += [
                act
                for act in here
                if act.role is Role.CANARY and drawn(act.version, visit.encounter, act.share)
            ]
        found += [act for act in here if act.role is Role.CHAMPION]
    return tuple(found)


def drawn(version: VersionId, encounter: EncounterId, share: float) -> bool:
    """Whether a canary answers this encounter: always the same, and for about this share."""
    number = hashlib.sha256(f"{version}/{encounter}".encode()).digest()[:8]
    return int.from_bytes(number, "big") < share * 2**64


def last_shown(acts: Iterable[Rollout], line: str, cohort: Cohort | None) -> Rollout:
    """What a rollback takes back: the latest act that shows a version to people.

    cohort: in this one alone. Raises Conflict if there is none.
    """
    for act in standing(acts):
        if act.role.is_shown and act.line == line and cohort in (None, act.cohort):
            return act
    raise Conflict(
        "Nothing is rolled out here.",
        remedy="The line's own engine answers; pause the line to stop that too.",
    )


def champion(acts: Iterable[Rollout], line: str, cohort: Cohort) -> Rollout | None:
    """Who is the champion of a cohort, the wider ones aside."""
    for act in standing(acts):
        if act.role is Role.CHAMPION and act.line == line and act.cohort == cohort:
            return act
    return None
