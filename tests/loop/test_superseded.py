"""A release is given up under the hands of a releaser that wakes late, and signed anew.

The older note must not be written any more; if it is on its way already, a person is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from attending.core.case import CaseState, ReleaseState
from attending.core.errors import AttendingError, Conflict, RecordRefused, RecordUnavailable
from attending.core.ids import CaseId, ReleaseId
from attending.core.work import Failure, Job, Step
from attending.loop import recover, review
from attending.loop.release import release
from tests.clinic import Clinic

NOTE = "DocumentReference"


def failures(clinic: Clinic, subject: ReleaseId) -> list[Failure]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return [failure for failure in unit.failures.open() if failure.subject_id == subject]


def statuses(clinic: Clinic, case: CaseId) -> list[str]:
    """Of the notes of the case's signatures, oldest first, "" for one that does not stand."""
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        signed = [str(signature.id) for signature in unit.signing.signatures(case)]
    notes = clinic.record.shelf.all(NOTE)
    found = [
        [note["status"] for note in notes if each in str(note["identifier"])] for each in signed
    ]
    assert all(len(each) <= 1 for each in found)
    return ["".join(each) for each in found]


def gave_up(clinic: Clinic, job: Job) -> None:
    """Another releaser takes it up, and is refused for good: the record holds nothing of it."""

    def refused(*_: object) -> None:
        raise RecordRefused("The record system refused.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clinic.record, "deliver", refused)
        with pytest.raises(RecordRefused) as error:
            release(clinic.releaser(), job)
    recover.give_up(clinic.databases["releaser"], job, error.value)


def reopened(clinic: Clinic, job: Job) -> None:
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        [failure] = [f for f in unit.failures.open() if f.subject_id == job.subject]
        recover.reopen_failed(unit, failure.id, by)


def signed_anew(clinic: Clinic, case: CaseId, job: Job) -> None:
    gave_up(clinic, job)
    reopened(clinic, job)
    clinic.sign(case)
    assert clinic.deliver(case).state is ReleaseState.WRITTEN


def retried(clinic: Clinic, job: Job) -> None:
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        [failure] = [f for f in unit.failures.open() if f.subject_id == job.subject]
        recover.retry(unit, failure.id, by)


def asleep_before(
    patch: pytest.MonkeyPatch, clinic: Clinic, call: str, meanwhile: Callable[[], None]
) -> None:
    """The next call of the shelf is made only after all of this happened."""
    shelf, real = clinic.record.shelf, getattr(clinic.record.shelf, call)

    def late(*values: Any) -> Any:
        patch.undo()
        meanwhile()
        return real(*values)

    patch.setattr(shelf, call, late)


def delayed(clinic: Clinic, monkeypatch: pytest.MonkeyPatch, call: str) -> tuple[CaseId, Job]:
    """A case whose first note is delivered only after the case was signed anew and released."""
    case = clinic.decided()
    clinic.sign(case)
    job = clinic.job(Step.RELEASE, clinic.releases(case)[-1].id)
    asleep_before(monkeypatch, clinic, call, lambda: signed_anew(clinic, case, job))
    release(clinic.releaser(), job)
    return case, job


def test_who_wakes_before_the_write_does_not_write(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, job = delayed(clinic, monkeypatch, "get")
    assert statuses(clinic, case) == ["", "current"]
    release(clinic.releaser(), job)  # the look that it asked for
    assert failures(clinic, ReleaseId(job.subject)) == []
    assert clinic.case(case).state is CaseState.RELEASED


def test_a_write_that_was_on_its_way_is_a_persons(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, job = delayed(clinic, monkeypatch, "add")
    subject = ReleaseId(job.subject)
    assert statuses(clinic, case) == ["current", "current"]
    release(clinic.releaser(), job)
    [failure] = failures(clinic, subject)
    assert (failure.code, failure.subject) == ("record.superseded", "release")
    assert not clinic.releases(case)[0].untouched
    # It is not signed or written once more by way of its failure …
    with pytest.raises(Conflict):
        reopened(clinic, job)
    retried(clinic, job)
    release(clinic.releaser(), job)
    assert [each.code for each in failures(clinic, subject)] == ["record.superseded"]
    # … and is done with once the record says that it was retracted there.
    [old] = [
        note for note in clinic.record.shelf.all(NOTE)
        if str(clinic.releases(case)[0].signature) in str(note["identifier"])
    ]  # fmt: skip
    clinic.record.shelf.put({**old, "status": "entered-in-error"})
    retried(clinic, job)
    release(clinic.releaser(), job)
    assert failures(clinic, subject) == []
    assert statuses(clinic, case) == ["entered-in-error", "current"]
    assert clinic.case(case).state is CaseState.RELEASED


def test_what_got_through_before_it_was_reopened_is_not_signed_anew(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its case still waits for it: whoever tries it again finds it written."""
    case = clinic.decided()
    clinic.sign(case)
    job = clinic.job(Step.RELEASE, clinic.releases(case)[-1].id)
    asleep_before(monkeypatch, clinic, "add", lambda: gave_up(clinic, job))
    release(clinic.releaser(), job)
    assert clinic.releases(case)[-1].untouched
    release(clinic.releaser(), job)
    [failure] = failures(clinic, ReleaseId(job.subject))
    assert failure.code == "record.refused"
    with pytest.raises(Conflict):
        reopened(clinic, job)
    retried(clinic, job)
    assert clinic.deliver(case).state is ReleaseState.WRITTEN
    assert statuses(clinic, case) == ["current"]


def test_who_wakes_late_and_is_refused_has_the_record_looked_at(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to its write is lost, so that it fails instead of coming to its end."""
    case = clinic.decided()
    clinic.sign(case)
    job = clinic.job(Step.RELEASE, clinic.releases(case)[-1].id)
    add = clinic.record.shelf.add

    def lost(*values: Any) -> None:
        monkeypatch.undo()
        signed_anew(clinic, case, job)
        add(*values)
        raise RecordUnavailable("The record system did not answer.")

    monkeypatch.setattr(clinic.record.shelf, "add", lost)
    before = looks(clinic, job)
    with pytest.raises(RecordUnavailable):
        release(clinic.releaser(), job)
    assert looks(clinic, job) == before + 2  # when it was given up, and now


def test_a_look_that_fails_for_good_is_told(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, job = delayed(clinic, monkeypatch, "add")

    def refused(_key: str) -> bool:
        raise RecordRefused("The record system refused.")

    monkeypatch.setattr(clinic.record, "in_force", refused)
    with pytest.raises(AttendingError) as error:
        release(clinic.releaser(), job)
    recover.give_up(clinic.databases["releaser"], job, error.value)
    [failure] = failures(clinic, ReleaseId(job.subject))
    assert failure.code == "record.refused"
    assert clinic.case(case).state is CaseState.RELEASED


def test_a_case_whose_note_may_stand_is_not_rejected(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, by = clinic.decided(), clinic.person()
    clinic.sign(case)
    job = clinic.job(Step.RELEASE, clinic.releases(case)[-1].id)

    def meanwhile() -> None:
        gave_up(clinic, job)
        reopened(clinic, job)

    asleep_before(monkeypatch, clinic, "add", meanwhile)
    release(clinic.releaser(), job)
    release(clinic.releaser(), job)
    assert [each.code for each in failures(clinic, ReleaseId(job.subject))] == ["record.superseded"]
    version = clinic.case(case).version
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit, pytest.raises(Conflict):
        review.reject_case(unit, case, version, "It was another's.", by)


def looks(clinic: Clinic, job: Job) -> int:
    """Jobs of this release that wait in the queue."""
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        row = db.execute(
            "select count(*) from queue.procrastinate_jobs where args->>'subject' = %s",
            (str(job.subject),),
        ).fetchone()
    assert row is not None
    return int(row[0])
