"""The worker: takes jobs of one queue and runs the loop's steps; takes over a dead one's work.

The engine is procrastinate, under the database role attending_queue. A job that fails
in passing is retried with backoff; one that fails for good, or too often, is given up
to a person. A worker that stops to beat loses its jobs to any other host's.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from procrastinate import App, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy

from attending.core.errors import AttendingError, EngineFailed
from attending.core.ids import CaseId, TenantId
from attending.core.work import Job, Step

HEARTBEAT = 2.0  # seconds between beats
STALLED = 6.0  # seconds without a beat until a worker counts as dead
POLL = 1.0  # seconds between looks for jobs that were put off

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
        doubled = min(self.first_wait * float(2**attempt), self.longest_wait)
        return doubled * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing


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
class Worker:
    """Runs the handlers of one queue until stopped by a signal."""

    dsn: str  # of attending_queue
    queue: str
    handlers: Mapping[Step, Handler]
    give_up: Callable[[Job, AttendingError], None]
    patience: Patience
    concurrency: int = 1

    def run(self) -> None:
        """Blocks. SIGTERM and SIGINT let running jobs end."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        # Not in the folder's own event loop policy: jobs run in threads, the loop stays free.
        connector = PsycopgConnector(
            conninfo=self.dsn, min_size=1, max_size=4, kwargs={"options": "-c search_path=queue"}
        )
        app = App(connector=connector)
        for step, handler in self.handlers.items():
            self._register(app, step, handler)
        async with app.open_async():
            rescuer = asyncio.create_task(self._rescue(app))
            try:
                await app.run_worker_async(
                    queues=[self.queue],
                    concurrency=self.concurrency,
                    fetch_job_polling_interval=POLL,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=20,
                )
            finally:
                rescuer.cancel()

    def _register(self, app: App, step: Step, handler: Handler) -> None:
        @app.task(
            name=str(step), queue=self.queue, pass_context=True, retry=_Backoff(self.patience)
        )
        def perform(context: JobContext, tenant: str, subject: str, version: int) -> None:
            job = Job(step, TenantId(UUID(tenant)), CaseId(UUID(subject)), version)
            self._attempt(handler, job, context.job.attempts)

    def _attempt(self, handler: Handler, job: Job, attempt: int) -> None:
        """One try; decides what a failure means. Never raises but to be tried again."""
        bound = log.bind(
            step=job.step, tenant=str(job.tenant), subject=str(job.subject), attempt=attempt
        )
        bound.info("entered")
        try:
            self._try(handler, job, attempt)
        except AttendingError as error:
            self._failed(bound, job, attempt, error)
        except Exception as error:  # noqa: BLE001 - nothing a step raises may be lost
            bound.exception("unexpected", error=type(error).__name__)
            self._failed(bound, job, attempt, _unexpected(error))
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
        self.give_up(job, error)

    async def _rescue(self, app: App) -> None:
        """Puts back jobs whose worker is dead, or paused for so long that it counts as dead."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            stalled = await app.job_manager.get_stalled_jobs(
                queue=self.queue, seconds_since_heartbeat=STALLED
            )
            for job in stalled:
                try:
                    await app.job_manager.retry_job(job)
                except ConnectorException:
                    log.info("rescued by another worker", job=job.id)
                else:
                    log.warning("rescued", step=job.task_name, job=job.id)


def _spent(job: Job) -> AttendingError:
    error = EngineFailed(f"The step {job.step} ended its process each time it was tried.")
    error.transient = False
    return error


def _unexpected(error: Exception) -> AttendingError:
    """An error that nobody foresaw: its type is told, its words may hold clinical text."""
    return EngineFailed(f"An unexpected error ended the step: {type(error).__name__}.")
