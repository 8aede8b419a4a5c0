"""What the database's own catalogue says of tenants, rights and functions.

Each check returns the problems it found, so that a test can also break the schema and
see that the check finds it. What is added to the schema later is covered by itself.
"""

from __future__ import annotations

from typing import Any

import psycopg

APP_ROLES = ("attending_web", "attending_inference", "attending_releaser")
SERVING = (*APP_ROLES, "attending_queue")
TENANT_POLICY = "(tenant_id = ( SELECT attending.tenant() AS tenant))"

# Tables that hold no tenant's data: rules and history of the schema, written by migrations
# alone, and what an administrator stopped, or registered, for every tenant.
NOT_OF_A_TENANT = {
    "allowed_transitions", "migrations", "installation_pauses", "model_versions", "evaluations",
}  # fmt: skip

# Every SECURITY DEFINER function, and why it may be one.
REVIEWED_DEFINERS = {
    "attending.audit": "appends to the chain of attending.tenant() alone; its owner is under RLS",
    "attending.enter": "checks a ticket by keys that only its owner reads; takes no right one, none",
    "attending.record_transition": "writes for attending.tenant() alone, from a trigger alone",
    "attending.take_capture_key_back": "deletes the key of one capture of attending.tenant() alone",
    "attending.take_job_key_back": "deletes the key of one source of attending.tenant() alone",
    "queue.enqueue": "refuses another tenant than attending.tenant(); takes ids, returns nothing",
    "queue.waiting": "reads jobs of attending.tenant() alone; takes nothing, tells no job's number",
}

Connection = psycopg.Connection[Any]


def tables(db: Connection, schema: str = "attending") -> list[str]:
    """Tables and partitions, ordinary or not."""
    return _names(
        db,
        """select c.relname from pg_class c
           where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'p', 'f')
           order by c.relname""",
        schema,
    )


def tenant_tables(db: Connection) -> list[str]:
    return [name for name in tables(db) if name not in NOT_OF_A_TENANT]


def columns(db: Connection, table: str) -> list[str]:
    return _names(
        db,
        """select attname from pg_attribute
           where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum""",
        f"attending.{table}",
    )


def problems(db: Connection) -> list[str]:
    """Everything below."""
    checks = (
        of_policies,
        of_tenant_columns,
        of_unique_keys,
        of_foreign_keys,
        of_views,
        of_counters,
        of_definers,
        of_table_rights,
        of_queue_rights,
        of_roles,
    )
    return [problem for check in checks for problem in check(db)]


def of_policies(db: Connection) -> list[str]:
    """Row-level security enabled and forced, with the one policy, for all commands and roles."""
    rows = db.execute(
        """select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relowner::regrole::text,
                  c.relkind::text,
                  array(select p.polpermissive || p.polcmd::text || p.polroles::text
                               || pg_get_expr(p.polqual, p.polrelid)
                               || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'none')
                        from pg_policy p where p.polrelid = c.oid)
           from pg_class c
           where c.relnamespace = 'attending'::regnamespace and c.relkind in ('r', 'p', 'f')"""
    ).fetchall()
    wanted = [f"true*{{0}}{TENANT_POLICY}{TENANT_POLICY}"]
    found = []
    for name, enabled, forced, owner, kind, policies in rows:
        if owner != "attending_owner" or kind == "f":
            found.append(f"{name} is not a table of attending_owner")
        if name in NOT_OF_A_TENANT:
            continue
        if not (enabled and forced):
            found.append(f"{name} is not under forced row-level security")
        if policies != wanted:
            found.append(f"{name} has other policies than the tenant's: {policies}")
    return found


def of_tenant_columns(db: Connection) -> list[str]:
    with_tenant = _names(
        db,
        """select attrelid::regclass::text from pg_attribute
           where attname = 'tenant_id' and atttypid = 'uuid'::regtype and attnotnull""",
    )
    return [
        f"{name} has no tenant_id that is never null"
        for name in tenant_tables(db)
        if f"attending.{name}" not in with_tenant
    ]


