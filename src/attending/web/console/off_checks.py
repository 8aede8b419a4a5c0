"""Checks that are, or were, turned off, as pages tell them: what, by whom, since when and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attending.core.guarding import CheckOff
from attending.core.line import Line
from attending.core.ports import Unit


@dataclass(frozen=True)
class OffCheck:
    """``title``: of the check, or its name if this installation has it no more."""

    act: CheckOff
    title: str
    who: str


def off_checks(
    unit: Unit, acts: Iterable[CheckOff], lines: Mapping[str, Line]
) -> tuple[OffCheck, ...]:
    cards = {check.name: check.card for line in lines.values() for check in line.checks}
    return tuple(
        OffCheck(
            act,
            cards[act.check].title if act.check in cards else act.check,
            unit.people.principal_by_id(act.by).name,
        )
        for act in acts
    )
