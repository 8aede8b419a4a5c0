"""Infer: a pinned model drafts from the rendition of a source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from attending.core.case import CaseState
from attending.core.draft import Draft
from attending.core.errors import EngineFailed
from attending.core.ids import CaseId, RunId, fresh
from attending.core.line import Drafted, Line
from attending.core.ports import Unit
from attending.core.work import CaseHead, Job, Run, Step
from attending.loop.decode import STEP as DECODE
from attending.loop.hold import holding
from attending.loop.parts import LoopParts
from attending.loop.stop import put_off, require_running
from attending.privacy import consent, egress

STEP = "infer"


@dataclass(frozen=True)
class Answer:
    """A drafting run's output as it is kept: the model's own words, and what they mean."""

    raw: str
    draft: Draft


answers: TypeAdapter[Answer] = TypeAdapter(Answer)


@dataclass(frozen=True)
class _Task:
    head: CaseHead
    line: Line
    heard: Run
    version: int


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
    engine = task.line.engine
    egress.require_local(engine.egress, engine.model.name)
    started = datetime.now(UTC)
    with parts.telemetry.span("infer", job.tenant, task.head.encounter, case=str(task.head.id)):
        drafted = engine.draft(task.heard.output)
    with parts.storage.transaction(job.tenant, Step.INFER) as unit:
        if unit.cases.head(task.head.id, lock=True).version == task.version:
            _keep(unit, task, drafted, started)


def _take_up(parts: LoopParts, job: Job) -> _Task | None:
    with parts.storage.transaction(job.tenant, Step.INFER) as unit:
        head = unit.cases.head(CaseId(job.subject), lock=True)
        if head.state is not CaseState.DRAFTING:
            return None
        heard = required(unit.intake.run(head.source, DECODE))
        consent.require(unit.people.consents(unit.intake.source(head.source).patient))
        line = parts.line(head.line)
        require_running(unit, head.line, [heard.model, line.engine.model])
        version = unit.cases.advance(head.id, head.version, CaseState.DRAFTING)
        if _answered(unit, head, line):
            unit.enqueue(Job(Step.PROPOSE, unit.tenant, head.id, version))
            return None
        return _Task(head, line, heard, version)


def _answered(unit: Unit, head: CaseHead, line: Line) -> bool:
    run, model = unit.intake.run(head.source, STEP), line.engine.model
    return run is not None and (run.model.name, run.model.version) == (model.name, model.version)


def _keep(unit: Unit, task: _Task, drafted: Drafted, started: datetime) -> None:
    require_running(unit, task.head.line, [task.heard.model, drafted.model])
    answer = Answer(drafted.raw.decode("utf-8", "replace"), drafted.draft.as_proposed())
    run = Run(
        id=RunId(fresh()),
        source=task.head.source,
        model=replace(drafted.model, step=STEP),
        parameters=drafted.parameters,
        input_digest=hashlib.sha256(task.heard.output).hexdigest(),
        output=answers.dump_json(answer),
        started_at=started,
        finished_at=datetime.now(UTC),
    )
    unit.intake.add_run(run)
    unit.enqueue(Job(Step.PROPOSE, unit.tenant, task.head.id, task.version))
    unit.audit("inference", "case.inferred", task.head.id, run=str(run.id))


def required(run: Run | None) -> Run:
    """The run that a step builds on. Raises EngineFailed: a step never ends in silence."""
    if run is None:
        raise EngineFailed("The run that this step builds on is not there.")
    return run
