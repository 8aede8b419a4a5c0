"""Checks: a safety officer turns one off, or on again, or chooses how many findings it may make.

Every check can be off, never silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from attending.core.errors import Conflict, InvalidInput
from attending.core.guarding import GuardAct, GuardTurn
from attending.core.identity import Principal
from attending.core.ids import GuardActId, fresh
from attending.core.line import Budgeted, Check, Line
from attending.core.ports import Unit


def turn(
    unit: Unit, lines: Mapping[str, Line], name: str, *, off: bool, reason: str, by: Principal
) -> GuardActId:
    """From the commit on. What is off stands on every draft that is made without it.

    Raises InvalidInput for a check that no line has, one of the form, and for no reason;
    Conflict if it is so already.
    """
    line, check = found(lines, name)
    if check.card.required:
        raise InvalidInput(
            "This check looks at the form of a draft: without it no warning could be trusted.",
            remedy="Pause the line instead, if its drafts cannot be used.",
        )
    if not reason.strip():
        raise InvalidInput("It needs a reason: it stands on every draft.")
    unit.guards.hold(line.name)
    if (name in unit.guards.off(line.name)) == off:
        raise Conflict(f"The check is {'off' if off else 'on'} already.", check=name)
    return _keep(unit, line, name, GuardTurn.OFF if off else GuardTurn.ON, None, reason, by)


def choose_budget(
    unit: Unit, lines: Mapping[str, Line], name: str, flags: float, *, reason: str, by: Principal
) -> GuardActId:
    """How many findings a check may make on a draft without errors; from the commit on.

    Raises InvalidInput for a check that keeps to no budget, a budget that it does not offer,
    and for no reason; Conflict if it was chosen already. To undo it, choose again.
    """
    line, check = found(lines, name)
    if not isinstance(check, Budgeted):
        having = ", ".join(sorted(each.name for _, each in budgeted(lines)))
        raise InvalidInput("This check keeps to no budget.", remedy=f"These do: {having}.")
    if flags not in {each.flags for each in check.budgets}:
        offered = ", ".join(f"{each.flags:g}" for each in check.budgets)
        raise InvalidInput("The check cannot keep to this budget.", remedy=f"Choose of {offered}.")
    if not reason.strip():
        raise InvalidInput("It needs a reason: it stands on the drafts.")
    unit.guards.hold(line.name)
    standing = unit.guards.terms(line.name).budgets.get(name)
    if standing is not None and standing.flags == flags:
        raise Conflict(f"The budget is {flags:g} already.", check=name)
    return _keep(unit, line, name, GuardTurn.BUDGET, flags, reason, by)


def budgeted(lines: Mapping[str, Line]) -> Iterator[tuple[Line, Check]]:
    """The checks that keep to a budget, each with its line."""
    for line in lines.values():
        for check in line.checks:
            if isinstance(check, Budgeted):
                yield line, check


def found(lines: Mapping[str, Line], name: str) -> tuple[Line, Check]:
    """Raises InvalidInput for a name that no line of this installation has."""
    for line in lines.values():
        for check in line.checks:
            if check.name == name:
                return line, check
    known = sorted(check.name for line in lines.values() for check in line.checks)
    raise InvalidInput("There is no such check.", remedy=f"There are: {', '.join(known)}.")


def _keep(
    unit: Unit,
    line: Line,
    name: str,
    turn: GuardTurn,
    flags: float | None,
    reason: str,
    by: Principal,
) -> GuardActId:
    act = GuardActId(fresh())
    at = datetime.now(UTC)
    unit.guards.turn(GuardAct(act, line.name, name, turn, flags, reason.strip(), by.id, at))
    return act
