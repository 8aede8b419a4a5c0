"""The database's state machines, driven step by step by raw SQL as every role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from attending import app
from attending.adapters.storage.database import Database
from attending.core.capture import CAPTURE_TRANSITIONS, CaptureState
from attending.core.case import (
    CASE_TRANSITIONS,
    RELEASE_TRANSITIONS,
    SOURCE_TRANSITIONS,
    CaseState,
    ReleaseState,
    SourceState,
)
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser
from tests.attacks.stories import Story, tell
from tests.clinic import PROCESSES, Clinic

Connection = psycopg.Connection[Any]
SUPERUSER = ""
ROLES = (*APP_ROLES, "attending_queue", "attending_owner", SUPERUSER)
NOT_ALLOWED, NO_RIGHT, WRONG_VERSION = "AT004", "42501", "AT003"


@dataclass(frozen=True)
class Subject:
    name: str
    table: str
    key: str
    states: type[StrEnum]
    transitions: Iterable[tuple[StrEnum, StrEnum]]


SUBJECTS = (
    Subject("source", "source_states", "source_id", SourceState, SOURCE_TRANSITIONS),
    Subject("case", "cases", "id", CaseState, CASE_TRANSITIONS),
    Subject("release", "releases", "id", ReleaseState, RELEASE_TRANSITIONS),
    Subject("capture", "captures", "id", CaptureState, CAPTURE_TRANSITIONS),
)
BIRTHS = {
    "source": "received",
    "case": "drafting",
    "release": "pending",
    "capture": "recording",
}


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name)
def subject(request: pytest.FixtureRequest) -> Subject:
    return request.param  # type: ignore[no-any-return]


def allowed(db: Connection, subject: Subject) -> set[tuple[str, str, str]]:
    rows = db.execute(
        "select from_state, to_state, role::text from attending.allowed_transitions"
        " where subject = %s",
        (subject.name,),
    )
    return {(row[0], row[1], row[2]) for row in rows}


def test_core_and_database_know_the_same_steps(ours: Story, subject: Subject) -> None:
    with as_superuser(ours.clinic) as db:
        steps = {(a, b) for a, b, _ in allowed(db, subject)}

    births = {(a, b) for a, b in steps if a == ""}
    assert births == {("", BIRTHS[subject.name])}
    assert {(a, b) for a, b in steps - births if a != b} == {
        (str(a), str(b)) for a, b in subject.transitions
    }


def test_no_subject_is_unknown_here(ours: Story) -> None:
    with as_superuser(ours.clinic) as db:
        known = db.execute("select distinct subject from attending.allowed_transitions").fetchall()
    assert {row[0] for row in known} == {subject.name for subject in SUBJECTS}


def become(db: Connection, role: str, story: Story) -> None:
    acts_for(db, story.clinic)
    if role:
        db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))


def stepped(
    db: Connection, subject: Subject, story: Story, step: tuple[str, str, str], versions: int = 1
) -> str:
    """What the database says to this step: "" or the error's class. Undone at once."""
    here, there, role = step
    table, key = sql.Identifier(subject.table), sql.Identifier(subject.key)
    try:
        with db.transaction(force_rollback=True):
            db.execute("set local session_replication_role = replica")
            if subject.name == "release":  # only one that failed bears it
                db.execute("update attending.releases set untouched = false")
            force = sql.SQL("update attending.{} set state = %s where tenant_id = %s returning {}")
            one = db.execute(force.format(table, key), (here, story.clinic.tenant)).fetchone()
            assert one is not None
            db.execute("set local session_replication_role = origin")
            become(db, role, story)
            move = sql.SQL(
                "update attending.{} set state = %s, version = version + %s where {} = %s"
            )
            changed = db.execute(move.format(table, key), (there, versions, one[0])).rowcount
            assert changed == 1
    except psycopg.Error as error:
        return str(error.sqlstate)
    return ""


def refusal(db: Connection, role: str, story: Story, query: sql.Composable, *values: object) -> str:
    """The error's class; the statement does not succeed."""
    with pytest.raises(psycopg.Error) as caught, db.transaction():
        _perform(db, role, story, query, values)
    return str(caught.value.sqlstate)


