"""How long it takes until the earlier version answers, from the moment the command is given.

Real processes: web, inference, and the command as an administrator types it, which starts,
imports and connects within the measured time. Visits wait meanwhile, so that inference drafts
without a pause.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from attending.adapters.storage import registering
from attending.core.registry import ModelVersion
from attending.demo.client import Api
from attending.demo.installation import PEOPLE, Installation
from benchmarks.bench import ROOT, Bench, Figure, spread
from benchmarks.ready_clinic import ReadyClinic
from benchmarks.running import awaited, serving
from benchmarks.two_writers import SECOND

LIMIT = 2.0  # seconds
ENGINEER = "demo-engineer"
_LINE = "documentation"
_DRAFTED = """select r.model_name = %s, max(r.started_at), min(r.finished_at)
              from attending.runs r where r.step = 'infer' and r.started_at >= %s group by 1"""


@dataclass(frozen=True)
class Round:
    """Seconds from the command's start: to its end, to the first draft of the earlier version,

    and to the last that the version taken back began. cpu: what the command itself took.
    """

    ended: float
    cpu: float
    answered: float
    last: float

    @property
    def holds(self) -> float:
        return max(self.answered, self.last)


def measure(bench: Bench) -> list[Figure]:
    waiting, rounds = bench.pick((20, 7), (4, 2), (2, 1))
    installation = bench.installation("rollback", "two_writers")
    with (
        ReadyClinic.opened(installation) as clinic,
        serving(installation, "web", "inference"),
        psycopg.connect(installation.admin_dsn, autocommit=True) as db,
    ):
        version = _promoted(installation)
        ways = {"command": _by_command(installation), "page's request": _by_request(installation)}
        figures = []
        for name, roll_back in ways.items():
            done = []
            for number in range(rounds):
                bench.tell(f"rollback by {name}: {number + 1} of {rounds}")
                _champion(installation, version)
                _fill(clinic, db, waiting)
                done.append(_round(clinic, db, roll_back))
            figures += _figures(name, done, waiting)
    return figures


def _figures(name: str, done: list[Round], waiting: int) -> list[Figure]:
    holds, ends = [each.holds for each in done], [each.ended for each in done]
    return [
        Figure.at_most(
            f"Rollback by {name}: start to the earlier version's answer, worst",
            max(holds),
            "s",
            LIMIT,
            f"{waiting} visits waiting, {spread(holds)}",
        ),
        Figure(f"Rollback by {name}: start to its end, worst", max(ends), "s", spread(ends)),
        *_cpu(name, [each.cpu for each in done]),
    ]


def _cpu(name: str, spent: list[float]) -> list[Figure]:
    """Of a process of its own: what it takes whatever else the machine does."""
    if not max(spent):
        return []
    return [
        Figure(f"Rollback by {name}: its processor time, worst", max(spent), "s", spread(spent))
    ]


def _promoted(installation: Installation) -> ModelVersion:
    """Evaluated, and promoted by a clinician's signature."""
    admin = installation.admin_dsn
    version = registering.found(admin, SECOND, "1")
    measure = {"value": 0.9, "low": 0.8, "high": 1.0, "n": 100}
    subject = {"name": version.name, "version": version.version, "digest": version.digest}
    told = {"dataset": "bench", "digest": "0" * 64, "task": "draft", "subject": subject}
    registering.add_evaluation(admin, json.dumps({**told, "measures": {"recall": measure}}), "ada")
    clinician = Api.logged_in(installation, PEOPLE[0].username)
    address = f"/v1/models/{version.id}/promotion"
    read = clinician.get(address)
    proof = {"kind": "oidc", "token": clinician.prove(read["digest"])}
    signed = {"digest": read["digest"], "prepared_at": read["prepared_at"], "proof": proof}
    clinician.post(address, signed)
    return version


def _champion(installation: Installation, version: ModelVersion) -> None:
    part = {"line": _LINE, "version": str(version.id), "role": "champion"}
    Api.logged_in(installation, ENGINEER).post("/v1/rollouts", part)


def _by_command(installation: Installation) -> Callable[[], None]:
    environment = installation.environment("web")
    environment["ATTENDING_ADMIN_URL"] = installation.admin_dsn
    command = [sys.executable, "-m", "attending", "model", "rollback", "--line", _LINE]

    def roll_back() -> None:
        subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    return roll_back


def _by_request(installation: Installation) -> Callable[[], None]:
    engineer = Api.logged_in(installation, ENGINEER)

    def roll_back() -> None:
        engineer.post("/v1/rollbacks", {"line": _LINE})

    return roll_back


def _fill(clinic: ReadyClinic, db: psycopg.Connection, waiting: int) -> None:
    """Visits enter until so many wait, and the second writer is seen to draft."""
    since = datetime.now(UTC)
    while _waiting(db) < waiting:
        clinic.received()
    awaited(lambda: _drafted(db, since).get(True), "a draft of the second writer")
    while _waiting(db) < waiting:
        clinic.received()


def _round(clinic: ReadyClinic, db: psycopg.Connection, roll_back: Callable[[], None]) -> Round:
    started, clock, before = datetime.now(UTC), time.monotonic(), _spent()
    roll_back()
    ended, cpu = time.monotonic() - clock, _spent() - before
    clinic.received()  # those that waited may all have been drafted meanwhile
    _, first = awaited(lambda: _drafted(db, started).get(False), "a draft of the earlier version")
    awaited(lambda: True if _waiting(db) == 0 else None, "the visits that wait")
    last, _ = _drafted(db, started).get(True, (started, started))
    return Round(ended, cpu, (first - started).total_seconds(), (last - started).total_seconds())


def _spent() -> float:
    """Seconds of processor time of the commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _drafted(db: psycopg.Connection, since: datetime) -> dict[bool, tuple[datetime, datetime]]:
    """Whether by the second writer: when its last draft was begun, and its first one ended."""
    rows = db.execute(_DRAFTED, (SECOND, since)).fetchall()
    return {second: (last, first) for second, last, first in rows}


def _waiting(db: psycopg.Connection) -> int:
    row = db.execute("select count(*) from attending.cases where state = 'drafting'").fetchone()
    return int(row[0]) if row else 0
