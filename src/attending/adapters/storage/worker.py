"""The worker: takes jobs of one queue and runs the loop's steps; takes over a dead one's work.

The engine is procrastinate, under the database role attending_queue. A job that fails
in passing is retried with backoff; one that fails for good, or too often, is given up
to a person. A worker that stops to beat loses its jobs to any other host's (takeover.py);
one whose database goes away waits for it to come back.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from procrastinate import App, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy

from attending.adapters.storage.takeover import HeldJobs, Rescuer
from attending.core.errors import AttendingError, EngineFailed, Unexpected
from attending.core.ids import CaseId, TenantId
from attending.core.work import Job, Step

BEATS = 3  # in the time after which a worker counts as dead
POLL = 1.0  # seconds between looks for jobs that were put off
RETURN = 1.0  # seconds until a worker that lost the queue comes back to it

Handler = Callable[[Job], None]
log = structlog.get_logger("attending.worker")


@dataclass(frozen=True)
class Patience:
    """How often a job is tried, and how long it waits between: doubling, up to a limit."""

    attempts: int = 6
    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(minutes=5)

    def wait(self, attempt: int) -> timedelta:
        """After the given attempt (0 is the first), with a fifth of jitter."""
        doubled = self.first_wait.total_seconds() * 2.0 ** min(attempt, 60)
        seconds = min(doubled, self.longest_wait.total_seconds())
        return timedelta(seconds=seconds) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing  # nosec B311


class _TryAgainError(Exception):
    """Carries a passing failure to the engine."""


@dataclass(frozen=True)
class _Backoff(BaseRetryStrategy):
    patience: Patience

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        if not isinstance(exception, _TryAgainError):
            return None
        return RetryDecision(retry_at=datetime.now(UTC) + self.patience.wait(job.attempts))


@dataclass(frozen=True)
class Regular:
    """Work beside the queue: done when the worker begins, and then again and again."""

    every: timedelta
    run: Callable[[], None]


@dataclass(frozen=True)
class Worker:
    """Runs the handlers of one queue until stopped by a signal."""

    dsn: str  # of attending_queue
    queue: str
    handlers: Mapping[Step, Handler]
    give_up: Callable[[Job, AttendingError], None]
    patience: Patience
    concurrency: int = 1
    takeover: timedelta = timedelta(seconds=6)  # without a beat, until it counts as dead
    regular: Regular | None = None

    def run(self) -> None:
        """Blocks. SIGTERM and SIGINT let running jobs end."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        """The engine ends when it loses the database: it is started again until a signal."""
        told_to_stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
        regular = asyncio.create_task(self._repeat(told_to_stop))
        while not told_to_stop.is_set():
            try:
                await _first(self._serve(), told_to_stop.wait())
            except (ConnectorException, psycopg.Error) as error:
                log.warning("queue lost", error=type(error.__cause__ or error).__name__)
            await _first(told_to_stop.wait(), asyncio.sleep(RETURN))
        await regular

    async def _repeat(self, told_to_stop: asyncio.Event) -> None:
        """The regular work, in a thread; what fails once is done again the next time."""
        while self.regular is not None and not told_to_stop.is_set():
            try:
                await asyncio.to_thread(self.regular.run)
            except Exception as error:
                log.exception("regular work failed", error=type(error).__name__)
            pause = self.regular.every.total_seconds()
            await _first(told_to_stop.wait(), asyncio.sleep(pause))

    async def _serve(self) -> None:
        # Jobs run in threads, so that the event loop stays free to beat.
        connector = PsycopgConnector(
            conninfo=self.dsn, min_size=1, max_size=4, kwargs={"options": "-c search_path=queue"}
        )
        app = App(connector=connector)
        app.job_manager = HeldJobs(connector)
        takeover = self.takeover.total_seconds()
        rescuer = Rescuer(app, self.queue, takeover, takeover / BEATS)
        for step, handler in self.handlers.items():
            self._register(app, step, handler, rescuer)
        async with app.open_async():
            engine = app.run_worker_async(
                queues=[self.queue],
                concurrency=self.concurrency,
                fetch_job_polling_interval=POLL,
                update_heartbeat_interval=takeover / BEATS,
                stalled_worker_timeout=takeover,
                delete_jobs="successful",
                shutdown_graceful_timeout=20,
                install_signal_handlers=False,
            )
            await _first(engine, rescuer.run())

    def _register(self, app: App, step: Step, handler: Handler, rescuer: Rescuer) -> None:
        @app.task(
            name=str(step), queue=self.queue, pass_context=True, retry=_Backoff(self.patience)
        )
        def perform(context: JobContext, tenant: str, subject: str, version: int) -> None:
            job = Job(step, TenantId(UUID(tenant)), CaseId(UUID(subject)), version)
            try:
                self._attempt(handler, job, context.job.attempts)
            finally:
                rescuer.left(context.job)

    def _attempt(self, handler: Handler, job: Job, attempt: int) -> None:
        """One try; decides what a failure means. Never raises but to be tried again."""
        bound = log.bind(
            step=job.step, tenant=str(job.tenant), subject=str(job.subject), attempt=attempt
        )
        bound.info("entered")
        try:
            self._try(handler, job, attempt)
        except Unexpected as error:
            bound.exception("unexpected", error=type(error.__cause__).__name__)
            self._failed(bound, job, attempt, error)
        except AttendingError as error:
            self._failed(bound, job, attempt, error)
        except Exception as error:  # noqa: BLE001 - nothing a step raises may be lost
            bound.exception("unexpected", error=type(error).__name__)
            self._failed(bound, job, attempt, Unexpected(error))
        else:
            bound.info("left")

    def _try(self, handler: Handler, job: Job, attempt: int) -> None:
        """A job whose process died at every try comes back with its attempts spent."""
        if attempt >= self.patience.attempts:
            raise _spent(job)
        handler(job)

    def _failed(
        self, bound: structlog.stdlib.BoundLogger, job: Job, attempt: int, error: AttendingError
    ) -> None:
        again = error.transient and attempt + 1 < self.patience.attempts
        bound.warning("failed", code=error.code, again=again)
        if again:
            raise _TryAgainError(error.code) from None
        self._give_up(bound, job, error)

    def _give_up(
        self, bound: structlog.stdlib.BoundLogger, job: Job, error: AttendingError
    ) -> None:
        """To a person; if even that fails, it is tried again: a failure is never lost."""
        try:
            self.give_up(job, error)
        except Exception as cause:  # noqa: BLE001 - whatever it was, the job must not end here
            bound.exception("not given up", error=type(cause).__name__)
            raise _TryAgainError(error.code) from None


async def _first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Until one of them ends; the others are cancelled, and awaited. Raises what it raised."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _spent(job: Job) -> AttendingError:
    error = EngineFailed(f"The step {job.step} ended its process each time it was tried.")
    error.transient = False
    return error
