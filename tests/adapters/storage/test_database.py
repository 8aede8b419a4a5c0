"""The pool of one role: what goes away is told, what is set for a tenant ends with it."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from attending.adapters.storage.codec import new_key
from attending.adapters.storage.database import Database
from attending.adapters.storage.keys import NoKeys
from attending.core.errors import Conflict, NotFound, StorageUnavailable
from attending.core.ids import CaseId, fresh
from tests.clinic import Clinic


def test_a_database_that_is_away_is_told_as_passing(folder: Path) -> None:
    dsn = make_conninfo(host=str(folder), dbname="attending", connect_timeout=1)
    database = Database.connect(dsn, NoKeys(), new_key())
    database.pool.timeout = 0.2
    with pytest.raises(StorageUnavailable), database.transaction(fresh(), "tests"):  # type: ignore[arg-type]
        pass
    database.close()


def test_a_lock_that_is_held_too_long_is_told_as_passing(clinic: Clinic) -> None:
    case_id = clinic.in_review()
    with psycopg.connect(clinic.installation.admin_dsn) as holder:
        holder.execute("select from attending.cases where id = %s for update", (case_id,))
        hasty = clinic.web.transaction(clinic.tenant, "tests")
        with pytest.raises(StorageUnavailable), hasty as unit:  # noqa: PT012
            unit.connection.execute("set local lock_timeout = '50ms'")
            unit.cases.head(case_id, lock=True)


def test_the_tenant_ends_with_its_transaction(clinic: Clinic) -> None:
    case_id = clinic.in_review()
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert unit.cases.head(case_id).id == case_id
    with clinic.web.pool.connection() as connection:
        rows = connection.execute("select from attending.cases").fetchall()
    assert rows == []


def test_a_failed_transaction_leaves_nothing_and_the_pool_whole(clinic: Clinic) -> None:
    encounter = clinic.encounter()
    failing = clinic.web.transaction(clinic.tenant, "tests")
    with pytest.raises(NotFound), failing as unit:  # noqa: PT012 - the second undoes the first
        unit.audit("tests", "half", encounter)
        unit.cases.head(CaseId(fresh()))
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        found = unit.all("select entry from attending.audit_log where entry like '%%\"half\"%%'")
    assert found == []


def test_two_writers_of_one_version_have_one_winner(clinic: Clinic) -> None:
    case_id, by = clinic.in_review(), clinic.person()
    seen = clinic.case(case_id)
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def advance() -> None:
        barrier.wait()
        try:
            with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
                unit.cases.advance(case_id, seen.version, seen.state)
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=advance) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 7 + ["won"]
