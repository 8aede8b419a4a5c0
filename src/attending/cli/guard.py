"""``attending guard``: what each check looks for, and turning one off or on."""

from __future__ import annotations

import json as forms
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from attending import app
from attending.cli.acting import acting
from attending.cli.installations import HOME, Home, Tenant, opened
from attending.core.identity import StaffRole
from attending.core.line import Engines, Line
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
        told = list(_told(unit, app.lines(settings, Engines())))
    if json:
        typer.echo(forms.dumps({"checks": told}))
        return
    for each in told:
        act = each["off"]
        state = f"OFF since {act['since'][:16]} by {act['by']}: {act['reason']}" if act else "on"
        found = ", ".join(each["severities"]) or "the draft is not shown"
        typer.echo(f"{each['name']}: {state}\n  looks {each['looks_for']} ({found})")


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


def _turn(name: str, by: str, reason: str, tenant: Tenant, home: Home, *, is_off: bool) -> None:
    with opened("web", tenant, home) as (database, settings, tenant_id):
        lines = app.lines(settings, Engines())
        with database.transaction(tenant_id, "guard") as unit:
            officer = acting(unit, by, StaffRole.SAFETY_OFFICER)
        with database.transaction(tenant_id, str(officer.id)) as unit:
            checks.turn(unit, lines, name, off=is_off, reason=reason, by=officer)


def _told(unit: Unit, lines: Mapping[str, Line]) -> Iterator[dict[str, Any]]:
    for line in lines.values():
        standing = unit.guards.off(line.name)
        acts = {act.check: act for act in unit.guards.told(tuple(standing.values()))}
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
            }
