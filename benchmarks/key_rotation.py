"""Keys: opening a patient's, the key of a job, and rotation while others read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import cast

import numpy as np

from attending import app
from attending.adapters.storage import rotation
from attending.adapters.storage.database import Database, TenantUnit
from attending.core.entry import PatientIdentity
from attending.core.ids import PatientId, SourceId, fresh
from benchmarks.bench import Bench, Figure, p99, spread
from benchmarks.ready_clinic import ReadyClinic

_REGISTERED_AT_ONCE = 500


def measure(bench: Bench) -> list[Figure]:
    bench.tell("keys: registering patients")
    with ReadyClinic.opened(bench.installation("keys", "ready_line")) as clinic:
        _register(clinic, bench.pick(10_000, 2_000, 20))
        source = clinic.received()[0].id
        bench.tell("keys: opening")
        opened = _opened(clinic, source, bench.pick(500, 200, 5))
        bench.tell("keys: rotating")
        return opened + _rotated(clinic)


def _register(clinic: ReadyClinic, patients: int) -> None:
    target = clinic.installation.target
    for start in range(0, patients, _REGISTERED_AT_ONCE):
        with clinic.web.storage.transaction(clinic.tenant, "bench") as unit:
            for number in range(start, min(start + _REGISTERED_AT_ONCE, patients)):
                identity = PatientIdentity(f"Patient/{number}", "Bench", "1970-01-01", ())
                unit.people.add_patient(PatientId(fresh()), target, identity)


def _opened(clinic: ReadyClinic, source: SourceId, rounds: int) -> list[Figure]:
    web, inference = (cast(Database, each.storage) for each in (clinic.web, clinic.inference))
    patient = clinic.patient
    found = {
        "Patient's key, by the master key": _timed(
            web, clinic, rounds, lambda unit: unit.keys.patients(unit, [patient])
        ),
        "Patient's key, by the key of the job": _timed(
            inference, clinic, rounds, lambda unit: unit.keys.patients(unit, [patient])
        ),
        "Key handed over to inference, a job": _timed(
            web, clinic, rounds, lambda unit: unit.keys.hand_over(unit, source)
        ),
    }
    return [
        Figure(f"{name}, median", float(np.median(times)), "ms", spread(times))
        for name, times in found.items()
    ]


def _timed(
    database: Database, clinic: ReadyClinic, rounds: int, work: Callable[[TenantUnit], object]
) -> list[float]:
    """Milliseconds of each, query included, in transactions that are already open."""
    times = []
    for _ in range(rounds):
        with database.transaction(clinic.tenant, "bench") as unit:
            started = time.perf_counter()
            work(unit)
            times.append(1000 * (time.perf_counter() - started))
    return times


def _rotated(clinic: ReadyClinic) -> list[Figure]:
    dsn, tenant = clinic.installation.admin_dsn, clinic.installation.tenant
    master = app.master_keys(clinic.installation.settings("web"))
    with _reading(clinic) as quiet:
        time.sleep(1)
    with _reading(clinic) as meanwhile:
        started = time.perf_counter()
        made = rotation.rotate(dsn, tenant, master, lambda *_: None)
        seconds = time.perf_counter() - started
    return [
        Figure("Rotation of a tenant's key", seconds, "s", f"{made.patients} patients"),
        Figure("Rotation, a patient", 1000 * seconds / made.patients, "ms"),
        Figure("Reading a patient, alone, p99", p99(quiet), "ms", spread(quiet)),
        Figure("Reading a patient, during rotation, p99", p99(meanwhile), "ms", spread(meanwhile)),
    ]


@contextmanager
def _reading(clinic: ReadyClinic) -> Iterator[list[float]]:
    """A thread that reads one patient after the other; milliseconds of each."""
    times, enough = list[float](), Event()

    def read() -> None:
        while not enough.is_set() or not times:
            started = time.perf_counter()
            with clinic.web.storage.transaction(clinic.tenant, "bench") as unit:
                unit.people.patient(clinic.patient)
            times.append(1000 * (time.perf_counter() - started))

    thread = Thread(target=read)
    thread.start()
    try:
        yield times
    finally:
        enough.set()
        thread.join()
