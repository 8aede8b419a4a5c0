"""What could not be done goes to a person, who tries again or reopens the case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attending.core.capture import CaptureState
from attending.core.case import CaseState, ReleaseState, SourceState
from attending.core.errors import (
    AttendingError,
    CaptureAbandoned,
    Conflict,
    InvalidInput,
    RecordSuperseded,
)
from attending.core.identity import ROLE_SCOPES, Principal, Scope
from attending.core.ids import (
    CaptureId,
    CaseId,
    EncounterId,
    FailureId,
    PrincipalId,
    ReleaseId,
    SourceId,
    fresh,
)
from attending.core.ports import Storage, Unit
from attending.core.work import CaseHead, Failure, Handover, Job, Release, Step
from attending.loop.hold import lost

# After a release was given up as untouched: a record system may do late what it was asked.
LOOK_AGAIN = timedelta(minutes=5)
SWEEP_AGAIN = timedelta(days=1)
OVER = "The tries are used up. Find the cause by its code (docs/operations/failures.md), then try again."


def give_up(storage: Storage, job: Job, error: AttendingError) -> None:
    """Record the failure of a job in every state that it touches; nothing is dropped.

    A failure at a version that is gone changes nothing: another has the work in hand.
    """
    if job.step is Step.NOTIFY:
        storage.note(job.tenant, "releaser", "notice.failed", job.subject, code=error.code)
        return
    with storage.transaction(job.tenant, job.step) as unit:
        match job.step:
            case Step.DECODE:
                _fail_source(unit, job, error)
            case Step.INFER | Step.PROPOSE:
                head = unit.cases.head(CaseId(job.subject), lock=True)
                if head.state is CaseState.DRAFTING and not lost(error, head.version):
                    _fail_case(unit, head, error)
                    _add(unit, "case", job, head.encounter, error)
            case Step.RELEASE:
                _fail_release(unit, job, error)
            case Step.LISTEN:  # what was not heard meanwhile is heard at the end
                unit.audit("inference", "capture.not_heard", job.subject, code=error.code)
            case Step.TEND:
                _leave_to_a_person(unit, job, error)
            case Step.SWEEP:
                unit.enqueue(job, SWEEP_AGAIN)
                unit.audit("inference", "blob.not_swept", job.subject, code=error.code)


def _leave_to_a_person(unit: Unit, job: Job, error: AttendingError) -> None:
    """A recording that nobody ended. Of any other failure it is looked after again."""
    capture = unit.captures.get(CaptureId(job.subject), lock=True)
    if not isinstance(error, CaptureAbandoned):
        unit.enqueue(job, SWEEP_AGAIN)
        unit.audit("inference", "capture.not_tended", capture.id, code=error.code)
    elif capture.state is CaptureState.RECORDING:
        unit.captures.advance(capture.id, capture.version, CaptureState.ABANDONED)
        _add(unit, "capture", job, capture.encounter, error)


def _fail_source(unit: Unit, job: Job, error: AttendingError) -> None:
    source = SourceId(job.subject)
    now = unit.intake.progress(source, lock=True)
    if now.state not in (SourceState.RECEIVED, SourceState.TRANSCRIBING) or lost(
        error, now.version
    ):
        return
    unit.intake.advance_source(source, now.version, SourceState.FAILED, error.code)
    head = unit.cases.head_by_source(source)
    _fail_case(unit, head, error)
    _add(unit, "source", job, head.encounter, error)


def _fail_release(unit: Unit, job: Job, error: AttendingError) -> None:
    wanted = unit.signing.release(ReleaseId(job.subject), lock=True)
    if wanted.state is ReleaseState.WRITTEN or lost(error, wanted.version):
        return
    if wanted.state is not ReleaseState.FAILED:
        _give_up_release(unit, wanted, error)
    _add(unit, "release", job, wanted.encounter, error)


def _give_up_release(unit: Unit, wanted: Release, error: AttendingError) -> None:
    untouched = error.context.get("untouched") is True
    version = unit.signing.give_up_release(
        wanted.id, wanted.version, error.code, untouched=untouched
    )
    if untouched:
        unit.enqueue(Job(Step.RELEASE, unit.tenant, wanted.id, version), LOOK_AGAIN)
    head = unit.cases.head(wanted.case, lock=True)
    if head.state is CaseState.SIGNED:
        _fail_case(unit, head, error)


def own_up(unit: Unit, job: Job) -> None:
    """A release that was given up stands in the record after all. A person retracts it there,

    unless its case still waits for it: then whoever tries it again finds it written.
    """
    wanted = unit.signing.release(ReleaseId(job.subject), lock=True)
    if wanted.state is not ReleaseState.FAILED:
        return
    error = RecordSuperseded("A note that was given up stands in the record.", release=wanted.id)
    if wanted.untouched:
        unit.signing.give_up_release(wanted.id, wanted.version, error.code, untouched=False)
    _add(unit, "release", job, wanted.encounter, error)


def _fail_case(unit: Unit, head: CaseHead, error: AttendingError) -> None:
    version = unit.cases.advance(head.id, head.version, CaseState.FAILED, error.code)
    unit.enqueue(Job(Step.NOTIFY, unit.tenant, head.id, version))


def _add(unit: Unit, subject: str, job: Job, encounter: EncounterId, error: AttendingError) -> None:
    failure = Failure(
        id=FailureId(fresh()),
        encounter=encounter,
        subject=subject,
        subject_id=job.subject,
        step=job.step,
        code=error.code,
        explanation=_explain(error),
        state="open",
        resolution="",
        owner=None,
        opened_at=datetime.now(UTC),
    )
    unit.failures.add(failure)
    unit.audit(job.step, "failure.opened", job.subject, code=error.code)


def _explain(error: AttendingError) -> str:
    """In lines: what happened, a record system's words if there are any, what to do."""
    said = str(error.context.get("said", ""))
    kind = type(error)
    # That it is tried again by itself is no longer so.
    is_over = kind.transient and error.remedy == kind.remedy
    return "\n".join(
        part for part in (error.message, said, OVER if is_over else error.remedy) if part
    )


