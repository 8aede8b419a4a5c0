"""Checks: a safety officer turns one off, or on again. Every check can be off, never silently."""

from __future__ import annotations

from collections.abc import Mapping

from attending.core.errors import Conflict, InvalidInput
from attending.core.identity import Principal
from attending.core.ids import GuardActId, fresh
from attending.core.line import Check, Line
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
    act = GuardActId(fresh())
    unit.guards.turn(act, line.name, name, off=off, reason=reason.strip(), by=by.id)
    return act


def found(lines: Mapping[str, Line], name: str) -> tuple[Line, Check]:
    """Raises InvalidInput for a name that no line of this installation has."""
    for line in lines.values():
        for check in line.checks:
            if check.name == name:
                return line, check
    known = sorted(check.name for line in lines.values() for check in line.checks)
    raise InvalidInput("There is no such check.", remedy=f"There are: {', '.join(known)}.")
