"""``attending learn``: corrections as a dataset, series of how well drafts do, a judge beside."""

from __future__ import annotations

import json as forms
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from attending.cli.acting import acting
from attending.cli.installations import HOME, Home, Tenant, opened
from attending.core.errors import InvalidInput
from attending.core.identity import StaffRole
from attending.learning import told, told_judged
from attending.learning.chart import ALLOWED
from attending.learning.corrections import Corrections, chosen, corrections
from attending.learning.judged import JudgeReport, Of, judge_reports
from attending.learning.series import Series, series

learn = typer.Typer(help="What reviews teach.", no_args_is_help=True)

LINES, MANIFEST = "corrections.jsonl", "manifest.json"
NOTES = 10_000  # that are read at most, the latest
STATEMENTS = 20_000  # that a judge looked at, likewise
_SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_MAY_EXPORT = (StaffRole.ENGINEER, StaffRole.SAFETY_OFFICER, StaffRole.ADMIN)
Days = Annotated[int, typer.Option(help="Notes that were signed in the last so many days.", min=1)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@learn.command(name="corrections")
def export(
    *,
    out: Annotated[Path, typer.Option(help="A folder of your own, outside the repository.")],
    by: Annotated[
        str, typer.Option(help="Engineer, safety officer or administrator: id or `sub`.")
    ],
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Write what clinicians changed, of patients who agree to training now, as JSON lines.

    They hold clinical text: the files are readable by you alone, and the audit says who took them.
    """
    folder = _own_folder(out)
    with opened("web", tenant, home) as (database, _settings, tenant_id):
        with database.transaction(tenant_id, "learn") as unit:
            who = acting(unit, by, *_MAY_EXPORT)
            choice = chosen(unit.learning.reviewed(_SINCE_EVER, NOTES))
        made = corrections(choice, datetime.now(UTC))
        manifest = forms.loads(made.manifest)
        # First the audit, then the files: what was taken out is never untold.
        database.note(
            tenant_id,
            str(who.id),
            "corrections.exported",
            tenant_id,
            digest=manifest["digest"],
            notes=manifest["notes"],
            statements=manifest["statements"],
            patients=manifest["consents"]["patients"],
        )
    _write(folder, made)
    console = Console(stderr=True)
    console.print(f"{manifest['statements']} statements of {manifest['notes']} notes in {folder}")
    console.print(
        "They hold what patients said, as it was said. Keep them as you keep the record, and"
        " delete them when they are no longer needed, or when a patient withdraws.",
        style="yellow",
    )


@learn.command(name="series")
def show_series(
    *,
    days: Days = 365,
    one_in: Annotated[
        int, typer.Option(help="A chart may raise one false alarm in so many notes.", min=20)
    ] = round(1 / ALLOWED),
    tenant: Tenant = None,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """How well drafts did: per model version, and per section, reason and check."""
    since = datetime.now(UTC) - timedelta(days=days)
    with (
        opened("web", tenant, home) as (database, _settings, tenant_id),
        database.transaction(tenant_id, "learn") as unit,
    ):
        notes = unit.learning.reviewed(since, NOTES)
    made = series(notes, 1 / one_in)
    if json:
        typer.echo(forms.dumps(told.document(made, len(notes), since, 1 / one_in)))
        return
    _print(made, len(notes))


@learn.command(name="judge")
def show_judge(
    *,
    days: Annotated[int, typer.Option(help="Drafts of the last so many days.", min=1)] = 365,
    tenant: Tenant = None,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """How far the guard agrees with a large judge, on the statements that it looked at."""
    since = datetime.now(UTC) - timedelta(days=days)
    with (
        opened("web", tenant, home) as (database, _settings, tenant_id),
        database.transaction(tenant_id, "learn") as unit,
    ):
        judged = unit.learning.judged(since, STATEMENTS)
    made = judge_reports(judged)
    if json:
        typer.echo(forms.dumps(told_judged.judge_document(made, since)))
        return
    typer.echo("\n\n".join(map(_judge_told, made)) if made else told_judged.NOTHING)


def _judge_told(made: JudgeReport) -> str:
    lines = (f"  {line}" for line in (*_rows(made), *_beside(made), told_judged.suggestion(made)))
    return "\n".join([f"{made.judge}, beside {made.score}", *lines])


def _rows(made: JudgeReport) -> Iterator[str]:
    for row in made.rows:
        figures = ", ".join(f"{n} {told_judged.shown(f)}" for n, f in row.figures.items())
        named = "all" if row.kind is Of.ALL else f"{row.kind} {row.of}"
        yield (
            f"{named}: {row.n} statements, {row.doubted} doubted by the judge, {row.warned} "
            f"warned of by a check, {row.missed} missed; {figures}"
        )


def _beside(made: JudgeReport) -> Iterator[str]:
    for each in made.bins:
        yield (
            f"doubt {each.low:.1f} to {each.high:.1f}: {each.count} statements, "
            f"said {each.said:.2f}, doubted by the judge {each.true:.2f}"
        )
    for name, check in made.checks.items():
        warned = check.both + check.check_alone
        yield f"check {name}: warned {warned} times, the judge agrees in {check.both}"


def _print(made: tuple[Series, ...], notes: int) -> None:
    lines = [f"{notes} signed notes"]
    model = ""
    for each in made:
        if each.model != model:
            model = each.model
            lines += ["", model]
        half = each.halves
        change = (
            f"; {half.first:.3f}, then {half.second:.3f}"
            f" ({half.difference:+.3f}, {half.low:+.3f} to {half.high:+.3f})"
            if half
            else ""
        )
        lines.append(
            f"  {each.kind} {each.of}, {each.measure}: {each.mean:.3f} of {len(each.values)}"
            f"{change}; {told.verdict(each)}"
        )
    typer.echo("\n".join(lines))


def _own_folder(out: Path) -> Path:
    """Made if it is not there. Raises InvalidInput for one where others may come by it."""
    folder = out.resolve()
    for above in (folder, *folder.parents):
        if (above / ".git").exists() or (above / "pyproject.toml").exists():
            raise InvalidInput("The folder lies in a repository.", remedy=_ELSEWHERE)
        if above.name in {"static", "templates", "public_html", "www", "htdocs"}:
            raise InvalidInput("The folder lies where pages are served from.", remedy=_ELSEWHERE)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise InvalidInput("Others may look into the folder.", remedy=f"chmod 700 {folder}")
    if any((folder / name).exists() for name in (LINES, MANIFEST)):
        raise InvalidInput("There are corrections already.", remedy="Name another folder.")
    return folder


_ELSEWHERE = "Name a folder of your own, on a disk that is encrypted: they hold clinical text."


def _write(folder: Path, made: Corrections) -> None:
    """Readable by this user alone, from the first byte."""
    for name, content in ((LINES, made.lines), (MANIFEST, made.manifest)):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(folder / name, flags, 0o600), "wb") as file:
            file.write(content)
