"""The page of one's own passkeys: enrolled here, confirmed by the admin key, withdrawn here."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form
from fastapi.responses import Response
from pydantic import AfterValidator, Field

from attending.core.characters import legible
from attending.core.errors import Conflict, InvalidInput
from attending.core.identity import Principal
from attending.core.ids import PasskeyId, fresh
from attending.core.passkey import Passkey, PublicKey, RelyingParty, Standing, armoured
from attending.core.ports import Trust, Unit
from attending.web.api.desk import seals_of
from attending.web.api.types import Ask, Name, Token
from attending.web.console import asked
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import FreshSigner, Signer, Visit
from attending.web.seals import Seals

router = page_router("/session/passkeys")
Sealing = Annotated[Seals, Depends(seals_of)]
Label = Annotated[Name, Field(max_length=80), AfterValidator(legible)]
_ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256: the registrar takes no others
_CHALLENGE_BYTES = 32
_PAST = (Standing.REVOKED, Standing.WITHDRAWN)


class EnrolForm(Ask):
    csrf: str
    name: Label
    asked: Token
    answer: Token


@dataclass(frozen=True)
class Shown:
    """``command``: what the administrator types to confirm a passkey that waits."""

    passkey: Passkey
    standing: Standing
    command: str


@router.get("")
def show_passkeys(visit: Signer) -> Response:
    """No log-in is asked for: what it leads to is to take a right away, or asks by itself."""
    trust = visit.desk.parts.trust
    shown = visit.desk.read(lambda unit, by: _shown(unit, by, trust))
    without = visit.desk.parts.console.without_passkeys
    current = [each for each in shown if each.standing not in _PAST]
    past = [each for each in shown if each.standing in _PAST]
    return visit.page("passkeys.html", passkeys=current, past=past, without=without)


@router.get("/new")
def new_passkey(visit: FreshSigner, seals: Sealing) -> Response:
    """What the browser hands to the authenticator, and a form for its answer."""
    party = _party(visit)
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    by, known = visit.desk.read(lambda unit, by: (by, unit.passkeys.of(by.id)))
    options = json.dumps(_options(party, challenge, by, known))
    token = asked.sealed(seals, asked.ENROLLING, challenge, visit.desk.caller)
    return visit.page("new_passkey.html", options=options, asked=token)


@router.post("")
def enrol_passkey(
    form: Annotated[EnrolForm, Form()], visit: FreshSigner, seals: Sealing
) -> Response:
    party = _party(visit)
    challenge = asked.opened(seals, asked.ENROLLING, form.asked, visit.desk.caller)
    made = visit.desk.parts.passkeys.registered(form.answer, challenge, party)
    if not form.name:
        raise InvalidInput("The passkey needs a name.")

    def add(unit: Unit, by: Principal) -> None:
        public = PublicKey(made.credential, made.key, by.id, party)
        unit.passkeys.add(Passkey(PasskeyId(fresh()), form.name, public, made.count))

    visit.desk.write(add)
    return see_other("/session/passkeys")


@router.post("/{passkey}/withdraw")
def withdraw_passkey(passkey: UUID, visit: Signer) -> Response:
    visit.desk.write(lambda unit, by: unit.passkeys.withdraw(PasskeyId(passkey), by.id))
    return see_other("/session/passkeys")


def ready(unit: Unit, by: Principal, trust: Trust, party: RelyingParty | None) -> list[PublicKey]:
    """What this person may sign with at this address now."""
    standing = trust.standing(unit)
    return [
        enrolled.public
        for enrolled in unit.passkeys.of(by.id)
        if standing.of_passkey(enrolled) is Standing.READY and enrolled.public.party == party
    ]


def _shown(unit: Unit, by: Principal, trust: Trust) -> list[Shown]:
    """The newest first."""
    standing, tenant = trust.standing(unit), unit.people.tenant()
    of_clinic = "" if tenant.demo else f" --tenant {tenant.id}"
    return [
        Shown(
            each,
            standing.of_passkey(each),
            f"attending trust add passkey {each.public.fingerprint}{of_clinic}",
        )
        for each in reversed(unit.passkeys.of(by.id))
    ]


def _party(visit: Visit) -> RelyingParty:
    party = visit.desk.parts.console.party
    if party is None:
        raise Conflict(
            f"There are no passkeys here: {visit.desk.parts.console.without_passkeys}.",
            remedy="Sign by logging in.",
        )
    return party


def _options(
    party: RelyingParty, challenge: bytes, by: Principal, known: tuple[Passkey, ...]
) -> dict[str, object]:
    """PublicKeyCredentialCreationOptions; what is bytes there is base64url here."""
    standing = (each for each in known if each.withdrawn_at is None)
    return {
        "challenge": armoured(challenge),
        "rp": {"id": party.id, "name": "Attending"},
        "user": {"id": armoured(by.id.bytes), "name": by.name, "displayName": by.name},
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in _ALGORITHMS],
        "excludeCredentials": [
            {"type": "public-key", "id": each.public.credential} for each in standing
        ],
        "authenticatorSelection": {"userVerification": "required", "residentKey": "preferred"},
        "attestation": "none",
        "timeout": int(asked.PATIENCE.total_seconds() * 1000),
    }
