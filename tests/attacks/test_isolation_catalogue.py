"""No table, key, view, function or right of the schema lets two tenants meet."""

from __future__ import annotations

import psycopg
import pytest

from tests.attacks import catalogue
from tests.attacks.conftest import as_superuser
from tests.clinic import Clinic

# Ways to break the schema, and a word of the problem that must be told. A new kind of
# mistake gets its line here.
MISTAKES = {
    "a new table without protection": (
        (
            "create table attending.extra (tenant_id uuid not null, primary key (tenant_id));"
            "alter table attending.extra owner to attending_owner"
        ),
        "extra is not under forced",
    ),
    "a partition that was forgotten": (
        (
            "create table attending.extra (tenant_id uuid not null, primary key (tenant_id))"
            " partition by hash (tenant_id); select attending.protect('extra');"
            "create table attending.extra_0 partition of attending.extra"
            " for values with (modulus 1, remainder 0)"
        ),
        "extra_0 is not under forced",
    ),
    "a table without tenant": (
        "create table attending.extra (id uuid primary key)",
        "extra has no tenant_id",
    ),
    "a superuser's table": (
        (
            "create table attending.extra (tenant_id uuid primary key);"
            "select attending.protect('extra'); alter table attending.extra owner to current_user"
        ),
        "extra is not a table of attending_owner",
    ),
    "security switched off": (
        "alter table attending.cases disable row level security",
        "cases is not under forced",
    ),
    "the owner let out": (
        "alter table attending.cases no force row level security",
        "cases is not under forced",
    ),
    "the policy dropped": ("drop policy tenant_only on attending.cases", "cases has other"),
    "a second policy": (
        "create policy support on attending.cases for select using (true)",
        "cases has other",
    ),
    "a policy that lets writes through": (
        "alter policy tenant_only on attending.cases with check (true)",
        "cases has other",
    ),
    "a policy for one role": (
        "alter policy tenant_only on attending.cases to attending_web",
        "cases has other",
    ),
    "a key over all tenants": (
        "create unique index extra on attending.sources (digest, tenant_id)",
        "begins with digest",
    ),
    "a reference without tenant": (
        (
            "alter table attending.tenants add unique (name);"
            "alter table attending.cases add column clinic text references attending.tenants (name)"
        ),
        "does not carry the tenant",
    ),
    "a view": ("create view attending.extra as select * from attending.cases", "extra sees"),
    "a materialized view": (
        "create materialized view attending.extra as select * from attending.cases",
        "extra sees",
    ),
    "a counter": (
        "alter table attending.cases add column number bigint generated always as identity",
        "counts over all tenants",
    ),
    "a definer that nobody reviewed": (
        (
            "create function attending.extra() returns bigint language sql security definer"
            " as 'select count(*) from attending.cases'"
        ),
        "nobody reviewed it",
    ),
    "a definer whose names the caller resolves": (
        "alter function attending.audit reset search_path",
        "where its caller says",
    ),
    "a definer of a superuser's": (
        "alter function attending.audit owner to current_user",
        "a superuser's rights",
    ),
    "a definer for anybody": (
        "grant execute on function attending.audit to public",
        "called by anybody",
    ),
    "a right to truncate": ("grant truncate on attending.cases to attending_web", "TRUNCATE"),
    "a right to delete": ("grant delete on attending.cases to attending_web", "DELETE"),
    "a right to reference": ("grant references on attending.cases to attending_web", "REFERENCES"),
    "a table for all": (
        "grant select on attending.cases to public",
        "public may SELECT|read cases",
    ),
    "the queue's role reads": (
        "grant select (id) on attending.cases to attending_queue",
        "attending_queue may read cases",
    ),
    "the queue is readable": (
        "grant select on queue.procrastinate_jobs to attending_web",
        "rights on queue.procrastinate_jobs",
    ),
    "the queue's counter is readable": (
        "grant select on queue.procrastinate_jobs_id_seq to attending_web",
        "procrastinate_jobs_id_seq",
    ),
    "the queue's functions are open": (
        "grant execute on function queue.procrastinate_prune_stalled_workers_v1 to public",
        "procrastinate_prune_stalled_workers_v1",
    ),
    "a role above policies": (
        "create role attending_extra login bypassrls",
        "attending_extra is more than a serving role",
    ),
    "a role that becomes the owner": (
        "create role attending_extra login in role attending_owner",
        "attending_extra is more than a serving role",
    ),
    "a role that makes objects": (
        "grant create on schema public to attending_web",
        "attending_web makes objects",
    ),
}


def test_the_schema_keeps_tenants_apart(clinic: Clinic) -> None:
    with as_superuser(clinic) as db:
        assert catalogue.problems(db) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(clinic: Clinic, mistake: str) -> None:
    change, told = MISTAKES[mistake]
    with as_superuser(clinic) as db:
        for statement in change.split(";"):
            db.execute(statement.encode())
        found = "\n".join(catalogue.problems(db))

    assert any(word in found for word in told.split("|")), found


def test_temporary_tables_are_refused(clinic: Clinic) -> None:
    """Their triggers would run at depth one, where transitions are recorded."""
    with as_superuser(clinic) as db:
        db.execute("set local role attending_web")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("create temporary table mine (x integer)")
