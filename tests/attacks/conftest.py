"""Connections as each role really has them, and as the superuser who broke in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from attending.adapters.identity import OidcTokenVerifier, TrustedIssuer
from attending.adapters.identity.passkeys import WebAuthnRegistrar
from attending.adapters.storage.migrate import dsn_as
from attending.adapters.storage.tickets import TicketKey
from attending.core.ids import CaseId, TenantId
from attending.demo.issuer import API_AUDIENCE, RunningIssuer
from attending.web.application import web_app
from attending.web.parts import ConsoleLogin, WebParts
from tests.attacks import catalogue
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.recipes import Operation, Party, operations
from tests.attacks.stories import Story, tell
from tests.clinic import Clinic
from tests.journeys.served import Served, serving
from tests.web.browser import Browser

Console = Callable[[CaseId], str]


@contextmanager
def connected(clinic: Clinic, role: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of this role, by its own password; rolled back at its end."""
    process = role.removeprefix("attending_")
    installation = clinic.installation
    dsn = dsn_as(installation.admin_dsn, role, installation.secrets[process])
    with psycopg.connect(dsn) as connection:
        yield connection
        connection.rollback()


@contextmanager
def as_superuser(clinic: Clinic) -> Iterator[psycopg.Connection[Any]]:
    """Rolled back at its end, unless committed."""
    with psycopg.connect(clinic.installation.admin_dsn) as connection:
        yield connection
        connection.rollback()


def ticket_of(clinic: Clinic, role: str = "attending_web", ago: float = 0.0) -> str:
    """A right one, as the role's process makes it; made some seconds ago."""
    settings = clinic.installation.settings(role.removeprefix("attending_"))
    key = TicketKey.of(settings.key("ticket_key_file"))
    return key.ticket(clinic.tenant, time.time() - ago)


def acts_for(db: psycopg.Connection[Any], clinic: Clinic) -> None:
    """As the session's own process begins; a superuser's session as the web process."""
    role = db.info.user if db.info.user in APP_ROLES else "attending_web"
    db.execute("select attending.enter(%s)", (ticket_of(clinic, role),))


def tenants_seen(db: psycopg.Connection[Any]) -> set[TenantId]:
    """Whose rows the session reads, in all tables of the catalogue together."""
    seen: set[TenantId] = set()
    for table in catalogue.tenant_tables(db):
        query = sql.SQL("select distinct tenant_id from attending.{}").format(sql.Identifier(table))
        with suppress(psycopg.errors.InsufficientPrivilege), db.transaction():
            seen |= {TenantId(row[0]) for row in db.execute(query)}
    return seen


@pytest.fixture(scope="module")
def ours(clinic: Clinic) -> Story:
    return tell(clinic, "canaryalbatros")


@pytest.fixture(scope="module")
def theirs(neighbour: Clinic) -> Story:
    """Another tenant with the same kinds of rows."""
    return tell(neighbour, "canaryzeppelin")


@pytest.fixture(scope="module")
def console(clinic: Clinic) -> Iterator[Console]:
    """The review page of a case, as the demo clinician's browser gets it."""
    installation = clinic.installation
    with RunningIssuer(installation.issuer_settings()) as issuer:
        trusted = [TrustedIssuer(issuer.url, API_AUDIENCE, "attending-console")]
        login = ConsoleLogin(
            installation.issuer_url, "attending-console", installation.web_url, b"k" * 32
        )
        parts = WebParts(
            loop=clinic.parts("web"),
            tokens=OidcTokenVerifier(trusted),
            trust=clinic.trusting(),
            upload_limit=1 << 20,
            history=clinic.history,
            console=login,
            passkeys=WebAuthnRegistrar(),
        )
        with TestClient(web_app(parts), base_url=login.base_url) as client:
            browser = Browser(client)
            browser.log_in("demo-clinician", installation.secrets["demo-clinician"])
            yield lambda case: browser.get(f"/cases/{case}").source


@pytest.fixture(scope="module")
def served(clinic: Clinic, neighbour: Clinic) -> Iterator[Served]:
    """Both clinics, behind one API."""
    with serving(clinic, neighbour) as running:
        yield running


@pytest.fixture(scope="module")
def us(served: Served, ours: Story) -> Party:
    return Party(served, ours)


@pytest.fixture(scope="module")
def known(served: Served) -> dict[str, Operation]:
    return {each.name: each for each in operations(served.app.openapi())}
