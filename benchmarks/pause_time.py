"""How long it takes until a pause holds, with jobs waiting and a worker at its work."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from attending.demo.client import Api
from benchmarks.bench import Bench, Figure, spread
from benchmarks.ready_clinic import ReadyClinic
from benchmarks.running import awaited, serving

OFFICER = "demo-safety"
LIMIT = 2.0  # seconds
_WATCHED = 3.0  # seconds after the answer in which no draft may appear
_STOP = {"scope": "line", "name": "documentation", "reason": "To see how long it takes."}


@dataclass(frozen=True)
class Round:
    """Seconds from the request to its answer, and to the last draft that appeared."""

    answered: float
    last_draft: float
    waiting: int


def measure(bench: Bench) -> list[Figure]:
    jobs, rounds, watched = bench.pick((200, 5, _WATCHED), (200, 2, _WATCHED), (4, 1, 0.5))
    installation = bench.installation("pause", "ready_line")
    with (
        ReadyClinic.opened(installation) as clinic,
        serving(installation, "web", "inference"),
        psycopg.connect(installation.admin_dsn, autocommit=True) as db,
    ):
        officer = Api.logged_in(installation, OFFICER)
        done = []
        for number in range(rounds):
            bench.tell(f"pause: {number + 1} of {rounds}")
            _fill(clinic, db, jobs)
            done.append(_round(officer, db, watched))
    return _figures(done, watched)


def _figures(done: list[Round], watched: float) -> list[Figure]:
    answers = [each.answered for each in done]
    effects = [max(each.answered, each.last_draft) for each in done]
    waiting = min(each.waiting for each in done)
    return [
        Figure.at_most(
            "Pause: request to the last draft of the line, worst",
            max(effects),
            "s",
            LIMIT,
            f"{waiting} or more cases waiting, watched for {watched:g} s, {spread(effects)}",
        ),
        Figure("Pause: request to answer, worst", max(answers), "s", spread(answers)),
    ]


def _fill(clinic: ReadyClinic, db: psycopg.Connection, jobs: int) -> None:
    """Sources enter until so many wait, and the worker is seen to make drafts of them."""
    while _drafting(db) < jobs:
        clinic.received()
    before = _last_draft(db)
    awaited(lambda: _last_draft(db) != before or None, "a draft")
    while _drafting(db) < jobs:
        clinic.received()


def _round(officer: Api, db: psycopg.Connection, watched: float) -> Round:
    waiting, asked = _drafting(db), datetime.now(UTC)
    pause = officer.post("/v1/pauses", _STOP)
    answered = (datetime.now(UTC) - asked).total_seconds()
    time.sleep(watched)
    last = (_last_draft(db) - asked).total_seconds()
    _resume(officer, pause["id"])
    return Round(answered, max(0.0, last), waiting)


def _resume(officer: Api, pause: str) -> None:
    address = f"/v1/pauses/{pause}/resumption"
    told = officer.get(address)
    officer.post(
        address,
        {
            "digest": told["digest"],
            "prepared_at": told["prepared_at"],
            "proof": {"token": officer.prove(told["digest"])},
        },
    )


def _drafting(db: psycopg.Connection) -> int:
    row = db.execute("select count(*) from attending.cases where state = 'drafting'").fetchone()
    return int(row[0]) if row else 0


def _last_draft(db: psycopg.Connection) -> datetime:
    """When a case came into review last."""
    row = db.execute(
        "select max(at) from attending.transitions where to_state = 'in_review'"
    ).fetchone()
    return row[0] if row and row[0] else datetime.fromtimestamp(0, UTC)