def of_unique_keys(db: Connection) -> list[str]:
    """A key over all tenants would reveal that a row exists elsewhere."""
    rows = db.execute(
        """select i.indexrelid::regclass::text, i.indrelid::regclass::text,
                  pg_get_indexdef(i.indexrelid, 1, false)
           from pg_index i join pg_class c on c.oid = i.indrelid
           where c.relnamespace = 'attending'::regnamespace
             and (i.indisunique or i.indisexclusion)"""
    ).fetchall()
    excepted = {f"attending.{name}" for name in NOT_OF_A_TENANT}
    keyed = {table for _, table, _ in rows}
    return [
        *(
            f"the key {index} of {table} begins with {first}, not with the tenant"
            for index, table, first in rows
            if table not in excepted and first != "tenant_id"
        ),
        *(f"{n} has no key" for n in tables(db) if f"attending.{n}" not in keyed),
    ]


def of_foreign_keys(db: Connection) -> list[str]:
    """A reference between tenant tables carries the tenant, on both sides.

    What belongs to no tenant may be referred to: every tenant knows of it.
    """
    rows = db.execute(
        """select conname, conrelid::regclass::text, confrelid::regclass::text,
                  array(select a.attname || '=' || b.attname
                        from unnest(conkey, confkey) as k(here, there)
                        join pg_attribute a on a.attrelid = conrelid and a.attnum = k.here
                        join pg_attribute b on b.attrelid = confrelid and b.attnum = k.there),
                  condeferrable
           from pg_constraint where contype = 'f'
             and connamespace in ('attending'::regnamespace, 'queue'::regnamespace)"""
    ).fetchall()
    everyones = {f"attending.{name}" for name in NOT_OF_A_TENANT}
    return [
        f"the foreign key {name} of {table} to {other} does not carry the tenant"
        for name, table, other, pairs, _ in rows
        if other.startswith("attending.")
        and other not in everyones
        and "tenant_id=tenant_id" not in pairs
    ]


def of_views(db: Connection) -> list[str]:
    rows = db.execute(
        """select relname, relkind::text, coalesce(reloptions, '{}') from pg_class
           where relnamespace in ('attending'::regnamespace, 'queue'::regnamespace)
             and relkind in ('v', 'm')"""
    ).fetchall()
    return [
        f"{name} sees the rows of every tenant"
        for name, kind, options in rows
        if kind == "m" or not {"security_invoker=true", "security_invoker=on"} & set(options)
    ]


def of_counters(db: Connection) -> list[str]:
    """A sequence counts over all tenants."""
    names = _names(
        db,
        """select relname from pg_class
           where relnamespace = 'attending'::regnamespace and relkind = 'S'""",
    )
    return [f"the sequence {name} counts over all tenants" for name in names]


def of_definers(db: Connection) -> list[str]:
    rows = db.execute(
        """select p.pronamespace::regnamespace || '.' || p.proname,
                  coalesce(array_to_string(p.proconfig, ';'), ''), r.rolsuper,
                  has_function_privilege('public', p.oid, 'execute')
           from pg_proc p join pg_roles r on r.oid = p.proowner
           where p.prosecdef and p.pronamespace in
             ('attending'::regnamespace, 'queue'::regnamespace, 'public'::regnamespace)"""
    ).fetchall()
    found = []
    for name, config, is_superusers, is_public in rows:
        if name not in REVIEWED_DEFINERS:
            found.append(f"{name} runs with its owner's rights, and nobody reviewed it")
        path = config.removeprefix("search_path=").split(", ")
        if not config.startswith("search_path=") or path[-1] != "pg_temp" or "public" in path:
            found.append(f"{name} looks names up where its caller says")
        if is_superusers:
            found.append(f"{name} runs with a superuser's rights")
        if is_public:
            found.append(f"{name} may be called by anybody")
    absent = set(REVIEWED_DEFINERS) - {row[0] for row in rows}
    return [*found, *(f"{name} was reviewed and is no definer" for name in sorted(absent))]


