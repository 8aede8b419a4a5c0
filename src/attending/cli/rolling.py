"""``attending model rollout``, ``pause``, ``rollback``, ``who`` and ``pairs``."""

from __future__ import annotations

import json as forms
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console

from attending import app as wiring
from attending.adapters.storage import registering
from attending.adapters.storage.database import TenantUnit
from attending.adapters.storage.enrol import owners_unit
from attending.assurance.pairs import compared
from attending.cli.installations import HOME, Home, Tenant, administered_clinic, opened
from attending.core.line import Engines
from attending.core.ports import Unit
from attending.core.rollout import AnswersWanted, Cohort, Paired, Role, Rollout
from attending.core.work import Run
from attending.loop import roll
from attending.loop.answer import answers
from attending.settings import Settings

LineName = Annotated[str, typer.Option("--line", help="The line's name.")]
ForWhom = Annotated[
    str, typer.Option(help='"*", "site:ID" (of a record system) or "clinician:ID".')
]
Name = Annotated[str, typer.Argument(help="The version's name.")]
Version = Annotated[str, typer.Argument(help="Its version.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
WHOLE = 200  # answers told at most, unless asked for more


@dataclass(frozen=True)
class _Desk:
    """An administrator's transaction in one clinic."""

    admin_dsn: str
    unit: TenantUnit
    settings: Settings


@contextmanager
def _desk(tenant: UUID | None, home: Path) -> Iterator[_Desk]:
    with (
        administered_clinic(tenant, home) as (admin_dsn, settings, clinic),
        owners_unit(admin_dsn, clinic) as unit,
    ):
        yield _Desk(admin_dsn, unit, settings)


def rollout(
    name: Name,
    version: Version,
    *,
    line: LineName,
    role: Annotated[Role, typer.Option("--as", help="The part that it gets.")],
    share: Annotated[float, typer.Option(help="Of the visits, 0 to 1: for a canary.")] = 0.0,
    cohort: ForWhom = "*",
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Give a version a part; the next draft goes by it. A champion or canary was promoted."""
    _give(name, version, roll_to=(line, role, share, cohort), tenant=tenant, home=home)


def pause(
    name: Name,
    version: Version,
    *,
    line: LineName,
    cohort: ForWhom = "*",
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Pass a version over from the next draft on: who stands behind it answers."""
    _give(name, version, roll_to=(line, Role.PAUSED, 0.0, cohort), tenant=tenant, home=home)


def _give(
    name: str,
    version: str,
    *,
    roll_to: tuple[str, Role, float, str],
    tenant: UUID | None,
    home: Path,
) -> None:
    line, role, share, whom = roll_to
    with _desk(tenant, home) as desk:
        found = registering.found(desk.admin_dsn, name, version)
        cohort = Cohort.read(whom)
        asked = roll.RolloutRequest(line, found.id, role, share, cohort)
        act = roll.roll_out(desk.unit, wiring.lines(desk.settings, Engines()), asked, None)
        now = roll.answering(desk.unit, line, cohort)
    part = f"{act.role} ({act.share:.0%})" if act.share else str(act.role)
    say(f"{found.label} is {part} on {line} for {act.cohort.text}. Champion: {now}.")


def roll_back(
    *,
    line: LineName,
    cohort: Annotated[
        str, typer.Option(help="Of this cohort alone; else whatever was rolled out last.")
    ] = "",
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Take back the version that was rolled out last; the next draft is made without it."""
    with _desk(tenant, home) as desk:
        whom = Cohort.read(cohort) if cohort else None
        act = roll.roll_back(desk.unit, line, None, whom)
        taken = desk.unit.registry.version(act.version).label
        now = roll.answering(desk.unit, line, act.cohort)
    say(f"{taken} is taken back on {line} for {act.cohort.text}. Champion: {now}.")


def answered_whom(
    *,
    at: Annotated[
        datetime | None, typer.Option(help="A moment (UTC), and the hour before it.")
    ] = None,
    version: Annotated[str, typer.Option(help='"NAME VERSION", or a name alone.')] = "",
    limit: Annotated[int, typer.Option(help="Answers at most.", min=1)] = WHOLE,
    json: AsJson = False,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Which version answered whom, when, and who was to answer at a moment; ids alone."""
    moment = None if at is None else at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    name, _, number = version.partition(" ")
    since = None if moment is None else moment - timedelta(hours=1)
    with _desk(tenant, home) as desk:
        wanted = AnswersWanted(name, number, since, moment, limit)
        found = desk.unit.registry.answered(wanted)
        parts = [_part(desk.unit, act) for act in roll.parts(desk.unit, moment)]
    told = {"parts": parts, "answers": [{k: str(v) for k, v in vars(a).items()} for a in found]}
    if json:
        typer.echo(forms.dumps(told, indent=2))
        return
    say(f"Rolled out {'now' if moment is None else 'then'}:")
    for each in parts or [{"nothing": "each line's own engine answers"}]:
        say("  " + "  ".join(each.values()))
    for a in found:
        when = f"{a.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        say(
            f"{when}  encounter {a.encounter}  case {a.case}  {a.step}  {a.name} {a.version}  {a.why}"
        )


def _part(unit: Unit, act: Rollout) -> dict[str, str]:
    return {
        "line": act.line,
        "cohort": act.cohort.text,
        "version": unit.registry.version(act.version).label,
        "role": str(act.role) + (f" {act.share:.0%}" if act.share else ""),
        "since": act.at.astimezone(UTC).isoformat(timespec="seconds"),
    }


def pairs(
    *,
    line: LineName,
    version: Annotated[str, typer.Option(help='"NAME VERSION" of what ran beside.')] = "",
    limit: Annotated[int, typer.Option(help="Pairs at most.", min=1)] = WHOLE,
    json: AsJson = False,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """What was shown against what ran beside it, per encounter: figures, no words.

    Only of cases that nobody reviews any more.
    """
    name, _, number = version.partition(" ")
    with (
        opened("web", tenant, home) as (database, _settings, clinic),
        database.transaction(clinic, "pairs") as unit,
    ):
        found = unit.registry.paired(line, AnswersWanted(name, number, limit=limit))
        rows = [_row(unit, each) for each in found]
    if json:
        typer.echo(forms.dumps(rows, indent=2))
        return
    if not rows:
        say("Nothing ran beside what was shown, or it is still reviewed.")
        return
    for row in rows:
        say("  ".join(f"{name} {value}" for name, value in row.items()))


def _row(unit: Unit, pair: Paired) -> dict[str, object]:
    shown, beside = unit.intake.run_by_id(pair.shown), unit.intake.run_by_id(pair.beside)
    ours, theirs = (answers.validate_json(run.output).draft for run in (shown, beside))
    told = compared(ours, theirs)
    return {
        "encounter": str(pair.encounter),
        "shown": f"{shown.model.name} {shown.model.version}",
        "beside": f"{beside.model.name} {beside.model.version}",
        "both": told.both,
        "shown alone": told.shown_alone,
        "beside alone": told.beside_alone,
        "agreement": round(told.agreement, 3),
        "shown seconds": _seconds(shown),
        "beside seconds": _seconds(beside),
    }


def _seconds(run: Run) -> float:
    return round((run.finished_at - run.started_at).total_seconds(), 3)


def say(text: str) -> None:
    """One line, whole, as it is."""
    Console().print(text, highlight=False, markup=False, soft_wrap=True)
