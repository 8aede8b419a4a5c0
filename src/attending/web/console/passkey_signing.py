"""A signature by passkey: the page asks for a challenge, and sends the authenticator's answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from fastapi.responses import JSONResponse, Response

from attending.core.errors import Conflict, CountWentBack, ProofRefused
from attending.core.identity import Caller, Principal, Proof
from attending.core.ids import CaseId
from attending.core.passkey import Assertion, PublicKey, armoured, challenge
from attending.core.ports import Unit
from attending.web.api.case_forms import SignatureForm
from attending.web.api.desk import seals_of
from attending.web.api.signing import signed
from attending.web.api.types import Ask, Digest, Token
from attending.web.console import asked
from attending.web.console.pages import page_router, see_other
from attending.web.console.passkeys import ready
from attending.web.console.signing import SignForm
from attending.web.console.visit import Signer, Visit
from attending.web.seals import Seals

router = page_router("/cases/{case}/sign")
Sealing = Annotated[Seals, Depends(seals_of)]


class ChallengeForm(Ask):
    csrf: str
    digest: Digest


class PasskeySignForm(SignForm):
    asked: Token
    assertion: Token


@router.post("/challenge")
def ask_passkey(
    case: CaseId, form: Annotated[ChallengeForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    """Made when the button is pressed: its time is that of the authentication."""
    parts, caller = visit.desk.parts, visit.desk.caller
    party = parts.console.party

    def found(unit: Unit, by: Principal) -> list[PublicKey]:
        unit.cases.head(case)
        return ready(unit, by, parts.trust, party)

    return asking(visit.desk.read(found), form.digest, caller, seals)


def asking(usable: list[PublicKey], digest: str, caller: Caller, seals: Seals) -> Response:
    """What the browser hands to the authenticator. Raises Conflict without a passkey."""
    if not usable:
        raise Conflict(
            "You have no passkey that may be used here, or no longer.",
            remedy="Nothing was signed. Sign by logging in.",
        )
    made = challenge(digest, asked.now())
    return JSONResponse(
        {
            "options": {
                "challenge": armoured(made),
                "rpId": usable[0].party.id,
                "allowCredentials": [
                    {"type": "public-key", "id": each.credential} for each in usable
                ],
                "userVerification": "required",
                "timeout": int(asked.PATIENCE.total_seconds() * 1000),
            },
            "asked": asked.sealed(seals, asked.SIGNING, made, caller),
        }
    )


@router.post("/passkey")
def sign_with_passkey(
    case: CaseId, form: Annotated[PasskeySignForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    """Whose passkey it is, and what it signed, is verified with the signature."""
    wanted = asked.opened(seals, asked.SIGNING, form.asked, visit.desk.caller)
    if Assertion.read(form.assertion).challenge != wanted:
        raise ProofRefused("The passkey answered another question than this page's.")
    proof = Proof(form.assertion, "webauthn")

    def sign(unit: Unit, by: Principal) -> SignatureForm:
        request = form.request(case)
        return signed(visit.desk.parts, unit, request, form.digest, proof, by)

    try:
        visit.desk.write(sign)
    except CountWentBack as error:
        _report(visit, error)
        raise
    return see_other(f"/cases/{case}")


def _report(visit: Visit, error: CountWentBack) -> None:
    """The history keeps it, although nothing else of the signature remains."""
    by = visit.desk.read(lambda _unit, known: known)
    visit.desk.parts.loop.storage.note(
        visit.desk.caller.tenant,
        str(by.id),
        "passkey.count_went_back",
        error.context["passkey"],
        count=error.context["count"],
        last=error.context["last"],
    )
