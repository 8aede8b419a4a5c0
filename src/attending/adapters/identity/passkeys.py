"""Passkeys by WebAuthn: assertions as proofs of signing, and new passkeys as they are made."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from attending.core.entry import FRESH
from attending.core.errors import InvalidInput, ProofRefused
from attending.core.identity import Proof, Proven
from attending.core.passkey import (
    MAX_PARTS,
    Assertion,
    PublicKey,
    Registered,
    RelyingParty,
    armoured,
    challenged,
    unarmoured,
)
from attending.core.trust import Trusted

# Named one by one, as for tokens: what browsers and authenticators offer everywhere.
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_MAX_CREDENTIAL_BYTES = 1023  # WebAuthn's own limit
_ANSWER_PARTS = 3
# What the library raises for malformed input: its own tree, and what its parsers let through.
_MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PasskeyProofVerifier:
    """Verifies assertions as proofs (a ProofVerifier), by the keys that statements name.

    Nothing is compared with the present: a releaser may look at the proof hours later. The
    time of the log-in is that of the challenge; it may sign for as long as a log-in is fresh.
    """

    trusted: Trusted

    def proven(self, proof: Proof) -> Proven:
        """Raises ProofRefused, and Untrusted for a passkey that is not, or no longer, stated."""
        assertion = Assertion.read(proof.token)
        public = self.trusted.passkey(assertion.credential)
        person = self.trusted.principal(public.principal)
        digest, at = challenged(assertion.challenge)
        seen = _verified(assertion, public)
        return Proven(
            issuer=person.issuer,
            subject=person.subject,
            digest=digest,
            authenticated_at=at,
            issued_at=at,
            expires_at=at + FRESH,
            passkey=public.credential,
            count=seen.new_sign_count,
        )


def _verified(assertion: Assertion, public: PublicKey) -> VerifiedAuthentication:
    reason = "cross_origin"
    if not assertion.cross_origin:
        try:
            return verify_authentication_response(
                credential=_credential(assertion),
                expected_challenge=assertion.challenge,
                expected_rp_id=public.party.id,
                expected_origin=public.party.origin,
                credential_public_key=unarmoured(public.key),
                credential_current_sign_count=0,  # whoever keeps the count compares it
                require_user_verification=True,
            )
        except _MALFORMED as refusal:
            reason = type(refusal).__name__
    # Raised out here, so that the cause and what it quotes do not travel along.
    _log.warning("assertion refused: %s", reason)
    raise ProofRefused("The proof of signing does not hold")


def _credential(assertion: Assertion) -> AuthenticationCredential:
    response = AuthenticatorAssertionResponse(
        client_data_json=assertion.client_data,
        authenticator_data=assertion.authenticator_data,
        signature=assertion.signature,
    )
    raw_id = unarmoured(assertion.credential)
    return AuthenticationCredential(assertion.credential, raw_id, response)


class WebAuthnRegistrar:
    """Implements ``core.passkey.PasskeyRegistrar``.

    Who made the authenticator is not asked: the clinic's administrator confirms each key.
    """

    def registered(self, answer: str, challenge: bytes, party: RelyingParty) -> Registered:
        made = _made(answer, challenge, party)
        told, size = answer.partition(".")[0], len(made.credential_id) if made else 0
        # The library does not ask whether the credential that is told is the one attested.
        if made is None or armoured(made.credential_id) != told or size > _MAX_CREDENTIAL_BYTES:
            raise InvalidInput(
                "The passkey could not be read.", remedy="Create it again, or use another one."
            )
        key = armoured(made.credential_public_key)
        return Registered(armoured(made.credential_id), key, made.sign_count)


def _made(answer: str, challenge: bytes, party: RelyingParty) -> VerifiedRegistration | None:
    parts = answer.split(".") if len(answer) <= MAX_PARTS else []
    if len(parts) != _ANSWER_PARTS:
        return None
    try:
        raw_id, client_data, attestation = map(unarmoured, parts)
        response = AuthenticatorAttestationResponse(client_data, attestation)
        return verify_registration_response(
            credential=RegistrationCredential(parts[0], raw_id, response),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except (ProofRefused, *_MALFORMED) as refusal:
        _log.info("passkey refused: %s", type(refusal).__name__)
        return None
