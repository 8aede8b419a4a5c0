"""``attending audit``: the tamper-evident history, its checkpoints and its proofs."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from attending.adapters.storage import audit as audit_chain
from attending.adapters.storage import audit_papers
from attending.adapters.storage.checkpoints import (
    FileCheckpoints,
    load_private_key,
    load_public_key,
    read_checkpoints,
)
from attending.cli.installations import HOME, Home, Tenant, opened

audit = typer.Typer(help="The tamper-evident audit history.", no_args_is_help=True)


@audit.command(name="verify")
def audit_verify(*, tenant: Tenant = None, home: Home = HOME) -> None:
    """Recompute chain and tree and hold them against the checkpoints; exit 1 if they fail."""
    with opened("web", tenant, home) as (database, settings, tenant_id):
        key = load_public_key(Path(settings.required("checkpoint_public_key_file")))
        folder = Path(settings.required("checkpoint_folder"))
        kept = partial(read_checkpoints, folder, tenant_id)
        verdict = audit_chain.verify(database, tenant_id, kept, key)
    _print_verdict(verdict)


@audit.command()
def checkpoint(*, tenant: Tenant = None, home: Home = HOME) -> None:
    """Sign the present head and keep it outside, as the releaser does by itself every hour."""
    with opened("releaser", tenant, home) as (database, settings, tenant_id):
        key = load_private_key(Path(settings.required("checkpoint_key_file")))
        folder = Path(settings.required("checkpoint_folder"))
        FileCheckpoints(database, folder, key).record(tenant_id)
    points = read_checkpoints(folder, tenant_id)
    Console().print(f"{len(points)} checkpoints are kept in {folder}.", highlight=False)


@audit.command()
def export(
    file: Annotated[Path, typer.Argument(help="Written anew: JSON, one line each.")],
    *,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Write all entries and checkpoints, for verify_audit.py and the public key alone."""
    with opened("web", tenant, home) as (database, settings, tenant_id):
        kept = partial(read_checkpoints, Path(settings.required("checkpoint_folder")), tenant_id)
        with file.open("w", encoding="utf-8") as out:
            written = audit_papers.export(database, tenant_id, kept, out)
    Console().print(f"{written} entries are in {file}.", highlight=False)


@audit.command()
def prove(
    seq: Annotated[int, typer.Argument(help="The entry's number.", min=1)],
    *,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Print the proof that an entry is in the history of the last checkpoint, as JSON."""
    with opened("web", tenant, home) as (database, settings, tenant_id):
        folder = Path(settings.required("checkpoint_folder"))
        points = read_checkpoints(folder, tenant_id)
        paper = audit_papers.inclusion(database, tenant_id, points, seq)
    typer.echo(json.dumps(paper))


@audit.command()
def consistency(
    first: Annotated[int, typer.Argument(help="Size of an earlier checkpoint.", min=1)],
    second: Annotated[int, typer.Argument(help="Size of a later checkpoint.", min=1)],
    *,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Print the proof that one checkpoint's history only adds to another's, as JSON."""
    with opened("web", tenant, home) as (database, settings, tenant_id):
        folder = Path(settings.required("checkpoint_folder"))
        points = read_checkpoints(folder, tenant_id)
        paper = audit_papers.consistency(database, tenant_id, points, first, second)
    typer.echo(json.dumps(paper))


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
