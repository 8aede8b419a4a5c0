"""Stop: a line or a model makes no new draft from now on; what is in review stays there.

Every step of the loop asks before it begins and again in the transaction that would keep
its result; the database asks once more when that commits. A step that meets a pause
changes nothing: its case says that it waits, and goes on by itself after the resumption.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from attending.core.case import CaseState
from attending.core.errors import Conflict, InvalidInput, NotFound, Paused
from attending.core.identity import Principal, Proof
from attending.core.ids import CaseId, PauseId, SourceId, fresh
from attending.core.line import Line
from attending.core.pause import (
    ANY,
    Model,
    Pause,
    Resumption,
    Stop,
    StopScope,
    digest,
    resumed,
)
from attending.core.ports import Storage, Trust, Unit
from attending.core.work import CaseHead, Job, Step
from attending.loop.sign import PREPARED_FOR

# A step that was put off also asks again by itself: a paused model may have been replaced
# by another version, which nobody resumes.
LOOK_AGAIN = timedelta(minutes=10)


def require_running(unit: Unit, line: str, models: Iterable[Model | None]) -> None:
    """Raises Paused if the line, or one of these models, is stopped here or everywhere."""
    used = tuple(model for model in models if model is not None)
    for standing in unit.pauses.standing():
        if standing.stop.holds(line, used):
            raise Paused("The line, or a model, is paused.", pause=standing.id)


@contextmanager
def put_off(storage: Storage, job: Job) -> Iterator[None]:
    """Around a step: what a pause holds up waits for its end, and costs no try."""
    try:
        yield
    except Paused as held:
        with storage.transaction(job.tenant, job.step) as unit:
            _put_off(unit, job, PauseId(UUID(held.pause)))


def _put_off(unit: Unit, job: Job, pause: PauseId) -> None:
    if not unit.pauses.stands(pause):
        unit.enqueue(job)
        return
    case = _case_of(unit, job)
    head = unit.cases.head(case, lock=True)
    if head.state is not CaseState.DRAFTING:
        return
    unit.enqueue(_resumed(unit, head, job), LOOK_AGAIN)
    if head.reason != Paused.code:
        unit.cases.advance(head.id, head.version, CaseState.DRAFTING, Paused.code)
        unit.audit("inference", "case.put_off", head.id, pause=str(pause))


def _case_of(unit: Unit, job: Job) -> CaseId:
    if job.step is Step.DECODE:
        return unit.cases.head_by_source(SourceId(job.subject)).id
    return CaseId(job.subject)


def _resumed(unit: Unit, head: CaseHead, job: Job) -> Job:
    """From the beginning of what is left: a model that was replaced answers anew."""
    if job.step is Step.DECODE:
        return job
    return Job(Step.INFER, unit.tenant, head.id, head.version)


def taken_up(unit: Unit, case: CaseHead) -> None:
    """A case that waited says so no longer."""
    if case.reason == Paused.code:
        unit.cases.advance(case.id, case.version, CaseState.DRAFTING)


def wake(unit: Unit) -> int:
    """Put everything that waits back to work; how many. What is still stopped waits on."""
    waiting = unit.pauses.waiting()
    for each in waiting:
        step, subject = (Step.DECODE, each.source) if each.source else (Step.INFER, each.case.id)
        unit.enqueue(Job(step, unit.tenant, subject, each.case.version))
    return len(waiting)


@dataclass(frozen=True)
class Known:
    """What may be stopped: lines by name and title, and models by name and version."""

    lines: Mapping[str, str]
    models: tuple[tuple[str, str], ...]


def known(unit: Unit, lines: Mapping[str, Line]) -> Known:
    installed = {
        (model.name, model.version)
        for line in lines.values()
        for model in (*(engine.model for engine in line.engines), line.decoder)
        if model is not None
    }
    models = tuple(sorted(installed | set(unit.pauses.models())))
    return Known({line.name: line.title for line in lines.values()}, models)


def pause(unit: Unit, lines: Mapping[str, Line], stop: Stop, reason: str, by: Principal) -> Pause:
    """From the commit on nothing new appears. Raises InvalidInput for what is not known:

    a name that is misspelt would only seem to stop something.
    """
    require_stoppable(unit, lines, stop, reason)
    made = PauseId(fresh())
    unit.pauses.pause(made, stop, reason, by.id)
    return _standing(unit, made)


def require_stoppable(unit: Unit, lines: Mapping[str, Line], stop: Stop, reason: str) -> None:
    """Raises InvalidInput without a reason, or for what is not known here."""
    if not reason.strip():
        raise InvalidInput("A pause needs a reason.")
    _require_known(known(unit, lines), stop)


def _require_known(what: Known, stop: Stop) -> None:
    if stop.scope is StopScope.LINE:
        if stop.name not in what.lines or stop.version != ANY:
            raise InvalidInput("This installation has no such line.", lines=sorted(what.lines))
        return
    versions = {version for name, version in what.models if name == stop.name}
    if not versions or stop.version not in {ANY, *versions}:
        raise InvalidInput(
            "No such model is known here.",
            remedy="Choose one of those that GET /v1/stops names, or stop the line.",
        )


def _standing(unit: Unit, pause: PauseId) -> Pause:
    for standing in unit.pauses.pauses():
        if standing.id == pause:
            return standing
    raise NotFound("Nothing is paused by this.")


def prepare_resumption(
    unit: Unit, pause: PauseId, by: Principal, prepared_at: datetime | None = None
) -> Resumption:
    """What a safety officer signs to let a pause go; its digest is the nonce of the proof.

    Raises NotFound for a pause that does not stand, Conflict for one of every clinic, which
    an administrator alone lets go.
    """
    standing = _standing(unit, pause)
    if standing.by is None:
        raise Conflict(
            "An administrator paused this for every clinic.",
            remedy="Ask the administrator to resume it.",
        )
    now = datetime.now(UTC)
    at = prepared_at or now
    if not timedelta(0) <= now - at <= PREPARED_FOR:
        raise Conflict(
            "The resumption was prepared too long ago.", remedy="Prepare it again, read it, sign."
        )
    return Resumption(
        tenant=str(unit.tenant),
        pause=str(standing.id),
        scope=str(standing.stop.scope),
        name=standing.stop.name,
        version=standing.stop.version,
        reason=standing.reason,
        paused_by=str(standing.by),
        paused_at=standing.at.astimezone(UTC).isoformat(),
        officer=str(by.id),
        issuer=by.issuer,
        subject=by.subject,
        officer_name=by.name,
        prepared_at=at.astimezone(UTC).isoformat(),
    )


@dataclass(frozen=True)
class ResumeRequest:
    """A resumption as it was prepared, and the proof that the officer signed it."""

    pause: PauseId
    prepared_at: datetime
    digest: str
    proof: Proof


def resume(unit: Unit, request: ResumeRequest, by: Principal, trust: Trust) -> Pause:
    """Let a pause go, and put to work what it had held up, in one transaction.

    Raises NotFound, Conflict if it is not what was signed, ProofRefused, Untrusted.
    """
    if not unit.pauses.stands(request.pause):
        raise NotFound("Nothing is paused by this.")
    standing = _standing(unit, request.pause)
    prepared = prepare_resumption(unit, request.pause, by, request.prepared_at)
    if digest(prepared) != request.digest:
        raise Conflict("The resumption is not the one that you signed.")
    trusted = trust.standing(unit)
    officer, prover = trusted.principal(by.id), trust.prover(trusted)
    signed = resumed(prepared, request.proof, officer, prover, datetime.now(UTC))
    wake(unit)
    unit.pauses.resume(standing, signed, by.id)
    return standing
