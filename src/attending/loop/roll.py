"""Roll out and back: which version has which part, for whom. The next draft goes by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from attending.assurance.rollout import champion, last_shown, standing
from attending.core.errors import Conflict, Forbidden, InvalidInput
from attending.core.identity import Principal, StaffRole
from attending.core.ids import PrincipalId, VersionId, fresh
from attending.core.line import Line
from attending.core.ports import Unit
from attending.core.registry import VersionKind
from attending.core.rollout import ALL, Cohort, Role, Rollout

_TAKING_AWAY = (Role.PAUSED, Role.WITHDRAWN)


@dataclass(frozen=True)
class RolloutRequest:
    """share: of the visits, 0..1; for a canary alone."""

    line: str
    version: VersionId
    role: Role
    share: float = 0.0
    cohort: Cohort = ALL


def roll_out(
    unit: Unit, lines: Mapping[str, Line], request: RolloutRequest, by: Principal | None
) -> Rollout:
    """From the commit on. by: None for an administrator with a connection of his own.

    Raises Forbidden, InvalidInput; Conflict for a version that nobody promoted here.
    """
    _require_may(by, request.role)
    _require_line(lines, request.line)
    _require_share(request)
    version = unit.registry.version(request.version)
    if version.kind is VersionKind.CHECKS:
        raise InvalidInput(
            "A check set is not rolled out: every draft is checked by all that is installed.",
            remedy="Roll out a model or a prompt.",
        )
    if request.role.is_shown and not unit.registry.promotions(version.id):
        raise Conflict(
            f"{version.label} was not promoted here.",
            remedy="A clinician promotes it first, on its page; a shadow needs no promotion.",
        )
    return _kept(unit, request, None if by is None else by.id)


def roll_back(unit: Unit, line: str, by: Principal | None, cohort: Cohort | None = None) -> Rollout:
    """Take back the latest version that is shown to people. Raises Conflict if none is.

    It needs no line to be loaded: in an emergency that would be a second.
    """
    _require_may(by, Role.WITHDRAWN)
    unit.registry.hold_rollouts(line)
    last = last_shown(unit.registry.rollouts(line), line, cohort)
    request = RolloutRequest(line, last.version, Role.WITHDRAWN, cohort=last.cohort)
    return _kept(unit, request, None if by is None else by.id)


def answering(unit: Unit, line: str, cohort: Cohort) -> str:
    """Who is to answer this cohort now, in words."""
    acts = unit.registry.rollouts(line)
    act = champion(acts, line, cohort) or champion(acts, line, ALL)
    return "the line's own engine" if act is None else unit.registry.version(act.version).label


def parts(unit: Unit, at: datetime | None = None) -> tuple[Rollout, ...]:
    """Every part that a version had at a moment, or has now; the latest first."""
    acts = standing(unit.registry.rollouts(until=at))
    return tuple(act for act in acts if act.role is not Role.WITHDRAWN)


def _kept(unit: Unit, request: RolloutRequest, by: PrincipalId | None) -> Rollout:
    act = Rollout(
        id=fresh(),
        line=request.line,
        cohort=request.cohort,
        version=request.version,
        role=request.role,
        share=request.share,
        by=by,
        at=datetime.now(UTC),
    )
    unit.registry.add_rollout(act)
    return act


def _require_may(by: Principal | None, role: Role) -> None:
    if by is None or StaffRole.ENGINEER in by.roles:
        return
    if StaffRole.SAFETY_OFFICER in by.roles and role in _TAKING_AWAY:
        return
    raise Forbidden("An engineer rolls out; a safety officer pauses, or takes back.")


def _require_line(lines: Mapping[str, Line], line: str) -> None:
    if line not in lines:
        raise InvalidInput("This installation has no such line.", lines=sorted(lines))


def _require_share(request: RolloutRequest) -> None:
    if request.role is Role.CANARY and not 0 < request.share <= 1:
        raise InvalidInput("A canary answers a share of the visits: more than 0, at most 1.")
    if request.role is not Role.CANARY and request.share:
        raise InvalidInput("Only a canary has a share.")
