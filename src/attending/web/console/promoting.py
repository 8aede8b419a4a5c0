"""The page on which a clinician reads how a version did, and promotes it by a signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form
from fastapi.responses import Response

from attending.assurance.promotion import is_author
from attending.core.errors import ProofRefused, Unauthenticated
from attending.core.identity import Principal, Proof, Scope
from attending.core.ids import VersionId
from attending.core.passkey import Assertion, PublicKey
from attending.core.ports import Unit
from attending.core.promotion import Promotion, SignedPromotion, digest
from attending.core.registry import Evaluation, ModelVersion
from attending.loop import promote
from attending.web.access import Desk
from attending.web.api.desk import seals_of
from attending.web.api.types import Ask, Digest, Moment, Token
from attending.web.console import asked
from attending.web.console.pages import page_router, see_other
from attending.web.console.passkey_signing import ChallengeForm, asking
from attending.web.console.passkeys import ready
from attending.web.console.session import Flow, Promoting, Session
from attending.web.console.signing import Issuer
from attending.web.console.visit import Signer
from attending.web.parts import WebParts
from attending.web.seals import Seals

router = page_router("/models/{version}/promotion")
Sealing = Annotated[Seals, Depends(seals_of)]


class PromoteForm(Ask):
    csrf: str
    digest: Digest
    prepared_at: Moment


class PasskeyPromoteForm(PromoteForm):
    asked: Token
    assertion: Token


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
            bool(ready(unit, by, parts.trust, parts.console.party)),
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
    version: VersionId, form: Annotated[PromoteForm, Form()], visit: Signer, issuer: Issuer
) -> Response:
    """To the issuer, for a fresh log-in whose ID token carries the digest."""
    caller = visit.desk.caller
    promoting = Promoting(
        version=str(version),
        digest=form.digest,
        prepared_at=form.prepared_at.isoformat(),
        tenant=str(caller.tenant),
        issuer=caller.issuer,
        subject=caller.subject,
    )
    flow = Flow.begun(f"/models/{version}/promotion", promoting=promoting)
    answer = see_other(issuer.signing_address(flow, form.digest))
    visit.cookies.keep_flow(answer, flow)
    return answer


def complete_promotion(
    parts: WebParts, session: Session | None, promoting: Promoting, id_token: str
) -> Response:
    """Promote with the proof that came back, in the session that asked for it."""
    if session is None:
        raise Unauthenticated("Your session ended while you signed; nothing was promoted.")
    caller = parts.tokens.caller(session.token)
    asked_by = (promoting.tenant, promoting.issuer, promoting.subject)
    if (str(caller.tenant), caller.issuer, caller.subject) != asked_by:
        raise Unauthenticated("Somebody else is logged in now; nothing was promoted.")
    request = promote.PromotionRequest(
        VersionId(UUID(promoting.version)),
        datetime.fromisoformat(promoting.prepared_at),
        promoting.digest,
        Proof(id_token),
    )
    _promoted(Desk(parts, caller, frozenset({Scope.SIGN})), request)
    return see_other(f"/models/{request.version}/promotion")


def _promoted(desk: Desk, request: promote.PromotionRequest) -> None:
    parts = desk.parts

    def kept(unit: Unit, by: Principal) -> SignedPromotion:
        return promote.promote(unit, parts.loop.lines, request, parts.policy, by, parts.trust)

    desk.write(kept)


@router.post("/challenge")
def ask_promotion(
    version: VersionId, form: Annotated[ChallengeForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    """Made when the button is pressed: its time is that of the authentication."""
    parts = visit.desk.parts

    def found(unit: Unit, by: Principal) -> list[PublicKey]:
        unit.registry.version(version)
        return ready(unit, by, parts.trust, parts.console.party)

    return asking(visit.desk.read(found), form.digest, visit.desk.caller, seals)


@router.post("/passkey")
def promote_with_passkey(
    version: VersionId, form: Annotated[PasskeyPromoteForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    """Whose passkey it is, and what it signed, is verified with the promotion."""
    wanted = asked.opened(seals, asked.SIGNING, form.asked, visit.desk.caller)
    if Assertion.read(form.assertion).challenge != wanted:
        raise ProofRefused("The passkey answered another question than this page's.")
    proof = Proof(form.assertion, "webauthn")
    _promoted(visit.desk, promote.PromotionRequest(version, form.prepared_at, form.digest, proof))
    return see_other(f"/models/{version}/promotion")
