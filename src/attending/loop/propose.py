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


def propose(parts: LoopParts, job: Job) -> None:
    """One draft per run, one per case; fenced by the case's version."""
    with parts.storage.transaction(job.tenant, Step.PROPOSE) as unit:
        head = unit.cases.head(CaseId(job.subject))
        if head.state is not CaseState.DRAFTING:
            return
        heard = required(unit.intake.run(head.source, DECODE))
        answered = required(unit.intake.run(head.source, INFER))
    draft = answers.validate_json(answered.output).draft
    with parts.telemetry.span("guard", job.tenant, head.encounter, case=str(head.id)):
        found = guard(parts.line(head.line).checks, heard.output, draft)
    with parts.storage.transaction(job.tenant, Step.PROPOSE) as unit:
        now = unit.cases.head(head.id, lock=True)
        if now.state is not CaseState.DRAFTING or now.version != head.version:
            return
        patient = unit.people.encounter(now.encounter).patient
        unit.cases.propose(now.id, patient, answered.id, draft, found)
        version = unit.cases.advance(now.id, now.version, CaseState.IN_REVIEW)
        unit.enqueue(Job(Step.NOTIFY, unit.tenant, now.id, version))
        unit.audit("inference", "case.proposed", now.id, run=str(answered.id), findings=len(found))
