"""Beside: a shadow or a challenger answers what was answered already; nobody is shown it.

It runs after the draft is on its way, in the same job, since the patient's key goes with
that. What it answers is kept as a run, and compared later (`attending model pairs`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from attending.core.errors import AttendingError, Unexpected
from attending.core.ids import RunId, fresh
from attending.core.ports import Cipher
from attending.core.work import CaseHead, Job, Run, Step
from attending.loop.answer import kept
from attending.loop.answering import Beside
from attending.loop.parts import LoopParts
from attending.loop.stop import require_running
from attending.privacy import egress

STEP = "beside"  # of its run: no draft is made of one


def run_beside(
    parts: LoopParts, job: Job, head: CaseHead, heard: Run, each: Beside, cipher: Cipher
) -> None:
    """Whatever goes wrong here leaves the draft as it is, and is told by the audit."""
    model = each.engine.model
    try:
        _run(parts, job, head, heard, each, cipher)
    except Exception as error:  # noqa: BLE001 - the draft is made: nothing beside it undoes that
        known = error if isinstance(error, AttendingError) else Unexpected(error)
        parts.storage.note(
            job.tenant,
            "inference",
            "model.failed_beside",
            head.id,
            model=model.name,
            version=model.version,
            code=known.code,
        )


def _run(
    parts: LoopParts, job: Job, head: CaseHead, heard: Run, each: Beside, cipher: Cipher
) -> None:
    engine, started = each.engine, datetime.now(UTC)
    egress.require_local(engine.egress, engine.model.name)
    drafted = engine.draft(heard.output)
    with parts.storage.transaction(job.tenant, Step.INFER) as unit:
        require_running(unit, head.line, [heard.model, drafted.model])
        run = Run(
            id=RunId(fresh()),
            source=head.source,
            model=replace(drafted.model, step=STEP),
            parameters={**drafted.parameters, "rollout": str(each.role)},
            input_digest=hashlib.sha256(heard.output).hexdigest(),
            output=kept(drafted),
            started_at=started,
            finished_at=datetime.now(UTC),
        )
        unit.intake.keep_beside(run, cipher)
