"""A person proves an act: by a fresh log-in whose token carries its digest, or by a passkey.

An entry is signed so, a stop is taken back so, and a version is promoted so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends
from fastapi.responses import JSONResponse, Response

from attending.core.errors import Conflict, CountWentBack, ProofRefused, Unauthenticated
from attending.core.identity import Caller, Principal, Proof
from attending.core.passkey import Assertion, PublicKey, armoured, challenge
from attending.core.ports import Unit
from attending.web.api.desk import seals_of
from attending.web.api.types import Ask, Digest, Moment, Token
from attending.web.console import asked
from attending.web.console.pages import see_other
from attending.web.console.passkeys import ready
from attending.web.console.provider import Provider
from attending.web.console.session import Act, Flow, Proving, Session
from attending.web.console.visit import Visit, provider_of
from attending.web.parts import WebParts
from attending.web.seals import Seals

T = TypeVar("T")
Issuer = Annotated[Provider, Depends(provider_of)]
Sealing = Annotated[Seals, Depends(seals_of)]
_DONE = {Act.ENTRY: "signed", Act.RESUMPTION: "resumed", Act.PROMOTION: "promoted"}


class PreparedForm(Ask):
    """What is to be proved, as the page showed it."""

    csrf: str
    digest: Digest
    prepared_at: Moment

    def proving(self, act: Act, about: UUID, caller: Caller) -> Proving:
        return Proving(
            act=act,
            about=str(about),
            digest=self.digest,
            prepared_at=self.prepared_at.isoformat(),
            tenant=str(caller.tenant),
            issuer=caller.issuer,
            subject=caller.subject,
        )


class ChallengeForm(Ask):
    csrf: str
    digest: Digest


class PasskeyAnswer(Ask):
    """``asked``: the challenge, sealed by us; ``assertion``: what the authenticator said to it."""

    asked: Token
    assertion: Token


def to_log_in(visit: Visit, issuer: Provider, proving: Proving, then: str) -> Response:
    """To the issuer, for a fresh log-in whose ID token carries the digest.

    then: the page that a log-in which fails leads back to.
    """
    flow = Flow.begun(then, proving)
    answer = see_other(issuer.signing_address(flow, proving.digest))
    visit.cookies.keep_flow(answer, flow)
    return answer


def still_there(parts: WebParts, session: Session | None, proving: Proving) -> Caller:
    """Whose act it is. Raises Unauthenticated unless the session is theirs who asked for it."""
    done = _DONE[proving.act]
    if session is None:
        raise Unauthenticated(f"Your session ended while you signed; nothing was {done}.")
    caller = parts.tokens.caller(session.token)
    asked_by = (proving.tenant, proving.issuer, proving.subject)
    if (str(caller.tenant), caller.issuer, caller.subject) != asked_by:
        raise Unauthenticated(f"Somebody else is logged in now; nothing was {done}.")
    return caller


def has_passkey(parts: WebParts, unit: Unit, by: Principal) -> bool:
    """Whether this person has one that may be used here."""
    return bool(ready(unit, by, parts.trust, parts.console.party))


def ask(
    visit: Visit, form: ChallengeForm, seals: Seals, known: Callable[[Unit], object]
) -> Response:
    """What the browser hands to the authenticator.

    Made when the button is pressed: its time is that of the authentication. known: raises
    NotFound for what is not there. Raises Conflict without a passkey.
    """
    parts = visit.desk.parts

    def found(unit: Unit, by: Principal) -> list[PublicKey]:
        known(unit)
        return ready(unit, by, parts.trust, parts.console.party)

    usable = visit.desk.read(found)
    if not usable:
        raise Conflict(
            "You have no passkey that may be used here, or no longer.",
            remedy="Nothing was signed. Sign by logging in.",
        )
    made = challenge(form.digest, asked.now())
    return JSONResponse(
        {
            "options": _options(made, usable),
            "asked": asked.sealed(seals, asked.SIGNING, made, visit.desk.caller),
        }
    )


def _options(made: bytes, usable: list[PublicKey]) -> dict[str, object]:
    """PublicKeyCredentialRequestOptions; what is bytes there is base64url here."""
    return {
        "challenge": armoured(made),
        "rpId": usable[0].party.id,
        "allowCredentials": [{"type": "public-key", "id": each.credential} for each in usable],
        "userVerification": "required",
        "timeout": int(asked.PATIENCE.total_seconds() * 1000),
    }


def proved_by_passkey(
    visit: Visit,
    form: PasskeyAnswer,
    seals: Seals,
    done: Callable[[Unit, Principal, Proof], T],
) -> T:
    """Does it with the passkey's proof.

    Whose passkey it is, and what it signed, is verified by ``done``. Raises ProofRefused.
    """
    wanted = asked.opened(seals, asked.SIGNING, form.asked, visit.desk.caller)
    if Assertion.read(form.assertion).challenge != wanted:
        raise ProofRefused("The passkey answered another question than this page's.")
    proof = Proof(form.assertion, "webauthn")
    try:
        return visit.desk.write(lambda unit, by: done(unit, by, proof))
    except CountWentBack as error:
        _report(visit, error)
        raise


def _report(visit: Visit, error: CountWentBack) -> None:
    """The history keeps it, although nothing else of the act remains."""
    by = visit.desk.read(lambda _unit, known: known)
    visit.desk.parts.loop.storage.note(
        visit.desk.caller.tenant,
        str(by.id),
        "passkey.count_went_back",
        error.context["passkey"],
        count=error.context["count"],
        last=error.context["last"],
    )
