"""Connections as each role really has them, and as the superuser who broke in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from attending.adapters.storage.migrate import dsn_as
from tests.attacks.stories import Story, tell
from tests.clinic import Clinic


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


@pytest.fixture(scope="module")
def ours(clinic: Clinic) -> Story:
    return tell(clinic, "canaryalbatros")


@pytest.fixture(scope="module")
def theirs(neighbour: Clinic) -> Story:
    """Another tenant with the same kinds of rows."""
    return tell(neighbour, "canaryzeppelin")
