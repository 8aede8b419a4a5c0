"""Forged jobs: every step of the loop, told to work on whatever an attacker names.

A serving role may enqueue any job of its own tenant (queue.enqueue), and who holds the
queue's role may write any payload. A job only says "advance this": it must never do more
than the state of its subject allows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from attending.core.case import CaseState
from attending.core.errors import AttendingError
from attending.core.work import Job, Step
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.listen import listen
from attending.loop.notify import notify
from attending.loop.propose import propose
from attending.loop.recover import give_up
from attending.loop.release import release
from attending.loop.sweep import sweep
from attending.loop.tend import tend
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected
from tests.clinic import Clinic
from tests.loop.live import Recorder, seconds

STATES = """
select 'source', source_id::text, state, version from attending.source_states
union all select 'case', id::text, state, version from attending.cases
union all select 'release', id::text, state, version from attending.releases
union all select 'capture', id::text, state, version from attending.captures
union all select 'piece', capture_id::text, '', number from attending.capture_pieces
union all select 'draft', case_id::text, '', 0 from attending.drafts
union all select 'run', id::text, '', 0 from attending.runs
union all select 'failure', id::text, state, 0 from attending.failures
order by 1, 2"""
VERSIONS = (-1, 0, 1, 2, 7, 2**31 - 1)


@dataclass
class Noticed:
    told: list[object] = field(default_factory=list)

    def send(self, event: str, tenant: object, subject: object, version: int) -> None:
        self.told.append((event, tenant, subject))


@dataclass(frozen=True)
class Floor:
    """Cases in every state that holds still, of two clinics; and all that a worker runs."""

    ours: Clinic
    theirs: Clinic
    subjects: dict[str, Any]
    notices: Noticed

    def handlers(self) -> dict[Step, Callable[[Job], None]]:
        parts = self.ours.parts("inference")
        database = self.ours.databases["releaser"]
        return {
            Step.LISTEN: partial(listen, Recorder(self.ours).inference),
            Step.TEND: partial(tend, parts),
            Step.DECODE: partial(decode, parts),
            Step.INFER: partial(infer, parts),
            Step.PROPOSE: partial(propose, parts),
            Step.SWEEP: partial(sweep, parts),
            Step.RELEASE: partial(release, self.ours.releaser()),
            Step.NOTIFY: partial(notify, database, self.notices),
        }

    def states(self) -> tuple[list[Any], list[Any], list[str]]:
        """Of both tenants; and what stands in both records, and in the store of blobs."""
        with as_superuser(self.ours) as db:
            rows = db.execute(STATES).fetchall()
        kept = [clinic.record.shelf.all("DocumentReference") for clinic in (self.ours, self.theirs)]
        folder = Path(self.ours.installation.settings("web").blobs_url.removeprefix("file://"))
        return rows, kept, sorted(str(path) for path in folder.rglob("*"))

    def runs(self, job: Job) -> None:
        """As the worker does: what fails for good is given up."""
        try:
            self.handlers()[job.step](job)
        except AttendingError as error:
            if error.transient:
                return
            process = "releaser" if job.step in (Step.RELEASE, Step.NOTIFY) else "inference"
            with suppress(AttendingError):
                give_up(self.ours.databases[process], job, error)


@pytest.fixture(scope="module")
def floor(clinic: Clinic, neighbour: Clinic) -> Floor:
    subjects: dict[str, Any] = {"nothing": uuid4()}
    for name, at in (("our", clinic), ("their", neighbour)):
        cases = {"reviewed": at.in_review(), "decided": at.decided(), "released": at.released()}
        for state, case in cases.items():
            with at.web.transaction(at.tenant, "tests") as unit:
                subjects[f"{name} {state} case"] = case
                subjects[f"{name} {state} source"] = unit.cases.head(case).source
                source = unit.intake.source(unit.cases.head(case).source)
                subjects[f"{name} {state} content"] = UUID(source.blob.removeprefix("sources/"))
                subjects[f"{name} {state} encounter"] = unit.cases.head(case).encounter
        subjects |= recorded(at, name)
        subjects[f"{name} release"] = at.releases(cases["released"])[-1].id
    return Floor(clinic, neighbour, subjects, Noticed())


def recorded(clinic: Clinic, name: str) -> dict[str, Any]:
    """One that still goes on, with less than is worth hearing, and one that was ended."""
    recorder = Recorder(clinic)
    going, over = recorder.open(), recorder.open()
    for capture in (going, over):
        recorder.send(capture.id, 1, seconds(1, 2, 3))
    recorder.end(over.id, 1)
    tend(clinic.parts("inference"), Job(Step.TEND, clinic.tenant, over.id, 0))
    return {f"{name} going capture": going.id, f"{name} ended capture": over.id}


def test_every_step_is_tried(floor: Floor) -> None:
    assert set(floor.handlers()) == set(Step)


@pytest.mark.parametrize("step", Step)
def test_a_job_does_no_more_than_the_state_of_its_subject_allows(floor: Floor, step: Step) -> None:
    before = floor.states()
    for subject, version in product(floor.subjects.values(), VERSIONS):
        floor.runs(Job(step, floor.ours.tenant, subject, version))
    assert floor.states() == before
    assert all(tenant == floor.ours.tenant for _event, tenant, _subject in floor.notices.told)


@pytest.mark.parametrize("step", Step)
def test_a_job_in_another_tenants_name_finds_nothing_of_ours(floor: Floor, step: Step) -> None:
    before = floor.states()
    for name, subject in floor.subjects.items():
        if name.startswith("our"):
            floor.runs(Job(step, floor.theirs.tenant, subject, 1))
    assert floor.states() == before


def test_the_same_jobs_do_work_where_they_are_due(floor: Floor) -> None:
    """Else the tests above would pass for idle handlers."""
    source, head = floor.ours.upload()
    for step, subject in ((Step.DECODE, source.id), (Step.INFER, head.id), (Step.PROPOSE, head.id)):
        floor.runs(Job(step, floor.ours.tenant, subject, 1))
    assert floor.ours.case(head.id).state is CaseState.IN_REVIEW


@pytest.mark.parametrize("role", APP_ROLES)
def test_serving_roles_enqueue_ids_and_nothing_else(floor: Floor, role: str) -> None:
    """Any step, in any queue: the payload is made by the function, of a uuid and a number."""
    with connected(floor.ours, role) as db:
        acts_for(db, floor.ours)
        for step, queue in product([*Step, "anything"], ["inference", "release", "none"]):
            db.execute(
                "select queue.enqueue(%s, %s, %s, %s, 1, '0')",
                (step, queue, floor.ours.tenant, floor.subjects["our reviewed case"]),
            )
        with pytest.raises(psycopg.errors.InvalidTextRepresentation), db.transaction():
            db.execute(
                "select queue.enqueue('release', 'release', %s, 'x; drop', 1, '0')",
                (floor.ours.tenant,),
            )
        with pytest.raises(psycopg.Error) as caught, db.transaction():
            db.execute(
                "select queue.enqueue('release', 'release', %s, %s, 1, '0')",
                (floor.theirs.tenant, floor.subjects["their release"]),
            )
        assert caught.value.sqlstate == "AT015"
