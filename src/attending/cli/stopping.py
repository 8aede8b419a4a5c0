"""``attending pause`` and ``attending resume``: for every clinic at once."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console

from attending import app as wiring
from attending.adapters.storage import everywhere
from attending.cli.installations import HOME, Home, administered
from attending.core.errors import InvalidInput
from attending.core.ids import PauseId
from attending.core.line import Engines
from attending.core.pause import ANY, Stop, StopScope
from attending.settings import Settings


def pause(
    scope: Annotated[StopScope, typer.Argument(help="What is stopped.")],
    name: Annotated[str, typer.Argument(help="The line's, or the model's, name.")],
    *,
    reason: Annotated[str, typer.Option(help="Shown in every clinic: name no patient, no clinic.")],
    version: Annotated[str, typer.Option(help="Of the model; without it, every one.")] = ANY,
    home: Home = HOME,
) -> None:
    """Stop a line or a model for every clinic at once, as ATTENDING_ADMIN_URL's administrator."""
    stop = Stop(scope, name, version)
    with administered(home) as (admin_dsn, settings):
        if scope is StopScope.LINE:
            _require_line(settings, stop)
        made = everywhere.pause(admin_dsn, stop, reason)
        unused = scope is StopScope.MODEL and not everywhere.ever_ran(admin_dsn, stop)
    console = Console()
    console.print(f"Paused in every clinic. To let it go: attending resume {made}", highlight=False)
    if unused:
        console.print("  ! no such model has run yet: is it spelt right?", style="yellow")


def resume(
    pause: Annotated[UUID | None, typer.Argument(help="The pause's id; without it, all.")] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why it may go on; with the id.")] = "",
    home: Home = HOME,
) -> None:
    """Let go what was paused for every clinic; without an id, list what is paused so."""
    console = Console()
    with administered(home) as (admin_dsn, _settings):
        if pause is not None:
            woken = everywhere.resume(admin_dsn, PauseId(pause), reason)
            console.print(f"Resumed. {woken} cases that waited go on.", highlight=False)
            return
        standing = everywhere.standing(admin_dsn)
    for each in standing:
        stop = each.stop
        console.print(
            f"{each.id}  {stop.scope} {stop.name} {stop.version}  since {each.at:%Y-%m-%d %H:%M}"
            f"  {each.reason}",
            highlight=False,
            markup=False,
        )
    if not standing:
        console.print("Nothing is paused for every clinic.")


def _require_line(settings: Settings, stop: Stop) -> None:
    """A name that is misspelt would only seem to stop something. Raises InvalidInput."""
    known = sorted(wiring.lines(settings, Engines()))
    if stop.name not in known or stop.version != ANY:
        raise InvalidInput(
            f"There is no such line here; there is: {', '.join(known)}.",
            remedy="Set ATTENDING_LINES as the other processes have it, and name one of them.",
        )
