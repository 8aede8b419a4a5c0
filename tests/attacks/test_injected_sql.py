"""Any SQL, run in a serving role's transaction for one tenant, sees no row of another.

The attacker writes the SQL of the neighbour's transactions, knows our ids, and holds the
neighbour's ticket. The process, which makes tickets, is not the attacker's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from attending import app
from attending.adapters.storage.database import Database
from tests.attacks import catalogue
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected, tenants_seen, ticket_of
from tests.attacks.stories import Story

Connection = psycopg.Connection[Any]

# {table}: each table in turn. {us}, {hex}: our tenant. {ticket}: the attacker's own, with our
# tenant in it. {mine}: the attacker's own. What a statement returns, or says when it fails,
# is held against our rows; errors do not stop a program.
PROGRAMS = {
    "a plain read": "select * from attending.{table}",
    "the tenant as it was set of old": """
        select set_config('attending.tenant', '{us}', true);
        select set_config('attending.tenant', '{us}', false);
        set attending.tenant = '{us}';
        select * from attending.{table}""",
    "a forged ticket": """
        select attending.enter('{ticket}');
        select * from attending.{table};
        select attending.enter('{mine}');
        select * from attending.{table}""",
    "the place of the tenant": """
        set backtrace_functions = '{hex}';
        select * from attending.{table};
        set local backtrace_functions = '{hex}';
        select set_config('backtrace_functions', '{hex}', true);
        select set_config('Backtrace_Functions', '{hex}', false);
        do $$ begin execute format('set backtrace_functions to %L', '{hex}'); end $$;
        update pg_settings set setting = '{hex}' where name = 'backtrace_functions';
        alter role current_user set backtrace_functions = '{hex}';
        alter role all set backtrace_functions = '{hex}';
        alter system set backtrace_functions = '{hex}';
        grant set on parameter backtrace_functions to current_user;
        reset backtrace_functions;
        select * from attending.{table}""",
    "our ids named": """
        select * from attending.{table} where tenant_id = '{us}';
        select * from attending.{table} where tenant_id <> attending.tenant();
        select * from attending.{table} t where t::text like '%{us}%'""",
    "a cursor from before": """
        declare c scroll cursor for select * from attending.{table};
        select attending.enter('{ticket}');
        fetch all c; move first c; fetch backward all c""",
    "a cursor from after": """
        select attending.enter('{ticket}');
        declare c cursor for select * from attending.{table};
        select attending.enter('{mine}');
        fetch all c""",
    "a cursor that outlives its transaction": """
        declare held cursor with hold for select * from attending.{table};
        select attending.enter('{ticket}');
        commit;
        fetch all held;
        close held""",
    "a prepared statement": """
        set local plan_cache_mode = force_generic_plan;
        prepare p as select * from attending.{table};
        execute p;
        select attending.enter('{ticket}');
        execute p;
        select attending.enter('');
        execute p;
        deallocate p""",
    "a block": """
        do $$ declare kept text; begin
          perform attending.enter('{ticket}');
          select string_agg(t::text, '|') into kept from attending.{table} t;
          perform set_config('stash.rows', coalesce(kept, ''), false);
        end $$;
        select current_setting('stash.rows')""",
    "ticket and rows in one statement": """
        select attending.enter('{ticket}') is null, t.*
        from attending.{table} t;
        with s as materialized (select attending.enter('{ticket}'))
        select t.* from s, attending.{table} t;
        select t.* from attending.{table} t
        where attending.enter('{ticket}') is null""",
    "queries in strings": """
        select query_to_xml('select * from attending.{table}', true, false, '');
        select table_to_xml('attending.{table}', true, false, '');
        select schema_to_xml('attending', true, false, '');
        select ts_stat('select array_to_tsvector(array[t::text]) from attending.{table} t')""",
    "rows told by errors": """
        select * from attending.{table} where tenant_id::text::integer = 0;
        select * from attending.{table} t where t::text::integer = 0;
        select 1 / (tenant_id <> '{us}')::integer from attending.{table}""",
    "a copy": "copy attending.{table} to stdout; copy (table attending.{table}) to stdout",
    "parallel plans": """
        set local debug_parallel_query = on;
        set local parallel_setup_cost = 0;
        set local min_parallel_table_scan_size = 0;
        select * from attending.{table};
        select attending.enter('{ticket}');
        select * from attending.{table}""",
    "policies off": """
        set local row_security = off;
        select * from attending.{table};
        alter table attending.{table} disable row level security;
        alter table attending.{table} no force row level security;
        drop policy tenant_only on attending.{table};
        create policy all_of_it on attending.{table} using (true);
        select * from attending.{table}""",
    "another role": """
        set role attending_owner; set role attending_keeper; set role attending_web;
        set role attending_releaser; set role postgres; set session authorization postgres;
        reset role; reset session authorization;
        grant attending_keeper to current_user;
        select * from attending.{table}""",
    "everything reset": """
        reset all;
        select * from attending.{table};
        discard all;
        commit;
        discard all;
        select * from attending.{table}""",
    "a savepoint": """
        savepoint s;
        select attending.enter('{ticket}');
        rollback to savepoint s;
        select * from attending.{table}""",
    "objects of one's own": """
        create temporary table t as select * from attending.{table};
        create view public.v as select * from attending.{table};
        create function pg_temp.f() returns uuid language sql as 'select ''{us}''::uuid';
        create schema mine;
        set search_path = pg_temp, public, attending;
        select * from attending.{table};
        select * from {table}""",
    "another tenant()": """
        create or replace function attending.tenant() returns uuid language sql
          as 'select ''{us}''::uuid';
        alter function attending.tenant() security invoker;
        alter function attending.tenant() set backtrace_functions = '{hex}';
        create or replace function attending.enter(ticket text) returns uuid language sql
          as 'select ''{us}''::uuid';
        alter function attending.tenant() rename to old;
        drop function attending.tenant() cascade;
        select * from attending.{table}""",
    "other names for it": """
        set search_path = attending, public, pg_catalog;
        set local transform_null_equals = on;
        set local standard_conforming_strings = off;
        set local bytea_output = escape;
        select attending.enter('{ticket}');
        select * from attending.{table}""",
    "the keys": """
        select * from attending_keys.ticket_pads;
        select prosrc from pg_proc where proname = 'tenant';
        insert into attending_keys.ticket_pads select '{us}', 'attending_web', '', '';
        select pg_read_file('/etc/passwd');
        select lo_import('/etc/passwd');
        copy attending.{table} from program 'true'""",
}


def statements(program: str) -> list[str]:
    """At each semicolon, but not inside a block."""
    parts = re.split(r"(\$\$.*?\$\$)", program, flags=re.DOTALL)
    marked = "".join(p.replace(";", "\1") if p.startswith("$$") else p for p in parts)
    return [each.replace("\1", ";").strip() for each in marked.split(";")]


def run(db: Connection, program: str, **names: object) -> str:
    """All that the program gets to see: rows and errors."""
    told: list[str] = []
    for statement in statements(program):
        query = statement.format(**names)
        try:
            if db.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                db.execute("rollback to savepoint before")
            db.execute("savepoint before")
            rows = _rows(db, query)
        except psycopg.Error as error:
            rows = [str(error.diag.message_primary), str(error.diag.message_detail)]
        told += [str(row) for row in rows]
    if db.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
        db.execute("rollback to savepoint before")
    return "\n".join(told)


def _rows(db: Connection, query: str) -> list[Any]:
    with db.cursor() as cursor:
        if query.startswith("copy") and "stdout" in query:
            with cursor.copy(query.encode()) as copy:
                return [bytes(block) for block in copy]
        cursor.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def attacking(theirs: Story, role: str) -> Iterator[Connection]:
    """In a transaction that the process opened for the neighbour."""
    with connected(theirs.clinic, role) as db:
        acts_for(db, theirs.clinic)
        yield db


def begins_again(db: Connection, theirs: Story) -> None:
    """The next transaction for the neighbour, in the same session, which remembers nothing."""
    db.rollback()
    db.autocommit = True
    db.execute("discard all")
    db.autocommit = False
    acts_for(db, theirs.clinic)


@pytest.fixture(scope="module")
def marks(ours: Story, theirs: Story) -> set[str]:
    """Ids that stand in our rows and nowhere else."""
    found: dict[str, set[str]] = {}
    with as_superuser(ours.clinic) as db:
        for story in (ours, theirs):
            texts: list[str] = []
            for table in catalogue.tenant_tables(db):
                query = sql.SQL("select t::text from attending.{} t where tenant_id = %s")
                rows = db.execute(query.format(sql.Identifier(table)), (story.clinic.tenant,))
                texts += [row[0] for row in rows]
            found[story.canary] = set(
                re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-\w{12}", str(texts))
            )
    only = found[ours.canary] - found[theirs.canary] - {str(ours.clinic.tenant)}
    assert len(only) > 50
    return only


@pytest.mark.parametrize("role", APP_ROLES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_sees_a_row_of_ours(
    ours: Story, theirs: Story, marks: set[str], role: str, name: str
) -> None:
    mine = ticket_of(theirs.clinic, role)
    forged = mine.replace(str(theirs.clinic.tenant), str(ours.clinic.tenant))
    us = ours.clinic.tenant
    names = {"us": us, "hex": us.hex, "ticket": forged, "mine": mine}
    with attacking(theirs, role) as db:
        for table in catalogue.tenant_tables(db):
            begins_again(db, theirs)
            told = run(db, PROGRAMS[name], table=table, **names)
            assert not [mark for mark in marks if mark in told], table
    with attacking(theirs, role) as db:
        run(db, PROGRAMS[name], table="cases", **names)
        assert tenants_seen(db) <= {theirs.clinic.tenant}


@pytest.mark.parametrize(
    "name", ["a plain read", "a cursor from before", "queries in strings", "parallel plans"]
)
def test_the_programs_would_see_them(
    ours: Story, theirs: Story, marks: set[str], name: str
) -> None:
    """With our own ticket they do, and the attacker sees what is the neighbour's."""
    right = ticket_of(ours.clinic, "attending_web")
    us = ours.clinic.tenant
    names = {"us": us, "hex": us.hex, "ticket": right, "mine": right}
    with connected(ours.clinic, "attending_web") as db:
        acts_for(db, ours.clinic)
        told = run(db, PROGRAMS[name], table="cases", **names)
        assert [mark for mark in marks if mark in told]
    with attacking(theirs, "attending_web") as db:
        assert tenants_seen(db) == {theirs.clinic.tenant}
        theirs_too = ticket_of(theirs.clinic, "attending_web")
        told = run(db, PROGRAMS[name], table="cases", **names | {"ticket": theirs_too})
        assert str(theirs.amended) in told


