"""Two tenants with full tables: neither reads, writes, nor points at the other's rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from attending import app
from attending.adapters.storage.database import Database
from tests.attacks import catalogue
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected
from tests.attacks.stories import Story

Connection = psycopg.Connection[Any]
_BY_TYPE = {
    "uuid": "gen_random_uuid()",
    "text": "'x'",
    "bytea": "'\\x00'",
    "jsonb": "'{}'",
    "integer": "1",
    "bigint": "1",
    "real": "1",
    "boolean": "true",
    "text[]": "'{}'",
    "timestamp with time zone": "now()",
}


@pytest.fixture(scope="module")
def rows(ours: Story, theirs: Story) -> Mapping[str, str]:
    """One row of ours in every tenant table, as JSON; a table that has none gets one."""
    found = {}
    with as_superuser(ours.clinic) as db:
        db.execute("set local session_replication_role = replica")
        for name in catalogue.tenant_tables(db):
            for story in (ours, theirs):
                if _row_of(db, name, story) is None:
                    _make_up(db, name, story)
            found[name] = str(_row_of(db, name, ours))
        db.commit()
    return found


def _row_of(db: Connection, table: str, story: Story) -> str | None:
    query = sql.SQL("select to_jsonb(t)::text from attending.{} t where tenant_id = %s limit 1")
    row = db.execute(query.format(sql.Identifier(table)), (story.clinic.tenant,)).fetchone()
    return row[0] if row else None


def _make_up(db: Connection, table: str, story: Story) -> None:
    """A row of any values, without its references."""
    kinds = db.execute(
        """select attname, format_type(atttypid, null) from pg_attribute
           where attrelid = %s::regclass and attnum > 0 and not attisdropped
             and attname <> 'tenant_id' and attgenerated = ''""",
        (f"attending.{table}",),
    ).fetchall()
    values = [sql.SQL(_BY_TYPE[kind]) for _, kind in kinds]
    names = [sql.Identifier(name) for name, _ in kinds]
    db.execute(
        sql.SQL("insert into attending.{} (tenant_id, {}) values (%s, {})").format(
            sql.Identifier(table), sql.SQL(", ").join(names), sql.SQL(", ").join(values)
        ),
        (story.clinic.tenant,),
    )


def acts_for_nobody(db: Connection) -> None:
    db.execute("select attending.enter('')")


def outcome(db: Connection, query: sql.Composable, *values: object) -> int | str:
    """Rows affected, or the error's class; what was done is undone."""
    try:
        with db.transaction(force_rollback=True):
            return db.execute(query, values).rowcount
    except psycopg.Error as error:
        return str(error.sqlstate)


def dump(db: Connection, story: Story) -> dict[str, str]:
    query = sql.SQL("select md5(coalesce(string_agg(t::text, '|' order by t::text), ''))")
    return {
        name: db.execute(
            query
            + sql.SQL(" from attending.{} t where tenant_id = %s").format(sql.Identifier(name)),
            (story.clinic.tenant,),
        ).fetchone()[0]  # type: ignore[index]
        for name in catalogue.tenant_tables(db)
    }


