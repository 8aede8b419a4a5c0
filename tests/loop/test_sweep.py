"""What an upload stored and nobody names is removed later; what a source names, never."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from attending.adapters.storage.blobs import ObjectBlobs
from attending.core.errors import AttendingError, InvalidInput, StorageUnavailable
from attending.core.ids import UUID, BlobId, TenantId, fresh
from attending.core.work import Job, Step
from attending.loop import recover
from attending.loop.intake import Upload
from attending.loop.sweep import sweep
from tests.clinic import CSV, Clinic
from tests.stack import until


def stored(clinic: Clinic, content: bytes = CSV) -> Upload:
    """An upload whose web process goes no further."""
    by, parts, encounter = clinic.person(), clinic.parts("web"), clinic.encounter()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload = Upload.begin(parts, unit, encounter, "vitals", "text/csv", (), 1 << 20)
    upload.write(content)
    upload.finish()
    return upload


def entered(clinic: Clinic, upload: Upload) -> None:
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload.enter(unit, by)


def job_of(clinic: Clinic, upload: Upload) -> Job:
    content = BlobId(UUID(upload.source.blob.removeprefix("sources/")))
    return Job(Step.SWEEP, clinic.tenant, content, 0)


def stands(clinic: Clinic, upload: Upload) -> bool:
    return clinic.parts("web").blobs.stands(clinic.tenant, upload.source.blob)


def waits(clinic: Clinic, job: Job) -> list[float]:
    """In how many hours the queue does it."""
    query = """select extract(epoch from scheduled_at - now()) / 3600
               from queue.procrastinate_jobs
               where task_name = 'sweep' and args->>'subject' = %s"""
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        return [float(row[0]) for row in db.execute(query, (str(job.subject),))]


def test_what_nobody_names_is_removed(clinic: Clinic) -> None:
    upload = stored(clinic)
    job = job_of(clinic, upload)
    [hours] = waits(clinic, job)
    assert 23 < hours <= 24
    assert stands(clinic, upload)
    for _ in range(2):
        sweep(clinic.parts("inference"), job)
        assert not stands(clinic, upload)


def test_what_a_source_names_stays(clinic: Clinic) -> None:
    upload = stored(clinic)
    entered(clinic, upload)
    sweep(clinic.parts("inference"), job_of(clinic, upload))
    assert stands(clinic, upload)


def test_a_neighbour_cannot_have_it_removed(clinic: Clinic, neighbour: Clinic) -> None:
    upload = stored(clinic)
    sweep(neighbour.parts("inference"), replace(job_of(clinic, upload), tenant=neighbour.tenant))
    assert stands(clinic, upload)


def test_who_comes_after_the_sweep_is_refused(clinic: Clinic) -> None:
    upload = stored(clinic)
    sweep(clinic.parts("inference"), job_of(clinic, upload))
    with pytest.raises(InvalidInput):
        entered(clinic, upload)


def test_a_sweep_waits_for_an_upload_that_enters(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the upload has seen its content, and has not committed yet."""
    upload, looks = stored(clinic), ObjectBlobs.stands
    sweeping = Thread(target=sweep, args=(clinic.parts("inference"), job_of(clinic, upload)))

    def seen(blobs: ObjectBlobs, tenant: TenantId, key: str) -> bool:
        monkeypatch.undo()
        there = looks(blobs, tenant, key)
        sweeping.start()
        until(lambda: not sweeping.is_alive() or hangs(clinic), "the sweep is over, or waits")
        return there

    monkeypatch.setattr(ObjectBlobs, "stands", seen)
    entered(clinic, upload)
    sweeping.join(30)
    assert stands(clinic, upload)


def test_an_upload_waits_for_a_sweep(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes when the sweep has found no source, and has not removed anything yet."""
    upload, delete, refused = stored(clinic), ObjectBlobs.delete, list[InvalidInput]()

    def enter() -> None:
        try:
            entered(clinic, upload)
        except InvalidInput as error:
            refused.append(error)

    entering = Thread(target=enter)

    def removed(blobs: ObjectBlobs, tenant: TenantId, key: str) -> None:
        monkeypatch.undo()
        entering.start()
        until(lambda: not entering.is_alive() or hangs(clinic), "it entered, or waits")
        delete(blobs, tenant, key)

    monkeypatch.setattr(ObjectBlobs, "delete", removed)
    sweep(clinic.parts("inference"), job_of(clinic, upload))
    entering.join(30)
    assert len(refused) == 1
    assert not stands(clinic, upload)


def hangs(clinic: Clinic) -> bool:
    """Whether somebody waits for a name that is held in the clinic's database."""
    query = """select from pg_stat_activity where datname = current_database()
               and wait_event_type = 'Lock' and wait_event = 'advisory'"""
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        return db.execute(query).fetchone() is not None


def test_a_sweep_that_fails_is_done_another_day(clinic: Clinic) -> None:
    job = Job(Step.SWEEP, clinic.tenant, BlobId(fresh()), 0)
    error: AttendingError = StorageUnavailable("The store is away.")
    recover.give_up(clinic.databases["inference"], job, error)
    [hours] = waits(clinic, job)
    assert 23 < hours <= 24


def test_what_was_left_half_written_goes_too(clinic: Clinic, folder: Path) -> None:
    blobs = ObjectBlobs((folder / "blobs").as_uri())
    place = folder / "blobs" / str(clinic.tenant) / "sources"
    place.mkdir(parents=True)
    for name in ("one#1", "two#1", "one"):
        (place / name).write_bytes(b"x")
    blobs.delete(clinic.tenant, "sources/one")
    assert [path.name for path in place.iterdir()] == ["two#1"]
