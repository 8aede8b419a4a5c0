"""Keys of tenants are changed while the clinic works, and whenever the change breaks off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from attending import app
from attending.adapters.storage import enrol, rotation
from attending.adapters.storage.codec import new_key, unwrap
from attending.adapters.storage.database import Database
from attending.adapters.storage.keys import MasterKeys
from attending.core.case import CaseState
from attending.core.entry import PatientIdentity
from attending.core.errors import Conflict, Misconfigured, NotFound
from attending.core.ids import PatientId, TenantId, fresh
from attending.loop.intake import register_patient
from tests.clinic import Clinic
from tests.stack import until

PATIENTS = 40


@pytest.fixture
def ward(clinic: Clinic) -> tuple[PatientId, ...]:
    """Many patients, and a case that is released."""
    return tuple(register(clinic) for _ in range(PATIENTS))


def register(clinic: Clinic) -> PatientId:
    by, reference = clinic.person(), f"Patient/{fresh().hex[:8]}"
    identity = PatientIdentity(reference, f"Ann {reference}", "1970-01-01", ())
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        return register_patient(unit, clinic.installation.target, identity, by).id


def master(clinic: Clinic) -> MasterKeys:
    return app.master_keys(clinic.installation.settings("web"))


def rotate(clinic: Clinic, report: rotation.Report = lambda *_: None) -> rotation.Rotated:
    dsn = clinic.installation.admin_dsn
    return rotation.rotate(dsn, clinic.tenant, master(clinic), report, batch=7)


def rows(clinic: Clinic, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        return db.execute(query.encode(), (clinic.tenant,)).fetchall()


def generations(clinic: Clinic) -> list[int]:
    query = "select generation from attending.tenant_keys where tenant_id = %s order by 1"
    return [row[0] for row in rows(clinic, query)]


def under(clinic: Clinic) -> set[int]:
    """The generations under which patients lie."""
    query = "select distinct key_generation from attending.patients where tenant_id = %s"
    return {row[0] for row in rows(clinic, query)}


def all_open(database: Database, clinic: Clinic) -> int:
    with database.transaction(clinic.tenant, "tests") as unit:
        return len(unit.people.patients(None, 10_000))


def audited(clinic: Clinic) -> list[str]:
    query = """select entry::jsonb->>'action' from attending.audit_log
               where tenant_id = %s and entry::jsonb->>'action' like 'keys.%%' order by seq"""
    return [row[0] for row in rows(clinic, query)]


def test_everything_opens_under_the_new_key_and_nothing_under_the_old(
    clinic: Clinic, ward: tuple[PatientId, ...]
) -> None:
    case = clinic.released()
    [(generation, key)] = rows(
        clinic, "select generation, key from attending.tenant_keys where tenant_id = %s"
    )
    old = master(clinic).opened(clinic.tenant, generation, key)
    pause, told = clinic.pause(), len(audited(clinic))
    seen: list[tuple[int, int]] = []

    made = rotate(clinic, lambda done, total: seen.append((done, total)))

    assert generations(clinic) == [made.generation] == [generation + 1]
    assert under(clinic) == {made.generation}
    assert made.patients == all_open(clinic.web, clinic) >= PATIENTS
    assert seen[0] == (0, made.patients)
    assert seen[-1] == (made.patients, made.patients)
    assert len(seen) > PATIENTS // 7
    assert clinic.case(case).state is CaseState.RELEASED
    clinic.resume(pause)  # its reason lies under the clinic's own key
    query = "select id, key from attending.patients where tenant_id = %s"
    for patient, wrapped in rows(clinic, query):
        with pytest.raises(Misconfigured):
            unwrap(old, clinic.tenant, f"patient/{patient}", wrapped)
    assert audited(clinic)[told:] == ["keys.rotation_begun", "keys.rotated"]
    assert ward[0] in {row[0] for row in rows(clinic, query)}


class _BreaksOffError(Exception):
    """As a power cut would."""


def test_a_run_that_breaks_off_is_finished_by_the_next(
    clinic: Clinic, ward: tuple[PatientId, ...]
) -> None:
    [before] = generations(clinic)

    def cut(done: int, _total: int) -> None:
        if done >= 14:
            raise _BreaksOffError

    with pytest.raises(_BreaksOffError):
        rotate(clinic, cut)
    assert generations(clinic) == [before, before + 1]
    assert under(clinic) == {before, before + 1}
    between = register(clinic)
    assert all_open(clinic.web, clinic) == all_open(clinic.databases["releaser"], clinic)
    made = rotate(clinic)
    assert made.generation == before + 1
    assert 0 < made.patients < len(ward) + 100
    assert generations(clinic) == [before + 1]
    assert under(clinic) == {before + 1}
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert unit.people.patient(between).id == between


def command(clinic: Clinic, *words: str, **settings: str) -> subprocess.Popen[bytes]:
    given = {
        "ATTENDING_ADMIN_URL": clinic.installation.admin_dsn,
        "ATTENDING_MASTER_KEY_FILE": str(clinic.installation.home / "master.key"),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PATH": os.environ["PATH"],
        **settings,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "attending", "keys", *words, "--tenant", str(clinic.tenant)],
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def output(process: subprocess.Popen[bytes]) -> str:
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said.decode()


@contextmanager
def locked(clinic: Clinic, patient: PatientId) -> Iterator[None]:
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        db.execute("select from attending.patients where id = %s for update", (patient,))
        yield


def waits_for_a_lock(clinic: Clinic) -> bool:
    query = """select from pg_stat_activity where datname = current_database()
               and wait_event_type = 'Lock' and %s::uuid is not null"""
    return bool(rows(clinic, query))


def test_the_command_killed_in_the_middle_is_run_again(
    clinic: Clinic, ward: tuple[PatientId, ...]
) -> None:
    [before] = generations(clinic)
    with locked(clinic, max(ward)):
        process = command(clinic, "rotate")
        try:
            until(lambda: waits_for_a_lock(clinic), "it is in the middle")
            with pytest.raises(Conflict):
                rotate(clinic)
            assert generations(clinic) == [before, before + 1]
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    until(lambda: not waits_for_a_lock(clinic), "the server noticed")
    assert f"generation {before + 1} wraps everything" in output(command(clinic, "rotate"))
    assert generations(clinic) == [before + 1]
    assert under(clinic) == {before + 1}


def test_reading_and_writing_go_on_meanwhile(clinic: Clinic, ward: tuple[PatientId, ...]) -> None:
    """Web registers, reads, reviews and signs; inference drafts; the releaser delivers."""
    [before] = generations(clinic)
    enough, errors = Event(), list[BaseException]()
    work: list[Callable[[], object]] = [
        lambda: register(clinic),
        lambda: all_open(clinic.web, clinic),
        lambda: all_open(clinic.databases["releaser"], clinic),
        clinic.released,
    ]
    done = [0] * len(work)

    def keep_on(number: int) -> None:
        while not enough.is_set():
            try:
                work[number]()
            except BaseException as error:  # noqa: BLE001 - told by the test
                errors.append(error)
                return
            done[number] += 1

    threads = [Thread(target=keep_on, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            marks = [count + 1 for count in done]
            rotate(clinic)
            until(
                lambda m=marks: errors or all(a >= b for a, b in zip(done, m, strict=True)),
                "all work",
            )  # type: ignore[misc]
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert generations(clinic) == [before + 4]
    rotate(clinic)
    assert under(clinic) == {before + 5}


def test_a_registration_under_way_holds_the_old_key(clinic: Clinic) -> None:
    """It has read the old key and not yet used it: the key is not deleted before it commits."""
    [before] = generations(clinic)
    by, rotated = clinic.person(), list[rotation.Rotated]()
    thread = Thread(target=lambda: rotated.append(rotate(clinic)))
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        generation, _ = unit.keys.newest(unit)
        thread.start()

        def waited_for() -> bool:
            unit.run("select")  # one that idles for long is ended
            return waits_for_a_lock(clinic)

        until(waited_for, "only the deletion is left")
        assert generation == before
        identity = PatientIdentity("Patient/late", "Ann Late", "1970-01-01", ())
        unit.keys = _Late(unit.keys, unit.keys.newest(unit), before, clinic)
        late = register_patient(unit, clinic.installation.target, identity, by).id
    thread.join()
    assert rotated[0].generation == before + 1
    assert under(clinic) == {before + 1}
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert unit.people.patient(late).identity.name == "Ann Late"


class _Late:
    """Keys whose newest is that of before: what a slow registration has read."""

    def __init__(self, keys: Any, _now: object, generation: int, clinic: Clinic) -> None:
        self._keys = keys
        [(wrapped,)] = rows(
            clinic,
            "select key from attending.tenant_keys where tenant_id = %s"
            f" and generation = {generation}",
        )
        self._old = (generation, master(clinic).opened(clinic.tenant, generation, wrapped))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)

    def newest(self, _unit: object) -> tuple[int, bytes]:
        return self._old


def test_a_tenant_that_there_is_not(clinic: Clinic) -> None:
    with pytest.raises(NotFound):
        rotation.rotate(
            clinic.installation.admin_dsn, TenantId(fresh()), master(clinic), lambda *_: None
        )


def test_the_master_key_is_changed_without_a_stop(
    clinic: Clinic, ward: tuple[PatientId, ...], tmp_path: Path
) -> None:
    old_file = clinic.installation.home / "master.key"
    old, new = master(clinic), new_key()
    new_file = tmp_path / "new.key"
    new_file.write_bytes(new)
    changing = MasterKeys(new, old.inference, old.master)
    both = Database(clinic.web.pool, changing, clinic.web.ticket_key)
    after = Database(clinic.web.pool, MasterKeys(new, old.inference), clinic.web.ticket_key)

    patients = all_open(both, clinic)  # new processes, before
    assert patients >= len(ward)
    files = {
        "ATTENDING_MASTER_KEY_FILE": str(new_file),
        "ATTENDING_PREVIOUS_MASTER_KEY_FILE": str(old_file),
    }
    try:
        assert "1 keys were wrapped anew" in output(command(clinic, "rewrap", **files))
        assert all_open(both, clinic) == all_open(after, clinic) == patients
        with pytest.raises(Misconfigured):
            all_open(clinic.web, clinic)
        assert "0 keys were wrapped anew" in output(command(clinic, "rewrap", **files))
        assert audited(clinic)[-1] == "keys.rewrapped"
    finally:
        back = MasterKeys(old.master, old.inference, new)
        assert rotation.rewrap(clinic.installation.admin_dsn, clinic.tenant, back) == 1
    assert all_open(clinic.web, clinic) == patients


def test_rewrapping_needs_the_key_of_before(clinic: Clinic) -> None:
    process = command(clinic, "rewrap")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert b"PREVIOUS_MASTER_KEY_FILE" in said


def test_the_tenants_of_an_installation_are_all_known(clinic: Clinic) -> None:
    """A command without --tenant changes the keys of each."""
    assert clinic.tenant in enrol.tenants(clinic.installation.admin_dsn)
