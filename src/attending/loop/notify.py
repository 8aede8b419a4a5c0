"""Notify: says that a case is ready or failed, by ids alone."""

from __future__ import annotations

from attending.core.ids import CaseId
from attending.core.ports import Notices, Storage
from attending.core.work import Job, Step


def notify(storage: Storage, notices: Notices, job: Job) -> None:
    """At least once: a receiver tells repeats by case and version."""
    with storage.transaction(job.tenant, Step.NOTIFY) as unit:
        head = unit.cases.head(CaseId(job.subject))
    notices.send(f"case.{head.state}", job.tenant, job.subject, job.version)
