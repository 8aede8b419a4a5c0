"""Stopping and resuming by raw SQL, past every check of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from attending.adapters.storage import everywhere
from attending.core.case import CaseState
from attending.core.ids import CaseId, PauseId
from attending.core.pause import Stop, StopScope
from attending.core.work import Step
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.propose import propose
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected, ticket_of
from tests.clinic import VITALS, Clinic

Connection = psycopg.Connection[Any]
DENIED = "42501"


@contextmanager
def acting(clinic: Clinic, role: str) -> Iterator[Connection]:
    """A session of this role for the clinic, as somebody with its password has it."""
    with connected(clinic, role) as db:
        acts_for(db, clinic)
        yield db


def said(db: Connection, query: str, values: object = ()) -> str:
    """The rule that refuses this, or ""; what was done is undone."""
    try:
        with db.transaction(force_rollback=True):
            db.execute(query.encode(), values)  # type: ignore[arg-type]
            db.execute("set constraints all immediate")
    except psycopg.Error as error:
        return str(error.sqlstate)
    return ""


def act(clinic: Clinic, **changed: object) -> tuple[str, list[object]]:
    usual: dict[str, object] = {
        "tenant_id": clinic.tenant,
        "id": uuid4(),
        "act": "pause",
        "scope": "line",
        "name": "vitals",
        "version": "*",
        "body": b"sealed",
        "digest": None,
        "proof": None,
        "principal_id": clinic.person("demo-safety").id,
    }
    values = usual | changed
    names = ", ".join(values)
    holes = ", ".join(["%s"] * len(values))
    return f"insert into attending.pauses ({names}) values ({holes})", list(values.values())


def resumption(clinic: Clinic, pause: UUID, **changed: object) -> tuple[str, list[object]]:
    signed: dict[str, object] = {"id": pause, "act": "resume", "digest": "ab" * 32, "proof": b"s"}
    return act(clinic, **{**signed, **changed})


@pytest.fixture
def paused(clinic: Clinic) -> Iterator[PauseId]:
    pause = clinic.pause()
    yield pause
    clinic.resume(pause)


def test_an_honest_web_process_may_pause_and_resume(clinic: Clinic, paused: PauseId) -> None:
    with acting(clinic, "attending_web") as db:
        assert said(db, *act(clinic)) == ""
        assert said(db, *resumption(clinic, paused)) == ""


@pytest.mark.parametrize(
    "username", ["demo-clinician", "demo-engineer", "demo-auditor", "demo-admin"]
)
def test_only_in_a_safety_officers_name(clinic: Clinic, paused: PauseId, username: str) -> None:
    person = clinic.person(username).id
    with acting(clinic, "attending_web") as db:
        assert said(db, *act(clinic, principal_id=person)) == "AT041"
        assert said(db, *resumption(clinic, paused, principal_id=person)) == "AT041"


@pytest.mark.parametrize("minutes", [-60, 60])
def test_not_at_another_time(clinic: Clinic, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    with acting(clinic, "attending_web") as db:
        assert said(db, *act(clinic, at=at)) == "AT016"


def test_a_resumption_is_of_what_stands_and_carries_a_proof(
    clinic: Clinic, paused: PauseId
) -> None:
    with acting(clinic, "attending_web") as db:
        assert said(db, *resumption(clinic, uuid4())) == "AT042"
        assert said(db, *resumption(clinic, paused, name="documentation")) == "AT042"
        assert said(db, *resumption(clinic, paused, proof=None)) == "23514"
        assert said(db, *resumption(clinic, paused, digest=None)) == "23514"
        assert said(db, *resumption(clinic, paused, digest="no digest")) == "23514"


def test_a_neighbours_pause_is_not_resumed(
    clinic: Clinic, neighbour: Clinic, paused: PauseId
) -> None:
    with acting(neighbour, "attending_web") as db:
        assert said(db, *resumption(neighbour, paused)) == "AT042"
        assert said(db, *resumption(clinic, paused)) in (DENIED, "AT041", "AT042")


@pytest.mark.parametrize("role", ["attending_inference", "attending_releaser"])
def test_no_other_process_pauses_or_resumes(clinic: Clinic, paused: PauseId, role: str) -> None:
    with acting(clinic, role) as db:
        assert said(db, *act(clinic)) == DENIED
        assert said(db, *resumption(clinic, paused)) == DENIED


@pytest.mark.parametrize("column", ["body", "proof", "principal_id", "digest"])
def test_inference_reads_what_is_stopped_and_not_why(clinic: Clinic, column: str) -> None:
    with acting(clinic, "attending_inference") as db:
        assert said(db, "select * from attending.stops()") == ""
        assert said(db, f"select {column} from attending.pauses") == DENIED


@pytest.mark.parametrize("role", APP_ROLES)
def test_no_serving_role_writes_what_holds_everywhere(clinic: Clinic, role: str) -> None:
    admin = clinic.installation.admin_dsn
    elsewhere = Stop(StopScope.LINE, "documentation")
    pause = everywhere.pause(admin, elsewhere, "A recall.")
    row = "(%s, %s, 'line', 'documentation', '*', 'x')"
    columns = "insert into attending.installation_pauses (id, act, scope, name, version, reason)"
    with acting(clinic, role) as db:
        assert said(db, f"{columns} values {row}", (uuid4(), "pause")) == DENIED
        assert said(db, f"{columns} values {row}", (pause, "resume")) == DENIED
        for command in ("delete from attending.installation_pauses", "truncate attending.pauses"):
            assert said(db, command) == DENIED
    everywhere.resume(admin, pause, "Mended.")


@pytest.mark.parametrize("table", ["pauses", "installation_pauses"])
@pytest.mark.parametrize("role", ["attending_owner", ""])
def test_acts_are_never_changed(clinic: Clinic, paused: PauseId, table: str, role: str) -> None:
    admin = clinic.installation.admin_dsn
    stop = Stop(StopScope.LINE, "documentation")
    everywhere.resume(admin, everywhere.pause(admin, stop, "A recall."), "Mended.")
    with as_superuser(clinic) as db:
        acts_for(db, clinic)
        if role:
            db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        for command in ("update attending.{} set name = 'x'", "delete from attending.{}"):
            assert said(db, command.format(table)) == "AT001"
        assert said(db, f"truncate attending.{table}") == "AT001"


def test_an_act_by_raw_sql_is_in_the_chain(clinic: Clinic) -> None:
    made = uuid4()
    with acting(clinic, "attending_web") as db:
        db.execute(*act(clinic, id=made))  # type: ignore[arg-type]
        db.commit()
    clinic_saw = """select count(*) as n from attending.audit_log
                    where entry::jsonb->>'subject' = %s"""
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert unit.one(clinic_saw, str(made))["n"] == 1
    with as_superuser(clinic) as db:  # its reason is not sealed: it could not be listed
        db.execute("set local session_replication_role = replica")
        db.execute("delete from attending.pauses where id = %s", (made,))
        db.commit()


# What a taken-over inference process could try.


def drafted(clinic: Clinic) -> CaseId:
    """A case with all that a draft needs, but for the step into review."""
    source, head = clinic.upload()
    parts = clinic.parts("inference")
    decode(parts, clinic.job(Step.DECODE, source.id))
    infer(parts, clinic.job(Step.INFER, head.id))
    return head.id


DRAFT = """insert into attending.drafts (tenant_id, id, case_id, run_id, body)
           select r.tenant_id, gen_random_uuid(), c.id, r.id, '\\x00'
           from attending.runs r join attending.cases c
             on c.tenant_id = r.tenant_id and c.source_id = r.source_id
           where c.id = %s and r.step = 'infer'"""
REVIEW = """update attending.cases set state = 'in_review', version = version + 1
            where id = %s"""


def committed(clinic: Clinic, case: CaseId, *before_the_end: str) -> str:
    """A draft is put before clinicians by raw SQL: the rule that refuses it, or ""."""
    try:
        with acting(clinic, "attending_inference") as db:
            db.execute(DRAFT.encode(), (case,))
            db.execute(REVIEW.encode(), (case,))
            for statement in before_the_end:
                db.execute(statement.encode())
            db.commit()
    except psycopg.Error as error:
        return str(error.sqlstate)
    return ""


@pytest.mark.parametrize(
    "stop",
    [
        VITALS,
        Stop(StopScope.MODEL, "mean-rate"),
        Stop(StopScope.MODEL, "mean-rate", "1"),
        Stop(StopScope.MODEL, "csv", "1"),
    ],
    ids=lambda stop: f"{stop.scope} {stop.name} {stop.version}",
)
def test_no_draft_appears_while_its_line_or_model_is_paused(clinic: Clinic, stop: Stop) -> None:
    case = drafted(clinic)
    pause = clinic.pause(stop)
    assert committed(clinic, case) == "AT040"
    clinic.resume(pause)
    assert committed(clinic, case) == ""


def test_nor_by_another_tenant_at_the_last_moment(clinic: Clinic, neighbour: Clinic) -> None:
    """The pauses of the tenant that the transaction ends with are not the row's."""
    case = drafted(clinic)
    pause = clinic.pause()
    other = f"select attending.enter('{ticket_of(neighbour, 'attending_inference')}')"
    for trick in (other, "select attending.enter('')"):
        assert committed(clinic, case, trick) == "AT043"
    assert committed(clinic, case, "set constraints all deferred") == "AT040"
    clinic.resume(pause)


def test_nor_is_a_run_of_a_paused_model_kept(clinic: Clinic) -> None:
    source, _ = clinic.upload()
    pause = clinic.pause(Stop(StopScope.MODEL, "mean-rate"))
    run = """insert into attending.runs
               (tenant_id, id, source_id, step, model_name, model_version, engine,
                prompt_version, parameters, input_digest, output, started_at, finished_at)
             values (%s, gen_random_uuid(), %s, 'infer', %s, '9', 'local', '', '{}', '', '\\x00',
                     now(), now())"""
    with acting(clinic, "attending_inference") as db:
        assert said(db, run, (clinic.tenant, source.id, "mean-rate")) == "AT040"
        assert said(db, run, (clinic.tenant, source.id, "another")) == ""
    clinic.resume(pause)


def test_a_case_in_review_is_not_touched(clinic: Clinic) -> None:
    """Neither a decision nor an amendment is a new draft."""
    case = clinic.in_review()
    pause = clinic.pause()
    with acting(clinic, "attending_web") as db:
        assert said(db, REVIEW, (case,)) == ""
    clinic.resume(pause)
    propose(clinic.parts("inference"), clinic.job(Step.PROPOSE, case))
    assert clinic.case(case).state is CaseState.IN_REVIEW
