"""The guard over an edit: in a transaction of its own, before the one that keeps the edit."""

from __future__ import annotations

from dataclasses import replace

from attending.core.case import DecisionKind
from attending.core.errors import Conflict, NotFound
from attending.core.ids import CaseId
from attending.loop.recheck import Checked, checked, take_up
from attending.loop.review import Choice
from attending.web.access import Desk


def check(desk: Desk, case: CaseId, section: str, text: str) -> Checked:
    """What the guard says of a section as it is being edited. Nothing is stored.

    Raises NotFound, Conflict, and what ``Desk.read`` raises.
    """
    edit = desk.read(lambda unit, _by: take_up(unit, case, section, text))
    return checked(desk.parts.loop, edit)


def with_checks(desk: Desk, case: CaseId, choice: Choice) -> Choice:
    """An edit with what the guard says of it; any other decision as it is.

    What cannot be checked, as there is no such section or draft, is not kept either: the
    decision is refused in its own words, and in its own order.
    """
    if choice.kind is not DecisionKind.EDIT:
        return choice
    try:
        return replace(choice, checked=check(desk, case, choice.section, choice.text))
    except (NotFound, Conflict):
        return choice
