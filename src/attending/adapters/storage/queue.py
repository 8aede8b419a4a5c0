"""Which queue carries which step. The engine itself is procrastinate (see worker.py)."""

from __future__ import annotations

from attending.core.work import Step

INFERENCE = "inference"
RELEASE = "release"

_QUEUES = {
    Step.LISTEN: INFERENCE,
    Step.TEND: INFERENCE,
    Step.DECODE: INFERENCE,
    Step.INFER: INFERENCE,
    Step.PROPOSE: INFERENCE,
    Step.SWEEP: INFERENCE,
    Step.RELEASE: RELEASE,
    Step.NOTIFY: RELEASE,
}


def queue_of(step: Step) -> str:
    return _QUEUES[step]
