"""Tend: a live recording that nobody goes on with is left to a person, and chunks are removed.

Each capture leaves this job when it is opened and when it ends.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attending.core.capture import CaptureState, folder_of
from attending.core.errors import CaptureAbandoned
from attending.core.ids import CaptureId
from attending.core.work import Job, Step
from attending.loop.parts import LoopParts

LEFT_ALONE = timedelta(hours=12)  # without a chunk; longer than a session of the console
AFTER_THE_END = timedelta(minutes=10)


def tend(parts: LoopParts, job: Job) -> None:
    """Safe to repeat. Raises CaptureAbandoned, which the queue of failures then holds."""
    capture = CaptureId(job.subject)
    with parts.storage.transaction(job.tenant, Step.TEND) as unit:
        found = unit.captures.get(capture)
        if found.state is CaptureState.RECORDING:
            alone = datetime.now(UTC) - unit.captures.last_change(capture)
            if alone >= LEFT_ALONE:
                raise CaptureAbandoned("A recording was left, and nobody ended it.")
            unit.enqueue(job, LEFT_ALONE - alone)
    if found.state is CaptureState.ENDED:
        parts.blobs.clear(job.tenant, folder_of(capture))
