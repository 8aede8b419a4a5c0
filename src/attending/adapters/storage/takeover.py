"""Jobs that lost their worker go to another, and none is ended by a worker that lost it.

A worker that stops to beat counts as dead: it was killed, or paused for so long that
another must go on. If it wakes after all, the fences of the loop's steps keep it from
doing harm, and ``HeldJobs`` keeps it from ending the job under the hands of the other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

_HELD = """
with held as materialized (
  select id from procrastinate_jobs
  where id = %(job_id)s and status = 'doing'
    and worker_id is not distinct from %(worker_id)s::bigint
  for update)
"""
_FINISH = f"""{_HELD}
select procrastinate_finish_job_v1(
  id, %(status)s::procrastinate_job_status, %(delete_job)s::boolean) from held
"""
_RETRY = f"""{_HELD}
select procrastinate_retry_job_v2(
  id, %(retry_at)s::timestamptz, %(priority)s::integer, %(queue)s::varchar, %(lock)s::varchar)
from held
"""
Try = tuple[int | None, int | None, int]  # of a job: its number, its worker's, which try
log = structlog.get_logger("attending.worker")


class HeldJobs(JobManager):
    """Ends a job or puts it back only while the worker has it that had it when it was read.

    The engine itself asks for the job's number alone: a worker that woke late would end the
    job that another works on by now, and if that one died, nobody would do it.
    """

    async def finish_job(self, job: QueuedJob, status: Status, delete_job: bool) -> None:
        await self.connector.execute_query_async(
            query=_FINISH,
            job_id=job.id,
            worker_id=job.worker_id,
            status=status.value,
            delete_job=delete_job,
        )

    async def retry_job(
        self,
        job: QueuedJob,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        await self.connector.execute_query_async(
            query=_RETRY,
            job_id=job.id,
            worker_id=job.worker_id,
            retry_at=retry_at,
            priority=priority,
            queue=queue,
            lock=lock,
        )


@dataclass
class Rescuer:
    """Puts back the jobs of workers that do not beat, and what this process left unended.

    takeover: seconds without a beat until a worker counts as dead. interval: seconds
    between two looks.
    """

    app: App
    queue: str
    takeover: float
    interval: float
    _left: set[Try] = field(default_factory=set)
    _left_before: set[Try] = field(default_factory=set)  # before the last look

    def left(self, job: QueuedJob) -> None:
        """Note that this process is done with the job: the queue should say so soon. Any thread."""
        self._left.add(_try(job))

    async def run(self) -> None:
        """Until cancelled. A look that the database does not answer is made again."""
        while True:
            await asyncio.sleep(self.interval)
            try:
                await self._rescue()
            except ConnectorException as error:
                log.warning("rescue failed", error=type(error.__cause__).__name__)

    async def _rescue(self) -> None:
        jobs: JobManager = self.app.job_manager
        stalled = await jobs.get_stalled_jobs(
            queue=self.queue, seconds_since_heartbeat=self.takeover
        )
        for job in [*stalled, *await self._unended(jobs)]:
            log.warning("rescued", step=job.task_name, job=job.id)
            await jobs.retry_job(job)

    async def _unended(self, jobs: JobManager) -> list[QueuedJob]:
        """Jobs that were left before the last look, and still count as being done.

        The word that they ended was lost on its way to the database.
        """
        overdue, self._left_before, self._left = self._left_before, self._left, set()
        if not overdue:
            return []
        doing = await jobs.list_jobs_async(queue=self.queue, status=Status.DOING.value)
        return [job for job in doing if _try(job) in overdue]


def _try(job: QueuedJob) -> Try:
    return job.id, job.worker_id, job.attempts
