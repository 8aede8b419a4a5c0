"""How long a job waits from its commit to its start, and until another takes a dead one's."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attending.core.work import CaseHead, Source, Step
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median, p99, spread
from benchmarks.ready_clinic import ReadyClinic
from benchmarks.ready_line import HOLD
from benchmarks.running import Worker, awaited

_WARM = 3  # jobs before the first one that counts


def measure(bench: Bench) -> list[Figure]:
    jobs, crashes = bench.pick((200, 5), (100, 2), (4, 0))
    hold = bench.folder / "hold"
    installation = bench.installation("queue", "ready_line", **{HOLD: str(hold)})
    with ReadyClinic.opened(installation) as clinic, _worker(installation, "first") as first:
        starts, hops = _waits(bench, clinic, first, jobs)
        takeovers = _takeovers(bench, clinic, first, hold, crashes)
    return [*_of_waits(starts, hops), *_of_takeovers(takeovers)]


def _of_waits(starts: list[float], hops: list[float]) -> list[Figure]:
    return [
        Figure("Queue: commit to start, median", median(starts), "s", spread(starts)),
        Figure(
            "Queue: commit to start, p99",
            p99(starts),
            "s",
            "the clock starts before the commit, so its write to disk counts",
        ),
        Figure(
            "Queue: end of a step to start of the next, median",
            median(hops),
            "s",
            f"p99 {p99(hops):.3g} s, {spread(hops)}",
        ),
    ]


def _of_takeovers(takeovers: list[float]) -> list[Figure]:
    if not takeovers:
        return []
    return [
        Figure(
            "Queue: kill -9 of a worker to its job's start elsewhere, median",
            median(takeovers),
            "s",
            spread(takeovers),
        ),
    ]


@contextmanager
def _worker(installation: Installation, name: str) -> Iterator[Worker]:
    worker = Worker.start(installation, name)
    try:
        yield worker
    finally:
        worker.stop()


def _waits(
    bench: Bench, clinic: ReadyClinic, worker: Worker, jobs: int
) -> tuple[list[float], list[float]]:
    """Of single jobs at odd moments, so that no poll can be in step with them."""
    odd = random.Random(1)
    starts: list[float] = []
    hops: list[float] = []
    for number in range(-_WARM, jobs):
        bench.tell(f"queue: job {max(number, 0)} of {jobs}")
        start, between = _one(clinic, worker)
        if number >= 0:
            starts.append(start)
            hops += between
        time.sleep(odd.uniform(0.0, 0.2))
    return starts, hops


def _one(clinic: ReadyClinic, worker: Worker) -> tuple[float, list[float]]:
    committing: list[float] = []
    source, head = clinic.received(committing)
    chain = ((Step.DECODE, source.id), (Step.INFER, head.id), (Step.PROPOSE, head.id))
    awaited(lambda: worker.times("left", Step.PROPOSE, head.id) or None, "a draft")
    entered = [worker.times("entered", *job)[0] for job in chain]
    left = [worker.times("left", *job)[0] for job in chain]
    hops = [after - before for before, after in zip(left, entered[1:], strict=False)]
    return entered[0] - committing[0], hops


def _takeovers(
    bench: Bench, clinic: ReadyClinic, first: Worker, hold: Path, crashes: int
) -> list[float]:
    taken, busy = [], first
    with ExitStack() as stack:
        for number in range(crashes):
            bench.tell(f"queue: crash {number + 1} of {crashes}")
            hold.touch()
            held = _held(clinic, busy)
            spare = stack.enter_context(_worker(clinic.installation, f"spare{number}"))
            _held(clinic, spare)  # with the first one busy, whoever takes this up is up
            taken.append(_takeover(held, busy, spare, hold))
            busy = spare
    return taken


def _held(clinic: ReadyClinic, worker: Worker) -> tuple[Source, CaseHead]:
    """A source at which the worker is busy until the hold is lifted."""
    source, head = clinic.received()
    awaited(lambda: worker.times("entered", Step.DECODE, source.id) or None, "a start")
    return source, head


def _takeover(held: tuple[Source, CaseHead], busy: Worker, spare: Worker, hold: Path) -> float:
    """Seconds from the end of the worker that holds the job to the job's start in the other."""
    source, head = held
    killed = busy.kill()
    hold.unlink()
    again = awaited(lambda: spare.times("entered", Step.DECODE, source.id) or None, "a rescue")
    awaited(lambda: spare.times("left", Step.PROPOSE, head.id) or None, "the rescued draft")
    return again[0] - killed
