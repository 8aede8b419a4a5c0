"""``attending keys``: changing the keys that wrap keys, without a stop."""

from __future__ import annotations

import typer
from rich.console import Console

from attending import app
from attending.adapters.storage import enrol, rotation
from attending.cli.installations import HOME, Home, Tenant, administered
from attending.core.errors import Misconfigured
from attending.core.ids import TenantId

keys = typer.Typer(help="Keys of tenants, and the master key.", no_args_is_help=True)

_TOLD_EVERY = 1000  # patients


@keys.command()
def rotate(*, tenant: Tenant = None, home: Home = HOME) -> None:
    """Give a tenant (or every one) a new key, and wrap its patients' keys by it.

    Everything goes on working. It may be ended at any time: the next run goes on.
    """
    with administered(home) as (admin_url, settings):
        master = app.master_keys(settings)
        for each in _of(admin_url, tenant):
            made = rotation.rotate(admin_url, each, master, _told(each))
            Console().print(
                f"{each}: generation {made.generation} wraps everything;"
                f" {made.patients} patients were wrapped anew.",
                highlight=False,
            )


@keys.command()
def rewrap(*, tenant: Tenant = None, home: Home = HOME) -> None:
    """Wrap the tenants' keys by the present master key, after it was changed."""
    with administered(home) as (admin_url, settings):
        if settings.previous_master_key_file is None:
            raise Misconfigured(
                "ATTENDING_PREVIOUS_MASTER_KEY_FILE is not set.",
                remedy="Give the master key of before there, and the new one as the master key.",
            )
        master = app.master_keys(settings)
        changed = sum(rotation.rewrap(admin_url, each, master) for each in _of(admin_url, tenant))
    Console().print(f"{changed} keys were wrapped anew by the present master key.")


def _of(admin_url: str, tenant: Tenant) -> tuple[TenantId, ...]:
    return enrol.tenants(admin_url) if tenant is None else (TenantId(tenant),)


def _told(tenant: TenantId) -> rotation.Report:
    """Progress, a line for each thousand."""
    last = -1

    def report(done: int, total: int) -> None:
        nonlocal last
        if done // _TOLD_EVERY > last:
            last = done // _TOLD_EVERY
            Console().print(f"{tenant}: {done} of {total} patients", highlight=False)

    return report