@pytest.fixture(params=APP_ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def session(theirs: Story, role: str) -> Iterator[Connection]:
    """A serving role's own session that acts for the neighbour."""
    with connected(theirs.clinic, role) as db:
        acts_for(db, theirs.clinic)
        yield db


REFUSED = "42501"


def test_rows_of_another_tenant_are_not_there(
    session: Connection, rows: Mapping[str, str], ours: Story, theirs: Story
) -> None:
    seen = 0
    for name in rows:
        table = sql.Identifier(name)
        query = sql.SQL("select * from attending.{} where tenant_id = %s").format(table)
        assert outcome(session, query, ours.clinic.tenant) in (0, REFUSED), name
        others = sql.SQL("select * from attending.{} where tenant_id <> %s").format(table)
        assert outcome(session, others, theirs.clinic.tenant) in (0, REFUSED), name
        seen += outcome(session, query, theirs.clinic.tenant) not in (0, REFUSED)
    assert seen > 8  # or the role would simply be blind


def test_rows_of_another_tenant_are_not_changed(
    session: Connection, rows: Mapping[str, str], ours: Story
) -> None:
    mine = ours.clinic.tenant
    for name in rows:
        table = sql.Identifier(name)
        deletion = sql.SQL("delete from attending.{} where tenant_id = %s").format(table)
        assert outcome(session, deletion, mine) in (0, REFUSED), name
        for column in map(sql.Identifier, catalogue.columns(session, name)):
            update = sql.SQL("update attending.{} set {} = {} where tenant_id = %s")
            assert outcome(session, update.format(table, column, column), mine) in (0, REFUSED)
        lock = sql.SQL("select from attending.{} where tenant_id = %s for update").format(table)
        assert outcome(session, lock, mine) in (0, REFUSED), name
        assert outcome(session, sql.SQL("truncate attending.{}").format(table)) == REFUSED


def inserted(db: Connection, table: str, row: str, **changed: object) -> int | str:
    """A row as it is given, but for the changed columns."""
    query = sql.SQL(
        "insert into attending.{} select * from"
        " jsonb_populate_record(null::attending.{}, %s::jsonb || %s::jsonb)"
    ).format(sql.Identifier(table), sql.Identifier(table))
    changes = Jsonb({name: str(value) for name, value in changed.items()})
    return outcome(db, query, row, changes)


def test_no_row_is_put_into_another_tenant(
    session: Connection, rows: Mapping[str, str], ours: Story
) -> None:
    """Nor does the refusal tell whether such a row stands there."""
    for name, row in rows.items():
        there = inserted(session, name, row)
        assert isinstance(there, str), f"{name} took a row of another tenant"
        assert there[:2] != "23", f"{name} told that the row exists: {there}"
        absent = {c: uuid4() for c in catalogue.columns(session, name) if c == "id"}
        assert inserted(session, name, row, **absent) == there, name


@pytest.mark.parametrize("tenant", ["the neighbour's", "none"])
def test_the_policy_alone_refuses_the_row(
    rows: Mapping[str, str], theirs: Story, role: str, tenant: str
) -> None:
    """Without the triggers, and with every right on the table."""
    with as_superuser(theirs.clinic) as db:
        for name in rows:
            grant = sql.SQL("grant all on attending.{} to {}")
            db.execute(grant.format(sql.Identifier(name), sql.Identifier(role)))
        db.execute("set local session_replication_role = replica")
        db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        if tenant == "the neighbour's":
            acts_for(db, theirs.clinic)
        for name, row in rows.items():
            table = sql.Identifier(name)
            assert inserted(db, name, row) == REFUSED, name
            for command in ("select *", "delete"):
                query = sql.SQL(command + " from attending.{} where tenant_id = %s").format(table)
                mine = UUID(str(json.loads(row)["tenant_id"]))
                assert outcome(db, query, mine) == 0, f"{command} {name}"


def test_the_owner_is_under_the_policy_too(rows: Mapping[str, str], theirs: Story) -> None:
    with as_superuser(theirs.clinic) as db:
        db.execute("set local role attending_owner")
        acts_for_nobody(db)
        for name in rows:
            query = sql.SQL("select * from attending.{}").format(sql.Identifier(name))
            assert outcome(db, query) == 0, name


def test_no_reference_reaches_another_tenant(
    rows: Mapping[str, str], ours: Story, theirs: Story
) -> None:
    """Our row, given to the neighbour: its references find nothing there."""
    checked = 0
    with as_superuser(ours.clinic) as db:
        for name, row in rows.items():
            referring = db.execute(
                """select from pg_constraint where contype = 'f' and conrelid = %s::regclass
                     and confrelid <> 'attending.tenants'::regclass""",
                (f"attending.{name}",),
            ).fetchall()
            if not referring:
                continue
            table = sql.Identifier(name)
            db.execute(sql.SQL("alter table attending.{} disable trigger user").format(table))
            assert inserted(db, name, row, tenant_id=theirs.clinic.tenant) == "23503", name
            checked += 1
    assert checked > 12


def test_without_a_tenant_nothing_is_there(
    theirs: Story, rows: Mapping[str, str], role: str
) -> None:
    with connected(theirs.clinic, role) as db:
        for _ in range(2):  # first: never set; then: set to nothing
            for name, row in rows.items():
                query = sql.SQL("select * from attending.{}").format(sql.Identifier(name))
                assert outcome(db, query) in (0, REFUSED), name
                assert isinstance(inserted(db, name, row), str), name
            acts_for_nobody(db)
        audit = sql.SQL("select attending.audit('me', 'forged', '', '{}')")
        assert isinstance(outcome(db, audit), str)


def test_nothing_of_ours_was_changed_by_all_that(
    ours: Story, theirs: Story, rows: Mapping[str, str]
) -> None:
    with as_superuser(ours.clinic) as db:
        before = dump(db, ours)
    for name in APP_ROLES:
        with connected(theirs.clinic, name) as db:
            acts_for(db, theirs.clinic)
            for table in rows:
                for verb in (
                    "update attending.{} set tenant_id = tenant_id",
                    "delete from attending.{}",
                ):
                    outcome(db, sql.SQL(verb).format(sql.Identifier(table)))
            db.commit()
    with as_superuser(ours.clinic) as db:
        assert dump(db, ours) == before


def _functions(db: Connection) -> list[tuple[str, list[str], list[str]]]:
    """Functions that this role may call: name, argument names and types."""
    return db.execute(
        """select pronamespace::regnamespace || '.' || quote_ident(proname),
                  coalesce(proargnames[1:pronargs], '{}'),  -- not the columns of its answer
                  array(select format_type(t, null) from unnest(proargtypes) t)
           from pg_proc
           where pronamespace in ('attending'::regnamespace, 'queue'::regnamespace)
             and prorettype <> 'trigger'::regtype and has_function_privilege(oid, 'execute')"""
    ).fetchall()


def _arguments(names: list[str], kinds: list[str], ids: Mapping[str, object]) -> list[object]:
    samples = {"text": "rate", "integer": 3, "interval": "0", "jsonb": "{}", "bigint": 1}
    return [
        ids.get(name, ids["case"]) if kind == "uuid" else samples[kind]
        for name, kind in zip(names, kinds, strict=True)
    ]


def test_functions_tell_nothing_of_another_tenant(session: Connection, ours: Story) -> None:
    """With our ids they answer the neighbour as they do with ids of nobody."""
    clinic, case = ours.clinic, ours.amended
    known: dict[str, object] = {
        "case": case,
        "who": clinic.person().id,
        "encounter": ours.encounter,
        "tenant": clinic.tenant,
        "the_signature": clinic.releases(case)[-1].signature,
    }
    functions = _functions(session)
    assert len(functions) > 5
    for name, names, kinds in functions:
        answers = []
        for ids in (known, {key: uuid4() for key in known}):
            holes = sql.SQL(", ").join(sql.SQL("%s::" + kind) for kind in kinds)
            query = sql.SQL("select {}({})").format(sql.SQL(name), holes)
            answers.append(_answer(session, query, _arguments(names, kinds, ids)))
        assert answers[0] == answers[1], f"{name} tells: {answers}"


def _answer(db: Connection, query: sql.Composable, values: list[object]) -> object:
    try:
        with db.transaction(force_rollback=True):
            return db.execute(query, values).fetchall()
    except psycopg.Error as error:
        return error.sqlstate


def test_the_queue_takes_jobs_of_ones_own_tenant_alone(
    session: Connection, ours: Story, theirs: Story
) -> None:
    query = sql.SQL("select queue.enqueue('release', 'release', %s, %s, 1, '0')")

    assert outcome(session, query, ours.clinic.tenant, uuid4()) == "AT015"
    assert outcome(session, query, theirs.clinic.tenant, uuid4()) == 1


def test_the_queue_is_unreadable(session: Connection) -> None:
    relations = session.execute(
        """select relname, relkind::text from pg_class
           where relnamespace = 'queue'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')"""
    ).fetchall()
    assert len(relations) > 4
    for name, kind in relations:
        relation = sql.Identifier("queue", name)
        commands = ["select * from {}"]
        commands += [] if kind == "S" else ["delete from {}", "truncate {}"]
        for command in commands:
            assert outcome(session, sql.SQL(command).format(relation)) == REFUSED, command


def test_the_queue_holds_ids_alone(ours: Story, theirs: Story) -> None:
    with as_superuser(ours.clinic) as db:
        jobs = db.execute("select args, task_name, lock from queue.procrastinate_jobs").fetchall()
    assert jobs
    for args, task, lock in jobs:
        assert set(args) == {"tenant", "subject", "version"}
        assert UUID(args["tenant"])
        assert UUID(args["subject"])
        assert isinstance(args["version"], int)
        assert task.isalpha()
        assert lock is None


def test_the_queues_role_reads_no_clinical_table(ours: Story, rows: Mapping[str, str]) -> None:
    with connected(ours.clinic, "attending_queue") as db:
        for name in (*rows, *catalogue.NOT_OF_A_TENANT):
            query = sql.SQL("select * from attending.{}").format(sql.Identifier(name))
            assert outcome(db, query) == REFUSED, name


def test_the_tenant_does_not_leak_through_the_pool(ours: Story) -> None:
    installation = ours.clinic.installation
    settings = installation.settings("web")
    database = Database.connect(
        settings.database_url,
        app.keys_of("web", settings),
        settings.key("ticket_key_file"),
        size=1,
    )
    try:
        with database.transaction(installation.tenant, "tests") as unit:
            assert unit.all("select 1 from attending.cases")
        with pytest.raises(ZeroDivisionError), database.transaction(installation.tenant, "tests"):
            raise ZeroDivisionError
        with database.pool.connection() as connection:
            left = connection.execute(
                """select attending.tenant() as tenant,
                          current_setting('attending.actor', true) as actor,
                          (select count(*) from attending.cases) as cases"""
            ).fetchone()
    finally:
        database.close()
    assert left == {"tenant": None, "actor": "", "cases": 0}