PLANT = """
do $$ declare name text; begin
  for name in select p.name from pg_prepared_statements p where not from_sql loop
    execute format('deallocate %I', name);
    execute format('prepare %I as select set_config(''stash.rows'','
      ' string_agg(id::text, '' ''), false) as id from attending.cases', name);
  end loop;
end $$"""
OURS_ASKS = "select id::text from attending.cases"


def test_no_session_begins_with_a_tenant(ours: Story) -> None:
    """The parameter is refused where a session is opened, too."""
    for role in APP_ROLES:
        dsn = ours.clinic.installation.settings(role.removeprefix("attending_")).database_url
        hopeful = psycopg.conninfo.make_conninfo(
            dsn, options=f"-c backtrace_functions={ours.clinic.tenant.hex}"
        )
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(hopeful)


def test_a_planted_statement_runs_for_nobody(ours: Story, theirs: Story, marks: set[str]) -> None:
    """In place of one that the process prepared, to run in our transaction and keep our rows."""
    given = ours.clinic.installation.settings("web")
    keys = app.keys_of("web", given), given.key("ticket_key_file")
    with closing(Database.connect(given.database_url, *keys, 1)) as database:
        for _ in range(8):  # until it is prepared
            with database.transaction(theirs.clinic.tenant, "tests") as unit:
                unit.all(OURS_ASKS)
        with database.transaction(theirs.clinic.tenant, "tests") as unit:
            unit.connection.execute(PLANT, prepare=False)
        with database.transaction(ours.clinic.tenant, "tests") as unit:  # on a new connection
            assert {row["id"] for row in unit.all(OURS_ASKS)} & marks
        with database.transaction(theirs.clinic.tenant, "tests") as unit:
            kept = unit.one("select current_setting('stash.rows', true) as rows")["rows"] or ""
    assert not [mark for mark in marks if mark in kept]
