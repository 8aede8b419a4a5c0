"""``attending audit``: the tamper-evident chain."""

from __future__ import annotations

from pathlib import Path

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from rich.console import Console

from attending.adapters.storage import audit as audit_chain
from attending.cli.installations import HOME, Home, Tenant, opened
from attending.core.errors import Misconfigured

audit = typer.Typer(help="The tamper-evident audit chain.", no_args_is_help=True)


@audit.command(name="verify")
def audit_verify(*, tenant: Tenant = None, home: Home = HOME) -> None:
    """Recompute the chain and hold it against its signed checkpoints; exit 1 if it fails."""
    with opened("web", tenant, home) as (database, settings, tenant_id):
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
    with opened("releaser", tenant, home) as (database, settings, tenant_id):
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