def _perform(
    db: Connection, role: str, story: Story, query: sql.Composable, values: tuple[object, ...]
) -> None:
    become(db, role, story)
    db.execute(query, values)


def test_every_step_but_the_allowed_is_refused(ours: Story, subject: Subject) -> None:
    states = [str(state) for state in subject.states]
    with as_superuser(ours.clinic) as db:
        steps = allowed(db, subject)
        assert not {role for _, _, role in steps} - set(APP_ROLES)
        for step in product(states, states, ROLES):
            said = stepped(db, subject, ours, step)
            if step in steps:
                assert said not in (NOT_ALLOWED, NO_RIGHT), step
            else:
                assert said in (NOT_ALLOWED, NO_RIGHT), f"{step}: {said or 'done'}"


def test_a_version_follows_the_last_one(ours: Story, subject: Subject) -> None:
    with as_superuser(ours.clinic) as db:
        for step in allowed(db, subject):
            for versions in (0, 2, -1):
                if step[0]:
                    assert stepped(db, subject, ours, step, versions) == WRONG_VERSION, step


def test_nothing_is_born_but_at_the_beginning(ours: Story, subject: Subject) -> None:
    """An allowed birth fails later, on the copied row's keys and references."""
    table = sql.Identifier(subject.table)
    with as_superuser(ours.clinic) as db:
        steps = allowed(db, subject)
        for state, role, version in product(subject.states, ROLES, (1, 2)):
            birth = sql.SQL(
                "insert into attending.{} select * from jsonb_populate_record("
                "null::attending.{}, %s || jsonb_build_object('state', %s::text, 'version', %s))"
            ).format(table, table)
            row = db.execute(
                sql.SQL("select to_jsonb(t) from attending.{} t where tenant_id = %s").format(
                    table
                ),
                (ours.clinic.tenant,),
            ).fetchone()
            assert row is not None
            told = refusal(db, role, ours, birth, Jsonb(row[0]), str(state), version)
            may = ("", str(state), role) in steps
            rule = WRONG_VERSION if version > 1 else NOT_ALLOWED
            if may and version == 1:
                assert told not in (NOT_ALLOWED, WRONG_VERSION, NO_RIGHT)
            else:
                assert told in (rule, NO_RIGHT), (state, role, version)


def test_a_reason_is_not_rewritten_without_a_step(ours: Story) -> None:
    with as_superuser(ours.clinic) as db:
        for subject in SUBJECTS:
            if subject.name == "capture":  # it bears none
                continue
            update = sql.SQL("update attending.{} set reason = 'other' where tenant_id = %s")
            query = update.format(sql.Identifier(subject.table))
            said = refusal(db, "attending_web", ours, query, ours.clinic.tenant)
            assert said == WRONG_VERSION, subject.name


@pytest.mark.parametrize("role", APP_ROLES)
@pytest.mark.parametrize("way", ["called", "from a block"])
def test_transitions_are_recorded_by_triggers_alone(ours: Story, role: str, way: str) -> None:
    call = sql.SQL(
        "attending.record_transition({}, 'case', {}, 'signed', 'released', 9, '')"
    ).format(sql.Literal(ours.encounter), sql.Literal(ours.amended))
    query = sql.SQL("select {}").format(call)
    if way == "from a block":
        query = sql.SQL("do $$ begin perform {}; end $$").format(call)
    with as_superuser(ours.clinic) as db:
        assert refusal(db, role, ours, query) == "AT002"


def test_the_rules_hold_however_the_server_plans(clinic: Clinic) -> None:
    """A plan that is made for all values checks rights that one for given values does not."""
    planned = {}
    for process in PROCESSES:
        settings = clinic.installation.settings(process)
        dsn = psycopg.conninfo.make_conninfo(
            settings.database_url or "", options="-c plan_cache_mode=force_generic_plan"
        )
        planned[process] = Database.connect(
            dsn, app.keys_of(process, settings), settings.key("ticket_key_file")
        )
    try:
        tell(Clinic(clinic.installation, planned, clinic.record), "canarygeneric")
    finally:
        for database in planned.values():
            database.close()
