"""The pool of one role: what goes away is told, what is set for a tenant ends with it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from attending.adapters.storage.codec import new_key
from attending.adapters.storage.database import Database
from attending.adapters.storage.keys import NoKeys
from attending.adapters.storage.tickets import TicketKey
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


def test_a_connection_that_the_server_ended_is_replaced_unseen(clinic: Clinic) -> None:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        used = unit.one("select pg_backend_pid() as pid")["pid"]
    with psycopg.connect(clinic.installation.admin_dsn, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            " where usename = 'attending_web' and datname = current_database()"
        )
    for _ in range(3):
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            assert unit.one("select pg_backend_pid() as pid")["pid"] != used


def test_audit_is_written_with_the_commit_and_in_order(clinic: Clinic) -> None:
    query = "select entry::jsonb ->> 'action' as action from attending.audit_log order by seq"
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        before = len(unit.all(query))
        unit.audit("tests", "first", "x")
        unit.audit("tests", "second", "x")
        assert len(unit.all(query)) == before
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert [row["action"] for row in unit.all(query)][before:] == ["first", "second"]


def test_an_audit_that_fails_undoes_the_transaction(clinic: Clinic) -> None:
    refused = clinic.web.transaction(clinic.tenant, "tests")
    with pytest.raises(psycopg.DataError), refused as unit:
        unit.audit("tests", "odd", "x", text="\x00")  # no text of PostgreSQL
    clinic.encounter()


def test_a_note_is_an_audit_entry_by_itself(clinic: Clinic) -> None:
    clinic.web.note(clinic.tenant, "tests", "noted", "it", number=1)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        found = unit.all(
            "select entry::jsonb as entry from attending.audit_log order by seq desc limit 1"
        )[0]["entry"]
    assert (found["actor"], found["action"], found["detail"]) == ("tests", "noted", {"number": 1})


def test_a_note_needs_a_right_ticket(clinic: Clinic) -> None:
    forger = replace(clinic.web, ticket_key=TicketKey.of(new_key()))
    with pytest.raises(StorageUnavailable):
        forger.note(clinic.tenant, "tests", "forged", "it")
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert unit.all("select from attending.audit_log where entry like '%%\"forged\"%%'") == []


def test_a_note_is_not_written_where_a_statement_was_planted(clinic: Clinic) -> None:
    with clinic.web.pool.connection() as connection:
        planted = connection.execute("select pg_backend_pid() as pid").fetchone()
        connection.execute("prepare planted as select 1", prepare=False)
    tries = 0
    for tries in range(1, 20):  # until the pool gives this connection
        try:
            clinic.web.note(clinic.tenant, "tests", "planted", str(tries))
        except StorageUnavailable:
            break
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        written = unit.all("select from attending.audit_log where entry like '%%\"planted\"%%'")
        assert len(written) == tries - 1
        assert unit.one("select pg_backend_pid() as pid")["pid"] != planted["pid"]  # type: ignore[index]
