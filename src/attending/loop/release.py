"""Release: a signed entry is delivered, once. Runs in the releaser alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from attending.core.case import Case, CaseState, ReleaseState
from attending.core.checkpoint import WRITTEN, Checkpoint
from attending.core.entry import (
    Action,
    Signature,
    SignedEntry,
    entry_key,
    verified,
)
from attending.core.errors import AttendingError, Overtaken, ProofRefused
from attending.core.ids import ReleaseId
from attending.core.ports import Checkpoints, Storage, Telemetry, Trust, Unit
from attending.core.record import ClinicalRecord, Written
from attending.core.trust import StatementKind, TargetAddress, Trusted
from attending.core.work import Job, Release, Step
from attending.loop import recover
from attending.loop.hold import holding

_OPEN = (ReleaseState.PENDING, ReleaseState.WRITING)


@dataclass(frozen=True)
class ReleaserParts:
    storage: Storage
    telemetry: Telemetry
    trust: Trust
    checkpoints: Checkpoints
    record: Callable[[TargetAddress], ClinicalRecord]


@dataclass(frozen=True)
class _Delivery:
    release: Release
    version: int
    case: Case
    signature: Signature
    trusted: Trusted
    target: TargetAddress


def release(parts: ReleaserParts, job: Job) -> None:
    """Verify the proof, write, read back, and only then say so.

    Safe to repeat at any point: the record's resource is keyed by signature and
    target, and the release's version fences out a worker that was overtaken. A write that
    was on its way when its worker was paused cannot be called back: once a release was given
    up, the record is looked at again, and a note that stands there is a person's to retract.
    """
    # First of all, so that the signature is covered even if it is refused, or the record away.
    witness = parts.checkpoints.record(job.tenant)
    delivery = _take_up(parts, job)
    if delivery is None:
        _look(parts, job)
        return
    with holding(delivery.version):
        _work(parts, job, delivery, witness)


def _work(parts: ReleaserParts, job: Job, delivery: _Delivery, witness: Checkpoint) -> None:
    span = parts.telemetry.span(
        "release", job.tenant, delivery.case.encounter, release=str(delivery.release.id)
    )
    with span:
        try:
            written = _deliver(parts, job, delivery, witness)
            standing = parts.checkpoints.opened(written.witness)
        except Overtaken:
            _have_it_looked_at(parts, job, delivery)
            return
        except AttendingError as error:
            _have_it_looked_at(parts, job, delivery)
            error.context["untouched"] = _untouched(parts, delivery)
            raise
    _complete(parts, job, delivery, written, standing)


def _deliver(parts: ReleaserParts, job: Job, delivery: _Delivery, witness: Checkpoint) -> Written:
    trusted = delivery.trusted
    entry = verified(delivery.case, delivery.signature, trusted, parts.trust.prover(trusted))
    _require_action(delivery, entry)
    fence = partial(_require_ours, parts, job, delivery)
    return parts.record(delivery.target).deliver(entry, fence, witness.line())


def _require_ours(parts: ReleaserParts, job: Job, delivery: _Delivery) -> None:
    """Asked before each write: who was paused and wakes late must not write any more.

    Meanwhile the release may have been given up and the case signed anew. Raises Overtaken.
    """
    with parts.storage.transaction(job.tenant, Step.RELEASE) as unit:
        now = unit.signing.release(delivery.release.id)
    if now.version != delivery.version:
        raise Overtaken(
            "The release went on without this worker.",
            release=now.id,
            state=now.state,
            version=now.version,
        )


def _have_it_looked_at(parts: ReleaserParts, job: Job, delivery: _Delivery) -> None:
    """If the release was given up under our hands: a write of ours may have got through."""
    with parts.storage.transaction(job.tenant, Step.RELEASE) as unit:
        _look_if_given_up(unit, unit.signing.release(delivery.release.id), delivery)


def _look_if_given_up(unit: Unit, now: Release, delivery: _Delivery) -> None:
    if now.state is ReleaseState.FAILED and now.version != delivery.version:
        unit.enqueue(Job(Step.RELEASE, unit.tenant, now.id, now.version))


def _look(parts: ReleaserParts, job: Job) -> None:
    """Whether the note of a release that was given up came to stand; a person is told."""
    with parts.storage.transaction(job.tenant, Step.RELEASE) as unit:
        wanted = unit.signing.release(ReleaseId(job.subject))
        if wanted.state is not ReleaseState.FAILED:
            return
        target = parts.trust.standing(unit).target(wanted.target)
    if parts.record(target).in_force(entry_key(wanted.signature, wanted.target)):
        with parts.storage.transaction(job.tenant, Step.RELEASE) as unit:
            recover.own_up(unit, job)


def _untouched(parts: ReleaserParts, delivery: _Delivery) -> bool:
    """Whether the record surely holds nothing of this release; False if nobody can say.

    Only then may its case be reviewed and signed anew: else two notes could stand.
    """
    if delivery.release.action is Action.RETRACT:  # it writes nothing of its own at first
        return False
    try:
        key = entry_key(delivery.signature.id, delivery.target.id)
        return not parts.record(delivery.target).stands(key)
    except AttendingError:
        return False


def _take_up(parts: ReleaserParts, job: Job) -> _Delivery | None:
    with parts.storage.transaction(job.tenant, Step.RELEASE) as unit:
        wanted = unit.signing.release(ReleaseId(job.subject), lock=True)
        if wanted.state not in _OPEN:
            return None
        trusted = parts.trust.standing(unit)
        signature = unit.signing.signature(wanted.signature)
        version = wanted.version
        # Else the database's rules would stop it here, and they know no reason.
        if trusted.names(StatementKind.PRINCIPAL, signature.by):
            version = unit.signing.advance_release(wanted.id, version, ReleaseState.WRITING)
        return _Delivery(
            release=wanted,
            version=version,
            case=unit.cases.case(wanted.case),
            signature=signature,
            trusted=trusted,
            target=trusted.target(wanted.target),
        )


def _require_action(delivery: _Delivery, entry: SignedEntry) -> None:
    """The row's action decides the case's next state: it must be the one that was signed."""
    if delivery.release.action is not entry.payload.action:
        raise ProofRefused("The signature does not hold: another action was signed.")


def _complete(
    parts: ReleaserParts, job: Job, delivery: _Delivery, written: Written, witness: Checkpoint
) -> None:
    with parts.storage.transaction(job.tenant, Step.RELEASE) as unit:
        now = unit.signing.release(delivery.release.id, lock=True)
        if now.version != delivery.version:
            _look_if_given_up(unit, now, delivery)
            return
        unit.signing.complete_release(now, now.version, written.reference, written.resource)
        head = unit.cases.head(now.case, lock=True)
        state = CaseState.RETRACTED if now.action is Action.RETRACT else CaseState.RELEASED
        if head.state is CaseState.SIGNED:
            version = unit.cases.advance(head.id, head.version, state)
            unit.enqueue(Job(Step.NOTIFY, unit.tenant, head.id, version))
        unit.audit(
            "releaser",
            WRITTEN,
            now.id,
            reference=written.reference,
            digest=now.digest,
            checkpoint=witness.size,
        )
