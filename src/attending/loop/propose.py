"""Propose: the guarded draft is put before a clinician."""

from __future__ import annotations

from dataclasses import dataclass

from attending.core.case import CaseState
from attending.core.guarding import Outcome, Terms
from attending.core.ids import CaseId
from attending.core.work import CaseHead, Job, Run, Step
from attending.loop.answer import answers
from attending.loop.decode import STEP as DECODE
from attending.loop.guard import guard
from attending.loop.hold import holding
from attending.loop.infer import STEP as INFER
from attending.loop.infer import required
from attending.loop.parts import LoopParts
from attending.loop.stop import put_off, require_running


def propose(parts: LoopParts, job: Job) -> None:
    """One draft per run, one per case; fenced by the case's version."""
    with put_off(parts.storage, job):
        _propose(parts, job)


@dataclass(frozen=True)
class _Task:
    head: CaseHead
    heard: Run
    answered: Run
    version: int
    terms: Terms  # on which the clinic has the checks work


def _propose(parts: LoopParts, job: Job) -> None:
    task = _take_up(parts, job)
    if task is None:
        return
    with holding(task.version):
        _work(parts, job, task)


def _take_up(parts: LoopParts, job: Job) -> _Task | None:
    with parts.storage.transaction(job.tenant, Step.PROPOSE) as unit:
        head = unit.cases.head(CaseId(job.subject), lock=True)
        if head.state is not CaseState.DRAFTING:
            return None
        heard = required(unit.intake.run(head.source, DECODE))
        answered = required(unit.intake.run(head.source, INFER))
        require_running(unit, head.line, [heard.model, answered.model])
        version = unit.cases.advance(head.id, head.version, CaseState.DRAFTING)
        return _Task(head, heard, answered, version, unit.guards.terms(head.line))


def _work(parts: LoopParts, job: Job, task: _Task) -> None:
    head, heard, answered = task.head, task.heard, task.answered
    answer = answers.validate_json(answered.output)
    draft = answer.draft
    with parts.telemetry.span("guard", job.tenant, head.encounter, case=str(head.id)):
        checks = parts.line(head.line).checks
        guarded = guard(
            checks,
            heard.output,
            draft,
            told=answer.findings,
            terms=task.terms,
            limit=parts.check_limit,
        )
    with parts.storage.transaction(job.tenant, Step.PROPOSE) as unit:
        now = unit.cases.head(head.id, lock=True)
        if now.state is not CaseState.DRAFTING or now.version != task.version:
            return
        require_running(unit, now.line, [heard.model, answered.model])
        patient = unit.people.encounter(now.encounter).patient
        unit.cases.propose(now.id, patient, answered.id, draft, guarded.findings)
        unit.guards.keep(now.id, "", 0, guarded, task.terms)
        version = unit.cases.advance(now.id, now.version, CaseState.IN_REVIEW)
        unit.enqueue(Job(Step.NOTIFY, unit.tenant, now.id, version))
        unit.audit(
            "inference",
            "case.proposed",
            now.id,
            run=str(answered.id),
            findings=len(guarded.findings),
            off=list(guarded.ended(Outcome.OFF)),
            budgets=dict(guarded.budgets),
            unchecked=[*guarded.ended(Outcome.FAILED), *guarded.ended(Outcome.LATE)],
        )
