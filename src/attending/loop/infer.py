"""Infer: a pinned model drafts from the rendition of a source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from attending.core.case import CaseState, ModelUse
from attending.core.errors import EngineFailed
from attending.core.ids import CaseId, RunId, fresh
from attending.core.line import INSTEAD_OF, Drafted
from attending.core.ports import Cipher, Unit
from attending.core.work import CaseHead, Job, Run, Step
from attending.loop.answer import kept
from attending.loop.answering import Chosen, choose
from attending.loop.beside import run_beside
from attending.loop.decode import STEP as DECODE
from attending.loop.hold import holding
from attending.loop.parts import LoopParts
from attending.loop.stop import put_off, require_running
from attending.privacy import consent, egress

STEP = "infer"


@dataclass(frozen=True)
class _Task:
    """cipher: the patient's, for what runs beside; None if nothing does."""

    head: CaseHead
    heard: Run
    version: int
    chosen: Chosen
    cipher: Cipher | None


def infer(parts: LoopParts, job: Job) -> None:
    """Once per case and model version; fenced by the case's version like ``decode``."""
    with put_off(parts.storage, job):
        _infer(parts, job)


def _infer(parts: LoopParts, job: Job) -> None:
    task = _take_up(parts, job)
    if task is None:
        return
    with holding(task.version):
        _work(parts, job, task)


def _work(parts: LoopParts, job: Job, task: _Task) -> None:
    engine = task.chosen.engine
    egress.require_local(engine.egress, engine.model.name)
    started = datetime.now(UTC)
    with parts.telemetry.span("infer", job.tenant, task.head.encounter, case=str(task.head.id)):
        drafted = engine.draft(task.heard.output)
    with parts.storage.transaction(job.tenant, Step.INFER) as unit:
        if unit.cases.head(task.head.id, lock=True).version != task.version:
            return
        _keep(unit, task, drafted, started)
    if task.cipher is not None:
        for each in task.chosen.beside:
            run_beside(parts, job, task.head, task.heard, each, task.cipher)


def _take_up(parts: LoopParts, job: Job) -> _Task | None:
    with parts.storage.transaction(job.tenant, Step.INFER) as unit:
        head = unit.cases.head(CaseId(job.subject), lock=True)
        if head.state is not CaseState.DRAFTING:
            return None
        heard = required(unit.intake.run(head.source, DECODE))
        patient = unit.intake.source(head.source).patient
        consent.require(unit.people.consents(patient))
        chosen = choose(unit, parts.line(head.line), head.encounter, parts.promotions)
        require_running(unit, head.line, [heard.model, chosen.engine.model])
        version = unit.cases.advance(head.id, head.version, CaseState.DRAFTING)
        if _answered(unit, head, chosen.engine.model):
            unit.enqueue(Job(Step.PROPOSE, unit.tenant, head.id, version))
            return None
        return _Task(head, heard, version, chosen, unit.cipher(patient) if chosen.beside else None)


def _answered(unit: Unit, head: CaseHead, model: ModelUse) -> bool:
    """Whether it answered already; or another did in its place, because its answer was no use."""
    run = unit.intake.run(head.source, STEP)
    if run is None:
        return False
    own = (run.model.name, run.model.version) == (model.name, model.version)
    return own or run.parameters.get(INSTEAD_OF) == f"{model.name} {model.version}"


def _keep(unit: Unit, task: _Task, drafted: Drafted, started: datetime) -> None:
    require_running(unit, task.head.line, [task.heard.model, drafted.model])
    run = Run(
        id=RunId(fresh()),
        source=task.head.source,
        model=replace(drafted.model, step=STEP),
        parameters={**drafted.parameters, **task.chosen.parameters},
        input_digest=hashlib.sha256(task.heard.output).hexdigest(),
        output=kept(drafted),
        started_at=started,
        finished_at=datetime.now(UTC),
    )
    unit.intake.add_run(run)
    unit.enqueue(Job(Step.PROPOSE, unit.tenant, task.head.id, task.version))
    unit.audit("inference", "case.inferred", task.head.id, run=str(run.id))
    for over in task.chosen.passed_over:
        unit.audit(
            "inference", "model.passed_over", task.head.id, model=str(over.version), why=over.why
        )


def required(run: Run | None) -> Run:
    """The run that a step builds on. Raises EngineFailed: a step never ends in silence."""
    if run is None:
        raise EngineFailed("The run that this step builds on is not there.")
    return run
