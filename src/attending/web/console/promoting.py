"""The page on which a clinician reads how a version did, and promotes it by a signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import Response

from attending.assurance.promotion import is_author
from attending.core.identity import Principal, Proof, Scope
from attending.core.ids import VersionId
from attending.core.ports import Unit
from attending.core.promotion import Promotion, SignedPromotion, digest
from attending.core.registry import Evaluation, ModelVersion
from attending.loop import promote
from attending.web.access import Desk
from attending.web.console.pages import page_router, see_other
from attending.web.console.proving import (
    ChallengeForm,
    Issuer,
    PasskeyAnswer,
    PreparedForm,
    Sealing,
    ask,
    has_passkey,
    proved_by_passkey,
    still_there,
    to_log_in,
)
from attending.web.console.session import Act, Proving, Session
from attending.web.console.visit import Signer
from attending.web.parts import WebParts

router = page_router("/models/{version}/promotion")


class PasskeyPromoteForm(PreparedForm, PasskeyAnswer):
    pass


@dataclass(frozen=True)
class PromotePage:
    version: ModelVersion
    promotion: Promotion
    evaluations: tuple[Evaluation, ...]
    own: bool  # the reader is its author
    promoted: tuple[SignedPromotion, ...]
    by_passkey: bool


@router.get("")
def show_promotion(version: VersionId, visit: Signer, issuer: Issuer) -> Response:
    """What the version is and did, every gate, and the digest that is signed."""
    parts = visit.desk.parts

    def prepared(unit: Unit, by: Principal) -> PromotePage:
        known = unit.registry.version(version)
        return PromotePage(
            known,
            promote.prepare_promotion(unit, parts.loop.lines, version, parts.policy, by),
            unit.registry.evaluations(version),
            is_author(known, by),
            unit.registry.promotions(version),
            has_passkey(parts, unit, by),
        )

    shown = visit.desk.read(prepared)
    return visit.page(
        "promote.html",
        form_target=issuer.endpoints().origin,
        page=shown,
        digest=digest(shown.promotion),
        without=parts.console.without_passkeys,
    )


@router.post("")
def begin_promotion(
    version: VersionId, form: Annotated[PreparedForm, Form()], visit: Signer, issuer: Issuer
) -> Response:
    proving = form.proving(Act.PROMOTION, version, visit.desk.caller)
    return to_log_in(visit, issuer, proving, _page_of(version))


def complete_promotion(
    parts: WebParts, session: Session | None, proving: Proving, id_token: str
) -> Response:
    """Promote with the proof that came back, in the session that asked for it."""
    caller = still_there(parts, session, proving)
    version = VersionId(UUID(proving.about))
    request = promote.PromotionRequest(version, proving.prepared, proving.digest, Proof(id_token))
    desk = Desk(parts, caller, frozenset({Scope.SIGN}))
    desk.write(lambda unit, by: _promoted(parts, unit, by, request))
    return see_other(_page_of(version))


@router.post("/challenge")
def ask_promotion(
    version: VersionId, form: Annotated[ChallengeForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    return ask(visit, form, seals, lambda unit: unit.registry.version(version))


@router.post("/passkey")
def promote_with_passkey(
    version: VersionId, form: Annotated[PasskeyPromoteForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    def promoted(unit: Unit, by: Principal, proof: Proof) -> SignedPromotion:
        request = promote.PromotionRequest(version, form.prepared_at, form.digest, proof)
        return _promoted(visit.desk.parts, unit, by, request)

    proved_by_passkey(visit, form, seals, promoted)
    return see_other(_page_of(version))


def _promoted(
    parts: WebParts, unit: Unit, by: Principal, request: promote.PromotionRequest
) -> SignedPromotion:
    return promote.promote(unit, parts.loop.lines, request, parts.policy, by, parts.trust)


def _page_of(version: VersionId) -> str:
    return f"/models/{version}/promotion"
