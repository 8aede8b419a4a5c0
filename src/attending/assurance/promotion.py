"""A promotion, held against everything that it claims: when it is signed, and when it is used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attending.core.entry import FRESH, LEEWAY
from attending.core.errors import InvalidInput, ProofRefused, Untrusted
from attending.core.identity import Principal, ProofVerifier, Proven, StaffRole
from attending.core.promotion import Promotion, SignedPromotion, read_promotion
from attending.core.registry import Evaluation, ModelVersion, text_digest
from attending.core.trust import PromotionBody, StatementKind, Trusted


def statement_subject(version: ModelVersion) -> str:
    """Under which a statement of trust confirms a promotion, or revokes it."""
    return f"{version.kind}/{version.name}"


def verified_promotion(
    signed: SignedPromotion,
    version: ModelVersion,
    evaluations: Iterable[Evaluation],
    trusted: Trusted,
    prover: ProofVerifier,
) -> Proven | None:
    """What the proof says, or None if a statement of the admin key confirms the promotion.

    version, evaluations: as the registry has them. Signer and issuer are taken from the
    signed statements of trust, and from nowhere else. Raises ProofRefused, Untrusted.
    """
    promotion = _read(signed)
    _require_facts(promotion, version, trusted)
    _require_evaluations(promotion, tuple(evaluations))
    if _confirmed(signed, version, trusted):
        return None
    signer = trusted.principal(signed.by)
    _require_signer(promotion, version, signer)
    proven = prover.proven(signed.proof)
    _require(proven.issuer in {i.issuer for i in trusted.issuers}, "its issuer is not trusted")
    _require(proven.digest == signed.digest, "the proof is for another digest")
    person = (signer.issuer, signer.subject)
    _require((proven.issuer, proven.subject) == person, "somebody else made the proof")
    _require_times(signed.at, proven)
    return proven


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ProofRefused(f"The promotion does not hold: {what}.")


def _read(signed: SignedPromotion) -> Promotion:
    try:
        return read_promotion(signed.text)
    except InvalidInput:
        raise ProofRefused("The promotion does not hold: it cannot be read.") from None


def _require_facts(promotion: Promotion, version: ModelVersion, trusted: Trusted) -> None:
    _require(promotion.tenant == str(trusted.tenant), "it is of another clinic")
    named = (promotion.version_id, promotion.model_digest, promotion.kind)
    known = (str(version.id), version.digest, str(version.kind))
    _require(named == known, "it is of another version")
    _require(
        (promotion.name, promotion.version) == (version.name, version.version),
        "it bears another name",
    )
    _require(promotion.passed, "a gate was not passed")


def _require_evaluations(promotion: Promotion, evaluations: tuple[Evaluation, ...]) -> None:
    known = {str(each.id): text_digest(each.text) for each in evaluations}
    _require(bool(promotion.evaluations), "it names no evaluation")
    for named in promotion.evaluations:
        _require(known.get(named.id) == named.digest, "an evaluation was changed, or is missing")


def _require_signer(promotion: Promotion, version: ModelVersion, signer: Principal) -> None:
    named = (promotion.signer, promotion.issuer, promotion.subject, promotion.signer_name)
    person = (str(signer.id), signer.issuer, signer.subject, signer.name)
    _require(named == person, "it names another signer")
    _require(StaffRole.CLINICIAN in signer.roles, "the signer may not sign")
    _require(not is_author(version, signer), "its author signed it")


def is_author(version: ModelVersion, person: Principal) -> bool:
    """Whether this person trained or registered it. Without the issuer: rather too often."""
    return bool(version.authors & {person.subject, str(person.id)})


def _confirmed(signed: SignedPromotion, version: ModelVersion, trusted: Trusted) -> bool:
    """Whether the admin key stands for it. Raises Untrusted if it revoked what it had stated."""
    key = (StatementKind.PROMOTION, statement_subject(version))
    if key in trusted.revoked:
        raise Untrusted(f"The promotion was revoked at {trusted.revoked[key].at}.")
    stated = trusted.standing.get(key)
    return isinstance(stated, PromotionBody) and (stated.version, stated.evaluation) == (
        version.version,
        signed.digest,
    )


def _require_times(at: datetime, proven: Proven) -> None:
    _require(at <= proven.expires_at + LEEWAY, "the proof had expired")
    _require(at >= proven.issued_at - LEEWAY, "the proof is younger than the signature")
    _require(at - proven.authenticated_at <= FRESH + LEEWAY, "the log-in was not fresh")