def of_table_rights(db: Connection) -> list[str]:
    """Serving roles read, insert, and update some columns. Nobody else has any right."""
    found = []
    for name in tables(db):
        for role in ("public", *SERVING):
            denied = _rights(db, role, f"attending.{name}") - {"SELECT", "INSERT"}
            found += [f"{role} may {right} {name}" for right in sorted(denied)]
            is_reader = has_any(db, role, f"attending.{name}", "SELECT")
            if role in ("public", "attending_queue") and is_reader:
                found.append(f"{role} may read {name}")
    return found


def of_queue_rights(db: Connection) -> list[str]:
    found = []
    relations = _names(
        db,
        """select relname from pg_class where relnamespace = 'queue'::regnamespace
             and relkind in ('r', 'p', 'v', 'm', 'f')""",
    )
    for role in ("public", *APP_ROLES):
        allowed = {"queue.enqueue", *(["queue.waiting"] if role == "attending_web" else [])}
        for name in relations:
            rights = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
            if any(has_any(db, role, f"queue.{name}", right) for right in rights):
                found.append(f"{role} has rights on queue.{name}")
            found += [f"{role} may {r} queue.{name}" for r in _rights(db, role, f"queue.{name}")]
        found += [f"{role} may use {n}" for n in _usable_sequences(db, role)]
        found += [f"{role} may call {n}" for n in _callable(db, role) if n not in allowed]
    return found


def of_roles(db: Connection) -> list[str]:
    """No serving role is, or may become, or makes, anything more."""
    rows = db.execute(
        """select r.rolname,
                  r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
                    or r.rolreplication,
                  exists (select from pg_auth_members m where m.member = r.oid),
                  has_database_privilege(r.rolname, current_database(), 'temp')
                    or has_database_privilege(r.rolname, current_database(), 'create'),
                  array(select n.nspname from pg_namespace n
                        where has_schema_privilege(r.rolname, n.oid, 'create')),
                  r.rolcanlogin
           from pg_roles r where r.rolname like 'attending\\_%'"""
    ).fetchall()
    found = []
    for role, is_mighty, is_member, makes_objects, schemas, logs_in in rows:
        own = {"attending_owner": ["attending"], "attending_queue": ["queue"]}.get(role, [])
        if is_mighty or is_member:
            found.append(f"{role} is more than a serving role")
        if makes_objects or schemas != own:
            found.append(f"{role} makes objects: {schemas}")
        if logs_in == (role in ("attending_owner", "attending_keeper")):
            found.append(f"{role} has the wrong log-in")
    return found


def has_any(db: Connection, role: str, relation: str, right: str) -> bool:
    """Whether the role has the right on the relation or on any of its columns."""
    row = db.execute("select has_any_column_privilege(%s, %s, %s)", (role, relation, right))
    return bool(row.fetchone()[0])  # type: ignore[index]


def _rights(db: Connection, role: str, relation: str) -> set[str]:
    """Rights on the whole relation."""
    named = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    if db.info.server_version >= 170000:
        named.append("MAINTAIN")
    return {
        right
        for right in named
        if db.execute("select has_table_privilege(%s, %s, %s)", (role, relation, right)).fetchone()[
            0
        ]  # type: ignore[index]
    }


def _usable_sequences(db: Connection, role: str) -> list[str]:
    return _names(
        db,
        """select oid::regclass::text from pg_class
           where relnamespace = 'queue'::regnamespace
             and case when relkind = 'S'
                 then has_sequence_privilege(%s, oid, 'usage, select, update') end""",
        role,
    )


def _callable(db: Connection, role: str) -> list[str]:
    return _names(
        db,
        """select pronamespace::regnamespace || '.' || proname from pg_proc
           where pronamespace = 'queue'::regnamespace
             and has_function_privilege(%s, oid, 'execute')""",
        role,
    )


def _names(db: Connection, query: str, *values: object) -> list[str]:
    return [str(row[0]) for row in db.execute(query, values).fetchall()]
