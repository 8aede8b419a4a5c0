"""The command ``attending``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import structlog
import typer
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from rich.console import Console

from attending import app as wiring
from attending.adapters.storage import audit as audit_chain
from attending.adapters.storage import everywhere
from attending.adapters.storage.database import Database
from attending.adapters.storage.migrate import RolePasswords, migrate
from attending.adapters.storage.tickets import read_keys
from attending.core.errors import AttendingError, InvalidInput, Misconfigured
from attending.core.ids import EncounterId, PauseId, TenantId
from attending.core.line import Engines
from attending.core.pause import ANY, Stop, StopScope
from attending.demo import commands
from attending.demo.installation import Installation
from attending.demo.processes import serves
from attending.demo.story import print_timeline
from attending.settings import Settings

HOME = Path("var/demo")
Home = Annotated[Path, typer.Option(help="Folder of the demo installation.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
Tenant = Annotated[
    UUID | None, typer.Option(help="Tenant id; without one, the demo installation's.")
]

cli = typer.Typer(
    help="From a model's draft to a signed entry in the medical record.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
audit = typer.Typer(help="The tamper-evident audit chain.", no_args_is_help=True)
cli.add_typer(audit, name="audit")


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
    uvicorn.run(
        wiring.web(settings),
        host=settings.web_host,
        port=settings.web_port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


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
    Console().print("The database is up to date.")


@cli.command()
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
    with _administered(home) as (admin_dsn, settings):
        if scope is StopScope.LINE:
            _require_line(settings, stop)
        made = everywhere.pause(admin_dsn, stop, reason)
        unused = scope is StopScope.MODEL and not everywhere.ever_ran(admin_dsn, stop)
    console = Console()
    console.print(f"Paused in every clinic. To let it go: attending resume {made}", highlight=False)
    if unused:
        console.print("  ! no such model has run yet: is it spelt right?", style="yellow")


@cli.command()
def resume(
    pause: Annotated[UUID | None, typer.Argument(help="The pause's id; without it, all.")] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why it may go on; with the id.")] = "",
    home: Home = HOME,
) -> None:
    """Let go what was paused for every clinic; without an id, list what is paused so."""
    console = Console()
    with _administered(home) as (admin_dsn, _settings):
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


@contextmanager
def _administered(home: Path) -> Iterator[tuple[str, Settings]]:
    """The administrator's own connection: the environment's, else the demo installation's."""
    settings = Settings()
    if settings.admin_url:
        yield settings.required("admin_url"), settings
        return
    installation = _demo(home)
    in_use = serves(installation)
    try:
        yield installation.admin_dsn, installation.settings("web")
    finally:
        if not in_use:
            installation.postgres.stop()


@cli.command()
def trace(
    encounter: Annotated[UUID, typer.Argument(help="The encounter's id.")],
    *,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Print the timeline of an encounter."""
    with (
        _opened("web", tenant, home) as (database, _settings, tenant_id),
        database.transaction(tenant_id, "trace") as unit,
    ):
        events = unit.timeline.events(EncounterId(encounter))
    print_timeline(Console(), events)


@audit.command(name="verify")
def audit_verify(*, tenant: Tenant = None, home: Home = HOME) -> None:
    """Recompute the chain and hold it against its signed checkpoints; exit 1 if it fails."""
    with _opened("web", tenant, home) as (database, settings, tenant_id):
        key_file = Path(settings.required("checkpoint_public_key_file"))
        key = load_pem_public_key(key_file.read_bytes())
        if not isinstance(key, Ed25519PublicKey):
            raise Misconfigured("The checkpoint public key is not an Ed25519 key.")
        folder = Path(settings.required("checkpoint_folder"))
        points = audit_chain.read_checkpoints(folder, tenant_id)
        verdict = audit_chain.verify(database, tenant_id, points, key)
    _print_verdict(verdict)


@audit.command()
def checkpoint(*, tenant: Tenant = None, home: Home = HOME) -> None:
    """Sign the present head of the chain and keep it outside; run it every hour."""
    with _opened("releaser", tenant, home) as (database, settings, tenant_id):
        key = audit_chain.load_private_key(Path(settings.required("checkpoint_key_file")))
        folder = Path(settings.required("checkpoint_folder"))
        audit_chain.FileCheckpoints(database, folder, key).record(tenant_id)
    points = audit_chain.read_checkpoints(folder, tenant_id)
    Console().print(f"{len(points)} checkpoints are kept in {folder}.", highlight=False)


def _print_verdict(verdict: audit_chain.Verdict) -> None:
    console = Console()
    console.print(
        f"{verdict.entries} entries and {verdict.checkpoints} signed checkpoints read"
        f" in {verdict.seconds:.2f} s."
    )
    for problem in verdict.problems:
        console.print(f"  ✗ {problem}", style="bold red")
    if verdict.problems:
        console.print("The chain does not hold: tell the safety officer.")
        raise typer.Exit(1)
    if verdict.checkpoints == 0:
        console.print("  ! no checkpoint yet: a cut end could not be found", style="yellow")
    console.print("The chain holds.", style="green")


@contextmanager
def _opened(
    process: str, tenant: UUID | None, home: Path
) -> Iterator[tuple[Database, Settings, TenantId]]:
    """The environment's database for a given tenant, else the demo installation's."""
    if tenant is not None:
        settings = Settings()
        with _connected(settings) as database:
            yield database, settings, TenantId(tenant)
        return
    installation = _demo(home)
    in_use = serves(installation)
    kept = {
        "checkpoint_folder": installation.checkpoints,
        "checkpoint_public_key_file": installation.checkpoint_public_key,
    }
    settings = installation.settings(process).model_copy(update=kept)
    try:
        with _connected(settings) as database:
            yield database, settings, installation.tenant
    finally:
        if not in_use:
            installation.postgres.stop()


def _demo(home: Path) -> Installation:
    """The installation that `attending demo` made. Raises Misconfigured."""
    if not (home / "master.key").exists():
        raise Misconfigured(
            "There is no demo installation here.",
            remedy="Run `attending demo` first, or give the settings of this installation.",
        )
    return Installation(home.resolve())


@contextmanager
def _connected(settings: Settings) -> Iterator[Database]:
    database = Database.connect(
        settings.required("database_url"),
        settings.key("master_key_file"),
        settings.key("ticket_key_file"),
        1,
    )
    try:
        yield database
    finally:
        database.close()


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
