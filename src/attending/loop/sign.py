"""Sign: exactly what will be written is shown, proven by the signer, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from attending.core.case import (
    Case,
    CaseState,
    ReleaseState,
    check_signable,
    require_state,
    require_version,
    retained,
)
from attending.core.characters import unseen
from attending.core.entry import (
    MEANING,
    MEANING_RETRACT,
    Action,
    Content,
    EntryPayload,
    Model,
    Signature,
    SignedDecision,
    Signer,
    digest,
    signature_id,
    verified,
)
from attending.core.errors import Conflict, InvalidInput
from attending.core.identity import Principal, Proof
from attending.core.ids import CaseId, ReleaseId, derived
from attending.core.line import Line
from attending.core.ports import Trust, Unit
from attending.core.trust import TargetAddress
from attending.core.work import Job, Release, Step

PREPARED_FOR = timedelta(minutes=15)  # how long a prepared entry may wait for its signature


@dataclass(frozen=True)
class Request:
    """What the clinician wants to sign, as it was prepared."""

    case: CaseId
    version: int
    retract: bool = False
    prepared_at: datetime | None = None  # given back with the signature


def prepare(unit: Unit, lines: Mapping[str, Line], request: Request, by: Principal) -> EntryPayload:
    """The entry as it would be written. Its digest is the nonce of the proof."""
    case = unit.cases.case(request.case)
    require_version(case, request.version)
    return _payload(unit, lines, case, request, by)


def sign(
    unit: Unit,
    lines: Mapping[str, Line],
    request: Request,
    signed_digest: str,
    proof: Proof,
    by: Principal,
    trust: Trust,
) -> Signature:
    """Keep the signature and put the release into the outbox, in one transaction.

    Raises Conflict if the entry is no longer the one that was signed, ProofRefused,
    CountWentBack, Untrusted, NotSeen. The releaser verifies all of it again by itself.
    """
    case = unit.cases.case(request.case, lock=True)
    require_version(case, request.version)
    payload = _payload(unit, lines, case, request, by)
    if digest(payload) != signed_digest:
        raise Conflict(
            "The entry is not the one that you signed.", state=case.state, version=case.version
        )
    signature = Signature(
        id=signature_id(payload),
        payload=payload,
        digest=signed_digest,
        by=by.id,
        proof=proof,
        signed_at=datetime.now(UTC),
    )
    trusted = trust.standing(unit)
    proven = verified(case, signature, trusted, trust.prover(trusted)).proven
    if proven.passkey:
        unit.passkeys.use(proven.passkey, by.id, proven.count)
    unit.signing.add_signature(case, case.version, signature)
    unit.cases.advance(case.id, case.version, CaseState.SIGNED)
    release = ReleaseId(derived(unit.tenant, signature.id, payload.target.id))
    unit.signing.add_release(release, signature, case.id)
    unit.enqueue(Job(Step.RELEASE, unit.tenant, release, 1))
    unit.audit(
        str(by.id),
        f"case.signed.{payload.action}",
        case.id,
        digest=signed_digest,
        signature=str(signature.id),
        proof=proof.kind,
    )
    return signature


def _payload(
    unit: Unit, lines: Mapping[str, Line], case: Case, request: Request, by: Principal
) -> EntryPayload:
    standing = _standing(unit, case)
    if request.retract:
        require_state(case, CaseState.RELEASED)
    else:
        check_signable(case, by.id)
    encounter = unit.people.encounter(case.encounter)
    patient = unit.people.patient(case.patient)
    target = unit.people.target(encounter.target)
    tenant = unit.people.tenant()
    sections = retained(case)
    if not any(section.statements for section in sections):
        raise InvalidInput(
            "Nothing would be written: every section is empty or rejected.",
            remedy="Reject the case instead, or edit a section.",
        )
    content = lines[case.line].render(case.proposal().title, sections)
    if not request.retract:
        _require_seen(content)
    return EntryPayload(
        action=_action(request, standing),
        tenant=str(unit.tenant),
        patient_id=str(patient.id),
        patient=patient.identity,
        encounter_id=str(encounter.id),
        encounter=encounter.reference,
        case=str(case.id),
        version=case.version,
        line=case.line,
        decisions=_decisions(case),
        target=TargetAddress(str(target.id), target.kind, target.address),
        signer=Signer(str(by.id), by.issuer, by.subject, by.name),
        models=tuple(Model(m.step, m.name, m.version) for m in case.models),
        content=content,
        labels=("AIAST", "HTEST") if tenant.demo else ("AIAST",),
        meaning=MEANING_RETRACT if request.retract else MEANING,
        prepared_at=_prepared_at(request).isoformat(),
        replaces=standing.reference if standing else "",
    )


def _require_seen(content: Content) -> None:
    """What is signed is what was read: whatever a line renders, nothing in it is hidden."""
    hidden = unseen(f"{content.title}{content.text}{content.html}")
    if hidden:
        raise InvalidInput(
            f"The entry holds characters that cannot be seen: {', '.join(hidden[:5])}.",
            remedy="Edit the section that holds them: saving it takes them away.",
        )


def _standing(unit: Unit, case: Case) -> Release | None:
    """The last release of the case that stands in the record."""
    written = [r for r in unit.signing.releases(case.id) if r.state is ReleaseState.WRITTEN]
    return written[-1] if written else None


def _action(request: Request, standing: Release | None) -> Action:
    if request.retract:
        return Action.RETRACT
    return Action.AMEND if standing else Action.WRITE


def _decisions(case: Case) -> tuple[SignedDecision, ...]:
    made = [(s.key, case.decision(s.key)) for s in case.proposal().sections]
    return tuple(
        SignedDecision(key, str(d.kind), d.revision, d.reason, str(d.by))
        for key, d in made
        if d is not None
    )


def _prepared_at(request: Request) -> datetime:
    now = datetime.now(UTC)
    if request.prepared_at is None:
        return now
    if not timedelta(0) <= now - request.prepared_at <= PREPARED_FOR:
        raise Conflict(
            "The entry was prepared too long ago.", remedy="Prepare it again, read it, sign."
        )
    return request.prepared_at
