"""What a worker makes of a failure: again, with doubling waits, or to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.adapters.storage.worker import Patience, Regular, Worker, _TryAgainError
from attending.core.errors import AttendingError, RecordRefused, RecordUnavailable
from attending.core.ids import SourceId, TenantId, fresh
from attending.core.work import Job, Step

JOB = Job(Step.DECODE, TenantId(fresh()), SourceId(fresh()), 1)
PATIENCE = Patience(attempts=3)


def attempted(handler: Callable[[Job], None], attempt: int) -> tuple[list[AttendingError], bool]:
    """What was given up, and whether the job is to be tried again."""
    given_up: list[AttendingError] = []
    worker = Worker("", "q", {}, lambda _job, error: given_up.append(error), PATIENCE)
    try:
        worker._attempt(handler, JOB, attempt)
    except _TryAgainError:
        return given_up, True
    return given_up, False


def raising(error: Exception) -> Callable[[Job], None]:
    def handler(_job: Job) -> None:
        raise error

    return handler


@pytest.mark.parametrize(
    ("error", "attempt", "code", "again"),
    [
        (RecordUnavailable("away"), 0, None, True),
        (RecordUnavailable("away"), 1, None, True),
        (RecordUnavailable("away"), 2, "record.unavailable", False),
        (RecordRefused("no"), 0, "record.refused", False),
        (ZeroDivisionError("the patient said"), 0, None, True),
        (ZeroDivisionError("the patient said"), 2, "engine.unexpected", False),
    ],
)
def test_a_failure_is_tried_again_or_given_to_a_person(
    error: Exception, attempt: int, code: str | None, again: bool
) -> None:
    given_up, tried = attempted(raising(error), attempt)
    assert [each.code for each in given_up] == ([code] if code else [])
    assert tried is again
    assert "patient said" not in "".join(each.message for each in given_up)


def test_a_job_whose_process_always_dies_is_given_up_without_another_try() -> None:
    given_up, again = attempted(raising(AssertionError("ran")), 3)
    assert [each.code for each in given_up] == ["engine.failed"]
    assert not again


def test_success_is_neither() -> None:
    assert attempted(lambda _job: None, 0) == ([], False)


@given(st.integers(0, 60))
def test_waits_double_up_to_the_longest(attempt: int) -> None:
    patience = Patience(first_wait=timedelta(seconds=1), longest_wait=timedelta(minutes=5))
    expected = min(2.0**attempt, 300.0)
    assert 0.79 * expected <= patience.wait(attempt).total_seconds() <= 1.21 * expected


def test_regular_work_goes_on_until_the_worker_is_told_to_stop() -> None:
    """Also after it failed once."""
    done: list[int] = []

    async def some_rounds() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def work() -> None:
            done.append(len(done))
            if len(done) == 3:
                loop.call_soon_threadsafe(stop.set)
            raise ZeroDivisionError

        regular = Regular(timedelta(0), work)
        worker = Worker("", "q", {}, lambda _job, _error: None, PATIENCE, regular=regular)
        await asyncio.wait_for(worker._repeat(stop), 30)

    asyncio.run(some_rounds())
    assert len(done) >= 3
