"""``attending guard``: what each check looks for, turning one off or on, and its budget."""

from __future__ import annotations

import json as forms
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from attending import app
from attending.cli.acting import acting
from attending.cli.installations import HOME, Home, Tenant, opened
from attending.core.errors import InvalidInput
from attending.core.guarding import Terms
from attending.core.identity import StaffRole
from attending.core.line import Budgeted, Check, Engines, Line
from attending.core.ports import Unit
from attending.loop import checks

guard = typer.Typer(help="The checks of the guard.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The check's name, as `attending guard list` has it.")]
By = Annotated[str, typer.Option("--by", help="The safety officer whose act it is: id or `sub`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@guard.command(name="list")
def list_checks(*, tenant: Tenant = None, json: AsJson = False, home: Home = HOME) -> None:
    """Every check: what it looks for, and whether it is off at this clinic, why and since when."""
    with (
        opened("web", tenant, home) as (database, settings, tenant_id),
        database.transaction(tenant_id, "guard") as unit,
    ):
        # With the judge that judges here: what is found under a budget depends on it.
        engines = Engines(support=app.support_model(settings))
        told = list(_told(unit, app.lines(settings, engines)))
    if json:
        typer.echo(forms.dumps({"checks": told}))
        return
    for each in told:
        act = each["off"]
        state = f"OFF since {act['since'][:16]} by {act['by']}: {act['reason']}" if act else "on"
        found = ", ".join(each["severities"]) or "the draft is not shown"
        typer.echo(f"{each['name']}: {state}\n  looks {each['looks_for']} ({found})")
        for line in _budget_lines(each["budget"]):
            typer.echo(f"  {line}")


@guard.command()
def off(
    name: Name,
    *,
    by: By,
    reason: Annotated[str, typer.Option(help="Shown on every draft: name no patient.")],
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Turn a check off at a clinic. It stands on every draft, in the audit and here."""
    _turn(name, by, reason, tenant, home, is_off=True)
    Console().print(f"{name} is off. To turn it on again: attending guard on {name}")


@guard.command()
def on(
    name: Name,
    *,
    by: By,
    reason: Annotated[str, typer.Option(help="Why it may be on again: name no patient.")],
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Turn a check on again. Drafts that were made meanwhile go on saying that it was off."""
    _turn(name, by, reason, tenant, home, is_off=False)
    Console().print(f"{name} is on.")


@guard.command()
def budget(
    flags: Annotated[float, typer.Argument(help="Warnings on a note without errors, at most.")],
    *,
    by: By,
    reason: Annotated[str, typer.Option(help="Shown with the drafts: name no patient.")],
    check: Annotated[
        str | None, typer.Option(help="Which check, if more than one has one.")
    ] = None,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Choose how many warnings a note without errors may carry: the fewer, the less is found.

    `attending guard list` shows the choices, and how much is found under each. To undo it, choose again.
    """
    with opened("web", tenant, home) as (database, settings, tenant_id):
        lines = app.lines(settings, Engines())
        name = check or _only_budgeted(lines)
        with database.transaction(tenant_id, "guard") as unit:
            officer = acting(unit, by, StaffRole.SAFETY_OFFICER)
        with database.transaction(tenant_id, str(officer.id)) as unit:
            checks.choose_budget(unit, lines, name, flags, reason=reason, by=officer)
    Console().print(f"{name} makes {_about(flags)}, from the next draft on.")


def _only_budgeted(lines: Mapping[str, Line]) -> str:
    """Raises InvalidInput if there is none, or a choice."""
    names = sorted(check.name for _, check in checks.budgeted(lines))
    if len(names) != 1:
        raise InvalidInput(
            "It is not clear which check is meant.",
            remedy=f"Say --check, of: {', '.join(names) or 'none keeps to a budget'}.",
        )
    return names[0]


def _turn(name: str, by: str, reason: str, tenant: Tenant, home: Home, *, is_off: bool) -> None:
    with opened("web", tenant, home) as (database, settings, tenant_id):
        lines = app.lines(settings, Engines())
        with database.transaction(tenant_id, "guard") as unit:
            officer = acting(unit, by, StaffRole.SAFETY_OFFICER)
        with database.transaction(tenant_id, str(officer.id)) as unit:
            checks.turn(unit, lines, name, off=is_off, reason=reason, by=officer)


def _told(unit: Unit, lines: Mapping[str, Line]) -> Iterator[dict[str, Any]]:
    for line in lines.values():
        terms = unit.guards.terms(line.name)
        acts = {act.check: act for act in unit.guards.told(tuple(terms.off.values()))}
        for check in line.checks:
            act = acts.get(check.name)
            yield {
                "line": line.name,
                "name": check.name,
                "title": check.card.title,
                "looks_for": check.card.looks_for,
                "severities": [str(severity) for severity in check.card.severities],
                "required": check.card.required,
                "off": act
                and {
                    "by": unit.people.principal_by_id(act.by).name,
                    "since": act.at.isoformat(),
                    "reason": act.reason,
                },
                "budget": _budget(unit, check, terms),
            }


def _budget(unit: Unit, check: Check, terms: Terms) -> dict[str, Any] | None:
    """Warnings on a note without errors, at most: what stands, by whom, and what there is."""
    if not isinstance(check, Budgeted):
        return None
    chosen = terms.budgets.get(check.name)
    act = unit.guards.act(chosen.act) if chosen else None
    return {
        "flags": terms.budget(check.name, check.budget),
        "usual": check.budget,
        "offered": [{"flags": each.flags, "found": each.found} for each in check.budgets],
        "chosen": act
        and {
            "by": unit.people.principal_by_id(act.by).name,
            "since": act.at.isoformat(),
            "reason": act.reason,
        },
    }


def _budget_lines(budget: Mapping[str, Any] | None) -> Iterator[str]:
    if budget is None:
        return
    chosen = budget["chosen"]
    who = f", since {chosen['since'][:16]} by {chosen['by']}: {chosen['reason']}" if chosen else ""
    yield f"{_about(budget['flags'])}{who}"
    for each in budget["offered"]:
        told = "not measured" if each["found"] is None else f"{each['found']:.0%} of errors found"
        usual = " (usual)" if each["flags"] == budget["usual"] else ""
        yield f"  {each['flags']:g}: {told}{usual}"


def _about(flags: float) -> str:
    warnings = "warning" if flags == 1 else "warnings"
    return f"about {flags:g} {warnings} on a note without errors"
