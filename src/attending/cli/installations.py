"""Which installation a command is about: the environment's, or the demo's in its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from attending import app
from attending.adapters.storage.database import Database
from attending.adapters.storage.enrol import tenants
from attending.core.errors import InvalidInput, Misconfigured
from attending.core.ids import TenantId
from attending.demo.installation import Installation
from attending.demo.processes import serves
from attending.settings import Settings

HOME = Path("var/demo")
Home = Annotated[Path, typer.Option(help="Folder of the demo installation.")]
Tenant = Annotated[
    UUID | None, typer.Option(help="Tenant id; without one, the demo installation's.")
]


@contextmanager
def administered(home: Path) -> Iterator[tuple[str, Settings]]:
    """The administrator's own connection: the environment's, else the demo installation's."""
    settings = Settings()
    if settings.admin_url:
        yield settings.required("admin_url"), settings
        return
    installation = demo_installation(home)
    in_use = serves(installation)
    try:
        yield installation.admin_dsn, installation.settings("web")
    finally:
        if not in_use:
            installation.postgres.stop()


@contextmanager
def administered_clinic(
    tenant: UUID | None, home: Path
) -> Iterator[tuple[str, Settings, TenantId]]:
    """The same for one clinic; without a name, the only one there is. Raises InvalidInput."""
    with administered(home) as (admin_dsn, settings):
        known = (TenantId(tenant),) if tenant is not None else tenants(admin_dsn)
        if len(known) != 1:
            raise InvalidInput(
                f"This installation has {len(known)} clinics.", remedy="Name one with --tenant."
            )
        yield admin_dsn, settings, known[0]


@contextmanager
def opened(
    process: str, tenant: UUID | None, home: Path
) -> Iterator[tuple[Database, Settings, TenantId]]:
    """The environment's database for a given tenant, else the demo installation's."""
    if tenant is not None:
        settings = Settings()
        with _connected(process, settings) as database:
            yield database, settings, TenantId(tenant)
        return
    installation = demo_installation(home)
    in_use = serves(installation)
    kept = {
        "checkpoint_folder": installation.checkpoints,
        "checkpoint_public_key_file": installation.checkpoint_public_key,
    }
    settings = installation.settings(process).model_copy(update=kept)
    try:
        with _connected(process, settings) as database:
            yield database, settings, installation.tenant
    finally:
        if not in_use:
            installation.postgres.stop()


def demo_installation(home: Path) -> Installation:
    """The installation that `attending demo` made. Raises Misconfigured."""
    if not (home / "master.key").exists():
        raise Misconfigured(
            "There is no demo installation here.",
            remedy="Run `attending demo` first, or give the settings of this installation.",
        )
    return Installation(home.resolve())


@contextmanager
def _connected(process: str, settings: Settings) -> Iterator[Database]:
    database = app.connect(process, settings.model_copy(update={"database_connections": 1}))
    try:
        yield database
    finally:
        database.close()
