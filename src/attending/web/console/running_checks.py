"""On the safety officer's page: each check of the guard, turned off or on, and its budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form
from fastapi.responses import Response
from pydantic import Field

from attending.core.guarding import BudgetChosen, GuardAct, Terms
from attending.core.line import Budget, Budgeted, Check, Line
from attending.core.ports import Unit
from attending.loop import checks
from attending.web.api.types import Ask, Name, Reason
from attending.web.console.off_checks import OffCheck, off_checks
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import Officer

router = page_router("/safety")


class CheckForm(Ask):
    csrf: str
    check: Name
    turn: Literal["off", "on"]
    reason: Reason


class BudgetForm(Ask):
    csrf: str
    check: Name
    flags: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    reason: Reason


@dataclass(frozen=True)
class RunningBudget:
    """How many findings a check may make; chosen: by whom and why, if anybody chose."""

    flags: float
    usual: float
    offered: tuple[Budget, ...]
    chosen: tuple[GuardAct, str] | None


@dataclass(frozen=True)
class RunningCheck:
    """A check of the guard; off: the act that turned it off. budget: None if it keeps to none."""

    line: str
    check: Check
    off: OffCheck | None
    budget: RunningBudget | None


@router.post("/checks")
def turn_check(form: Annotated[CheckForm, Form()], visit: Officer) -> Response:
    lines, off = visit.desk.parts.loop.lines, form.turn == "off"
    visit.desk.write(
        lambda unit, by: checks.turn(unit, lines, form.check, off=off, reason=form.reason, by=by)
    )
    return see_other("/safety#checks")


@router.post("/budgets")
def choose_budget(form: Annotated[BudgetForm, Form()], visit: Officer) -> Response:
    lines, name, flags = visit.desk.parts.loop.lines, form.check, form.flags
    visit.desk.write(
        lambda unit, by: checks.choose_budget(unit, lines, name, flags, reason=form.reason, by=by)
    )
    return see_other(f"/safety#check-{name}")


def running_checks(unit: Unit, lines: Mapping[str, Line]) -> Iterator[RunningCheck]:
    for line in lines.values():
        terms = unit.guards.terms(line.name)
        acts = unit.guards.told(tuple(terms.off.values()))
        off = {each.act.check: each for each in off_checks(unit, acts, lines)}
        for check in line.checks:
            budget = _budget(unit, check, terms)
            yield RunningCheck(line.title, check, off.get(check.name), budget)


def _budget(unit: Unit, check: Check, terms: Terms) -> RunningBudget | None:
    if not isinstance(check, Budgeted):
        return None
    chosen = terms.budgets.get(check.name)
    return RunningBudget(
        terms.budget(check.name, check.budget),
        check.budget,
        check.budgets,
        _by_whom(unit, chosen) if chosen else None,
    )


def _by_whom(unit: Unit, chosen: BudgetChosen) -> tuple[GuardAct, str]:
    act = unit.guards.act(chosen.act)
    return act, unit.people.principal_by_id(act.by).name
