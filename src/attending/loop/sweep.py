"""Sweep: the content of an upload that never became a source is removed.

Each upload leaves this job before its first byte. When it is due, the upload either has its
source, or will have none any more: a web process may have been killed in between.
"""

from __future__ import annotations

from datetime import timedelta

from attending.core.ids import BlobId
from attending.core.work import Job, Step, blob_key
from attending.loop.parts import LoopParts

SAFE_AGE = timedelta(days=1)  # far longer than any upload takes


def sweep(parts: LoopParts, job: Job) -> None:
    """Safe to repeat. An upload that enters at this moment keeps its content, or is refused."""
    key = blob_key(BlobId(job.subject))
    with parts.storage.transaction(job.tenant, Step.SWEEP) as unit:
        if unit.intake.names_blob(key):
            return
        parts.blobs.delete(job.tenant, key)
