"""Promote: what a clinician signs, so that a version may answer, and how it is kept.

The gates are asked when it is prepared and again when it is signed; whoever made the
version signs nothing. The process that uses it verifies all of it again (loop/answering.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from attending.assurance.gates import Measured, Policy, failed, gates
from attending.assurance.installed import engine_digest
from attending.assurance.promotion import is_author, verified_promotion
from attending.assurance.rollout import champion
from attending.core.errors import Conflict, Forbidden
from attending.core.identity import Principal, Proof
from attending.core.ids import VersionId, derived
from attending.core.line import Line
from attending.core.ports import Trust, Unit
from attending.core.promotion import (
    Gate,
    NamedEvaluation,
    Promotion,
    SignedPromotion,
    canonical,
    digest,
)
from attending.core.registry import ModelVersion, VersionKind, version_id
from attending.core.rollout import ALL
from attending.loop.sign import PREPARED_FOR


@dataclass(frozen=True)
class Held:
    """A version held against the gates."""

    candidate: Measured
    rivals: tuple[Measured, ...]
    gates: tuple[Gate, ...]

    @property
    def failed(self) -> tuple[Gate, ...]:
        return failed(self.gates)


@dataclass(frozen=True)
class PromotionRequest:
    """A promotion as it was prepared, and the proof that a clinician signed it."""

    version: VersionId
    prepared_at: datetime
    digest: str
    proof: Proof


def hold(unit: Unit, lines: Mapping[str, Line], version: VersionId, policy: Policy) -> Held:
    """Every gate with its outcome. Raises NotFound."""
    candidate = _measured(unit, unit.registry.version(version))
    rivals = tuple(_measured(unit, each) for each in _rivals(unit, lines, candidate.version))
    return Held(candidate, rivals, gates(candidate, rivals, policy))


def _measured(unit: Unit, version: ModelVersion) -> Measured:
    return Measured(version, unit.registry.evaluations(version.id))


def _rivals(
    unit: Unit, lines: Mapping[str, Line], candidate: ModelVersion
) -> tuple[ModelVersion, ...]:
    """Who answers now where the candidate would; else the last of its name before it."""
    known = unit.registry.versions()
    found = {
        each.id: each
        for line in lines.values()
        if _is_of(line, candidate)
        for each in _answering(unit, line, known)
        if each.id != candidate.id
    }
    return tuple(found.values()) or _before(unit, known, candidate)


def _is_of(line: Line, candidate: ModelVersion) -> bool:
    if candidate.kind is VersionKind.CHECKS:
        return False
    offered = {engine.model.name for engine in line.engines}
    return candidate.name in offered or candidate.manifest.get("line") == line.name


def _answering(unit: Unit, line: Line, known: tuple[ModelVersion, ...]) -> Iterator[ModelVersion]:
    act = champion(unit.registry.rollouts(line.name), line.name, ALL)
    model = line.engine.model
    own = version_id(VersionKind.MODEL, model.name, model.version, engine_digest(line.engine))
    wanted = own if act is None else act.version
    return (each for each in known if each.id == wanted)


def _before(
    unit: Unit, known: tuple[ModelVersion, ...], candidate: ModelVersion
) -> tuple[ModelVersion, ...]:
    """The last that was promoted, or registered before it where none was."""
    others = [
        each
        for each in known
        if (each.kind, each.name) == (candidate.kind, candidate.name) and each.id != candidate.id
    ]
    promoted = {signed.version for signed in unit.registry.promotions()}
    earlier = [each for each in others if each.id in promoted] or [
        each for each in others if each.at < candidate.at
    ]
    return tuple(sorted(earlier, key=lambda each: each.at)[-1:])


def prepare_promotion(
    unit: Unit,
    lines: Mapping[str, Line],
    version: VersionId,
    policy: Policy,
    by: Principal,
    prepared_at: datetime | None = None,
) -> Promotion:
    """What a clinician signs; its digest is the nonce of the proof. A failed gate stands in it.

    Raises NotFound, Conflict if it was prepared too long ago.
    """
    held = hold(unit, lines, version, policy)
    now = datetime.now(UTC)
    at = prepared_at or now
    if not timedelta(0) <= now - at <= PREPARED_FOR:
        raise Conflict(
            "The promotion was prepared too long ago.", remedy="Prepare it again, read it, sign."
        )
    known = held.candidate.version
    return Promotion(
        tenant=str(unit.tenant),
        version_id=str(known.id),
        kind=str(known.kind),
        name=known.name,
        version=known.version,
        model_digest=known.digest,
        compared_with=tuple(rival.version.label for rival in held.rivals),
        evaluations=tuple(_named(held.candidate)),
        gates=held.gates,
        signer=str(by.id),
        issuer=by.issuer,
        subject=by.subject,
        signer_name=by.name,
        prepared_at=at.astimezone(UTC).isoformat(),
    )


def _named(candidate: Measured) -> Iterator[NamedEvaluation]:
    for each in candidate.evaluations:
        told = each.document
        yield NamedEvaluation(str(each.id), each.digest, told.task, told.dataset, told.digest)


def promote(
    unit: Unit,
    lines: Mapping[str, Line],
    request: PromotionRequest,
    policy: Policy,
    by: Principal,
    trust: Trust,
) -> SignedPromotion:
    """Keep the promotion, in one transaction.

    Raises Conflict if it is not what was signed, or a gate is not passed; Forbidden for
    the version's author; ProofRefused, CountWentBack, Untrusted.
    """
    prepared = prepare_promotion(unit, lines, request.version, policy, by, request.prepared_at)
    if digest(prepared) != request.digest:
        raise Conflict("The promotion is not the one that you signed.")
    version = unit.registry.version(request.version)
    require_signable(prepared, version, by)
    signed = SignedPromotion(
        id=derived("promotion", unit.tenant, request.digest),
        version=version.id,
        text=canonical(prepared),
        proof=request.proof,
        by=by.id,
        at=datetime.now(UTC),
    )
    _verify(unit, signed, version, trust)
    unit.registry.add_promotion(signed)
    return signed


def require_signable(prepared: Promotion, version: ModelVersion, by: Principal) -> None:
    """Raises Conflict for a gate that is not passed, Forbidden for the author."""
    if is_author(version, by):
        raise Forbidden(
            "Nobody promotes what they trained or registered themselves.",
            remedy="Ask another clinician to read the evaluation, and to sign.",
        )
    if not prepared.passed:
        raise Conflict(
            "A gate is not passed.",
            remedy="Read which one, and why: `attending model gates`, or the page of the version.",
            gates=[f"{gate.gate} {gate.measure}".strip() for gate in failed(prepared.gates)],
        )


def _verify(unit: Unit, signed: SignedPromotion, version: ModelVersion, trust: Trust) -> None:
    trusted = trust.standing(unit)
    evaluations = unit.registry.evaluations(version.id)
    proven = verified_promotion(signed, version, evaluations, trusted, trust.prover(trusted))
    if proven is not None and proven.passkey:
        unit.passkeys.use(proven.passkey, signed.by, proven.count)
