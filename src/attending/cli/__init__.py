"""The command ``attending``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import structlog
import typer
from rich.console import Console

from attending import app as wiring
from attending.adapters.storage.migrate import RolePasswords, migrate
from attending.adapters.storage.registering import register_shipped
from attending.adapters.storage.tickets import read_keys
from attending.cli.audit import audit
from attending.cli.evaluation import compare_command, evaluate_command
from attending.cli.fit import fit
from attending.cli.guard import guard
from attending.cli.installations import HOME, Home, Tenant, opened
from attending.cli.keys import keys
from attending.cli.learn import learn
from attending.cli.models import model
from attending.cli.stopping import pause, resume
from attending.cli.tenants import tenant as tenants
from attending.cli.train import train
from attending.cli.trust import trust
from attending.core.errors import AttendingError
from attending.core.ids import EncounterId
from attending.demo import commands
from attending.demo.installation import Installation
from attending.demo.story import print_timeline
from attending.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]

cli = typer.Typer(
    help="From a model's draft to a signed entry in the medical record.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(audit, name="audit")
cli.add_typer(trust, name="trust")
cli.add_typer(tenants, name="tenant")
cli.add_typer(keys, name="keys")
cli.add_typer(train, name="train")
cli.add_typer(model, name="model")
cli.add_typer(guard, name="guard")
cli.add_typer(fit, name="fit")
cli.add_typer(learn, name="learn")


@cli.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Run head-less, with a scripted clinician, and end.")
    ] = False,
    audio: Annotated[
        Path | None, typer.Option(help="Another recording, with --once.", exists=True)
    ] = None,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Start everything on this machine, with synthetic patients and a stand-in EHR."""
    installation = Installation(home.resolve())
    if once:
        sys.exit(commands.run_once(installation, audio, as_json=json))
    commands.serve(installation)


@cli.command()
def note(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A recording.")],
    *,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Take a recording up to review, and say where to review it."""
    sys.exit(commands.take_note(Installation(home.resolve()), file, as_json=json))


@cli.command()
def schema() -> None:
    """Print the JSON Schema of what ``--json`` prints."""
    commands.print_schema()


@cli.command()
def web() -> None:
    """Run the web process: API and console."""
    settings = Settings()
    wiring.start_logs("web")
    # Imported here: no other command serves anything.
    from attending.web.serving import serve  # noqa: PLC0415

    serve(wiring.web(settings), settings.web_host, settings.web_port)


@cli.command()
def inference() -> None:
    """Run the inference process: speech recognition, drafting, guards."""
    wiring.start_logs("inference")
    wiring.inference(Settings()).run()


@cli.command()
def releaser() -> None:
    """Run the releaser: verifies proofs and writes to record systems."""
    wiring.start_logs("releaser")
    wiring.releaser(Settings()).run()


@cli.command(name="migrate")
def migrate_command(
    passwords: Annotated[
        Path, typer.Option(help="JSON file: web, inference, releaser, queue.", exists=True)
    ],
    ticket_keys: Annotated[
        Path, typer.Option(help="Folder: web*.key, inference*.key, releaser*.key.", exists=True)
    ],
) -> None:
    """Bring the database of ATTENDING_ADMIN_URL to this version; safe to repeat."""
    import json as forms  # noqa: PLC0415 - the option of that name hides it elsewhere

    settings = Settings()
    given = RolePasswords(**forms.loads(passwords.read_text()))
    migrate(
        settings.required("admin_url"),
        given,
        read_keys(ticket_keys),
        wiring.line_migrations(settings),
    )
    register_shipped(
        settings.required("admin_url"), wiring.shipped(settings), wiring.shipped_evaluations()
    )
    Console().print("The database is up to date.")


cli.command(name="evaluate")(evaluate_command)
cli.command(name="compare")(compare_command)
cli.command()(pause)
cli.command()(resume)


@cli.command()
def trace(
    encounter: Annotated[UUID, typer.Argument(help="The encounter's id.")],
    *,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Print the timeline of an encounter."""
    with (
        opened("web", tenant, home) as (database, _settings, tenant_id),
        database.transaction(tenant_id, "trace") as unit,
    ):
        events = unit.timeline.events(EncounterId(encounter))
    print_timeline(Console(), events)


def main() -> None:
    """Run a command; an error of ours is told in two lines, with what to do next."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    try:
        cli()
    except AttendingError as error:
        console = Console(stderr=True)
        console.print(f"{error.code}: {error.message}", style="bold red", highlight=False)
        console.print(error.remedy, highlight=False)
        sys.exit(2)
