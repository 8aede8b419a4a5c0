"""Proofs of signing: an ID token whose nonce is the digest of what was signed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import timedelta

from joserfc.errors import InvalidClaimError, JoseError

from attending.adapters.identity.claims import Claims
from attending.adapters.identity.issuers import TrustedIssuer
from attending.adapters.identity.signed import Keyring, OpenedToken
from attending.core.errors import ProofRefused
from attending.core.identity import Proof, Proven

LEEWAY = timedelta(seconds=30)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID_TOKEN_TYPES = frozenset({"", "jwt", "id+jwt"})

_log = logging.getLogger(__name__)


class OidcProofVerifier:
    """Verifies ID tokens as proofs (a ProofVerifier).

    Nothing is compared with the present: a releaser may look at the proof hours later.
    Whoever asks compares the times with the time of signing.
    """

    def __init__(self, issuers: Iterable[TrustedIssuer]) -> None:
        self._keyring = Keyring(issuers)

    def proven(self, proof: Proof) -> Proven:
        """What the issuer attests: who, which digest, and when the person logged in.

        Raises ProofRefused for a proof that does not hold, and IssuerUnavailable
        (transient) when the issuer's keys cannot be fetched, so that a proof is never
        called false only because the issuer is down.
        """
        if proof.kind != "oidc":
            raise ProofRefused("This kind of proof is not known")
        try:
            return _proven(self._keyring.opened(proof.token))
        except JoseError as refusal:
            reason = refusal.error
        # Raised out here, so that the cause and what it quotes do not travel along.
        _log.warning("proof of signing refused: %s", reason)
        raise ProofRefused("The proof of signing does not hold")


def _proven(opened: OpenedToken) -> Proven:
    claims = opened.claims
    _check_kind(opened)
    _check_client(claims, opened.issuer.client_id)
    proven = Proven(
        issuer=opened.issuer.issuer,
        subject=claims.text("sub"),
        digest=_digest(claims),
        authenticated_at=claims.moment("auth_time"),
        issued_at=claims.moment("iat"),
        expires_at=claims.moment("exp"),
    )
    _check_order(proven)
    return proven


def _check_kind(opened: OpenedToken) -> None:
    if opened.typ not in _ID_TOKEN_TYPES:
        raise InvalidClaimError("typ")
    if opened.claims.has("token_use") and opened.claims.text("token_use") != "id":
        raise InvalidClaimError("token_use")


def _check_client(claims: Claims, client_id: str) -> None:
    """OpenID Connect Core 3.1.3.7: made out to us, and asked for by us."""
    audiences = claims.audiences()
    if client_id not in audiences:
        raise InvalidClaimError("aud")
    asked_by_us = not claims.has("azp") and len(audiences) == 1
    if not asked_by_us and claims.text("azp") != client_id:
        raise InvalidClaimError("azp")


def _digest(claims: Claims) -> str:
    nonce = claims.text("nonce")
    if not _DIGEST.fullmatch(nonce):
        raise InvalidClaimError("nonce")
    return nonce


def _check_order(proven: Proven) -> None:
    issued_at_latest = proven.issued_at + LEEWAY
    if proven.authenticated_at > issued_at_latest:
        raise InvalidClaimError("auth_time")
    if issued_at_latest > proven.expires_at:
        raise InvalidClaimError("exp")