def take(unit: Unit, failure_id: FailureId, by: Principal) -> None:
    """Say that it is mine. Raises Conflict if somebody has dealt with it."""
    _require_open(unit, failure_id)
    unit.failures.take(failure_id, by.id)
    unit.audit(str(by.id), "failure.taken", failure_id)


def may_own(person: Principal) -> bool:
    """Whether failures may be given to this person."""
    return any(Scope.FAILURES in ROLE_SCOPES[role] for role in person.roles)


def hand_over(unit: Unit, failure_id: FailureId, to: PrincipalId, note: str, by: Principal) -> None:
    """Give it to somebody else, and say why; the note stays with it.

    Raises Conflict if somebody has dealt with it, NotFound, and InvalidInput without a note,
    or for a person who could do nothing with it.
    """
    if not note.strip():
        raise InvalidInput("A hand-over needs a note.", remedy="Say what is to be done.")
    _require_open(unit, failure_id)
    if not may_own(unit.people.principal_by_id(to)):
        raise InvalidInput(
            "This person may not work on failures.", remedy="Choose one of those that are listed."
        )
    unit.failures.hand_over(failure_id, Handover(by.id, to, note, datetime.now(UTC)))
    unit.audit(str(by.id), "failure.handed_over", failure_id, to=str(to))


def _require_open(unit: Unit, failure_id: FailureId) -> None:
    if unit.failures.get(failure_id).state != "open":
        raise Conflict("Somebody has dealt with this failure already.", state="closed")


def retry(unit: Unit, failure_id: FailureId, by: Principal) -> None:
    """Put the work back where it stopped. Raises Conflict if it moved on meanwhile."""
    failure = unit.failures.get(failure_id)
    if failure.subject == "capture":
        raise Conflict("The recording was not ended.", remedy=CaptureAbandoned.remedy)
    unit.failures.close(failure_id, "retried", by.id)
    match failure.subject:
        case "source":
            _retry_source(unit, SourceId(failure.subject_id))
        case "case":
            head = unit.cases.head(CaseId(failure.subject_id), lock=True)
            version = unit.cases.advance(head.id, head.version, CaseState.DRAFTING, "retried")
            unit.enqueue(Job(Step.INFER, unit.tenant, head.id, version))
        case _:
            _retry_release(unit, ReleaseId(failure.subject_id))
    unit.audit(str(by.id), "failure.retried", failure.id)


def _retry_source(unit: Unit, source: SourceId) -> None:
    now = unit.intake.progress(source, lock=True)
    version = unit.intake.advance_source(source, now.version, SourceState.RECEIVED, "retried")
    head = unit.cases.head_by_source(source)
    unit.cases.advance(head.id, head.version, CaseState.DRAFTING, "retried")
    unit.enqueue(Job(Step.DECODE, unit.tenant, source, version))


def _retry_release(unit: Unit, release: ReleaseId) -> None:
    wanted = unit.signing.release(release, lock=True)
    if not _awaited(unit, wanted):
        unit.enqueue(Job(Step.RELEASE, unit.tenant, release, wanted.version))
        return
    version = unit.signing.advance_release(
        wanted.id, wanted.version, ReleaseState.PENDING, "retried"
    )
    head = unit.cases.head(wanted.case, lock=True)
    unit.cases.advance(head.id, head.version, CaseState.SIGNED, "retried")
    unit.enqueue(Job(Step.RELEASE, unit.tenant, release, version))


def _awaited(unit: Unit, wanted: Release) -> bool:
    """Whether its case still waits for it. Else the record is only looked at again."""
    failed = unit.cases.head(wanted.case, lock=True).state is CaseState.FAILED
    return failed and unit.signing.releases(wanted.case)[-1].id == wanted.id


def reopen_failed(unit: Unit, failure_id: FailureId, by: Principal) -> CaseHead:
    """Give up a release and put its case back into review, to be signed anew."""
    failure = unit.failures.get(failure_id)
    if failure.subject != "release":
        raise Conflict("Only a release that failed can be put back into review.")
    wanted = unit.signing.release(ReleaseId(failure.subject_id), lock=True)
    if not wanted.untouched:
        raise Conflict(
            "Something of this release may stand in the record.",
            remedy="Retry it. When it is written, amend or retract it.",
        )
    unit.failures.close(failure_id, "reopened", by.id)
    head = unit.cases.head(wanted.case, lock=True)
    unit.cases.advance(head.id, head.version, CaseState.IN_REVIEW, "reopened")
    unit.audit(str(by.id), "failure.reopened", failure.id)
    return unit.cases.head(head.id)
