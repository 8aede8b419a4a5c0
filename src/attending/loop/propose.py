"""Propose: the guarded draft is put before a clinician."""

from __future__ import annotations

from attending.core.case import CaseState
from attending.core.ids import CaseId
from attending.core.work import Job, Step
from attending.loop.decode import STEP as DECODE
from attending.loop.guard import guard
from attending.loop.infer import STEP as INFER
from attending.loop.infer import answers, required
from attending.loop.parts import LoopParts
from attending.loop.stop import put_off, require_running


def propose(parts: LoopParts, job: Job) -> None:
    """One draft per run, one per case; fenced by the case's version."""
    with put_off(parts.storage, job):
        _propose(parts, job)


def _propose(parts: LoopParts, job: Job) -> None:
    with parts.storage.transaction(job.tenant, Step.PROPOSE) as unit:
        head = unit.cases.head(CaseId(job.subject))
        if head.state is not CaseState.DRAFTING:
            return
        heard = required(unit.intake.run(head.source, DECODE))
        answered = required(unit.intake.run(head.source, INFER))
        require_running(unit, head.line, [heard.model, answered.model])
    draft = answers.validate_json(answered.output).draft
    with parts.telemetry.span("guard", job.tenant, head.encounter, case=str(head.id)):
        found = guard(parts.line(head.line).checks, heard.output, draft)
    with parts.storage.transaction(job.tenant, Step.PROPOSE) as unit:
        now = unit.cases.head(head.id, lock=True)
        if now.state is not CaseState.DRAFTING or now.version != head.version:
            return
        require_running(unit, now.line, [heard.model, answered.model])
        patient = unit.people.encounter(now.encounter).patient
        unit.cases.propose(now.id, patient, answered.id, draft, found)
        version = unit.cases.advance(now.id, now.version, CaseState.IN_REVIEW)
        unit.enqueue(Job(Step.NOTIFY, unit.tenant, now.id, version))
        unit.audit("inference", "case.proposed", now.id, run=str(answered.id), findings=len(found))
