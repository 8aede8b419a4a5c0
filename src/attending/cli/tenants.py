"""``attending tenant``: the clinics of an installation."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from attending.adapters.storage import enrol
from attending.core.ids import TenantId, fresh
from attending.core.work import Tenant
from attending.settings import Settings

tenant = typer.Typer(help="The clinics of this installation.", no_args_is_help=True)


@tenant.command()
def add(name: Annotated[str, typer.Argument(help="The clinic's name.")]) -> None:
    """A clinic with a key of its own, as ATTENDING_ADMIN_URL's administrator."""
    settings = Settings()
    made = Tenant(TenantId(fresh()), name, demo=False)
    enrol.add_tenant(settings.required("admin_url"), made, settings.key("master_key_file"))
    Console().print(f"{made.id}  {name}", highlight=False, markup=False)
    Console().print("Next: attending trust add issuer, target and principal, with its id.")
