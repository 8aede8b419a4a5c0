"""Bearer tokens at the edge: from a token to the caller that it speaks for."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError

from attending.adapters.identity.claims import Claims
from attending.adapters.identity.issuers import TrustedIssuer
from attending.adapters.identity.signed import Keyring, OpenedToken
from attending.core.errors import IssuerUnavailable, Unauthenticated
from attending.core.identity import ROLE_SCOPES, Caller, Scope, StaffRole
from attending.core.ids import TenantId

LEEWAY = timedelta(seconds=30)
_ACCESS_TOKEN = "at+jwt"  # noqa: S105 - the media type of RFC 9068  # nosec B105

_log = logging.getLogger(__name__)


class OidcTokenVerifier:
    """Verifies access tokens of trusted issuers (a TokenVerifier).

    A token counts as an access token by its type ``at+jwt`` (RFC 9068) or its claim
    ``token_use`` = ``access``. Its scopes count only as far as its roles carry them.
    """

    def __init__(self, issuers: Iterable[TrustedIssuer]) -> None:
        self._keyring = Keyring(issuers)

    def caller(self, token: str) -> Caller:
        """Who calls, in which tenant, with which rights.

        Raises Unauthenticated, which says nothing of what was wrong: that is logged, as
        a fixed word without any of the token's content.
        """
        try:
            return _caller(self._keyring.opened(token), token)
        except JoseError as refusal:
            reason = refusal.error
        except IssuerUnavailable as failure:
            reason = failure.code
        # Raised out here, so that the cause and what it quotes do not travel along.
        _log.info("bearer token refused: %s", reason)
        raise Unauthenticated("The bearer token is not valid")


def _caller(opened: OpenedToken, token: str) -> Caller:
    claims = opened.claims
    _check_kind(opened)
    if opened.issuer.audience not in claims.audiences():
        raise InvalidClaimError("aud")
    _check_times(claims, datetime.now(UTC))
    roles = _roles(claims)
    return Caller(
        tenant=_tenant(claims),
        issuer=opened.issuer.issuer,
        subject=claims.text("sub"),
        roles=roles,
        scopes=_scopes(claims, roles),
        session=_session(claims, token),
        issued_at=claims.moment("iat"),
        authenticated_at=claims.moment("auth_time") if claims.has("auth_time") else None,
    )


def _check_kind(opened: OpenedToken) -> None:
    claims = opened.claims
    if claims.has("token_use"):
        if claims.text("token_use") != "access":
            raise InvalidClaimError("token_use")
    elif opened.typ != _ACCESS_TOKEN:
        raise InvalidClaimError("typ")


def _check_times(claims: Claims, now: datetime) -> None:
    if claims.moment("exp") <= now - LEEWAY:
        raise ExpiredTokenError("exp")
    if claims.moment("iat") > now + LEEWAY:
        raise InvalidClaimError("iat")
    if claims.has("nbf") and claims.moment("nbf") > now + LEEWAY:
        raise InvalidClaimError("nbf")


def _session(claims: Claims, token: str) -> str:
    """The issuer's session if it is named, so that all its tokens end; else this token."""
    for name in ("sid", "jti"):
        if claims.has(name):
            return f"{name}:{claims.text(name)}"
    signed, _, _ = token.rpartition(".")  # another signature over it is no other token
    return f"sha256:{hashlib.sha256(signed.encode()).hexdigest()}"


def _tenant(claims: Claims) -> TenantId:
    text = claims.text("tenant").lower()
    try:
        tenant = UUID(text)
    except ValueError:
        raise InvalidClaimError("tenant") from None
    if str(tenant) != text:
        raise InvalidClaimError("tenant")
    return TenantId(tenant)


def _roles(claims: Claims) -> frozenset[StaffRole]:
    # Issuers carry the roles of other applications too: those mean nothing here.
    named = claims.texts("roles")
    return frozenset(role for role in StaffRole if role.value in named)


def _scopes(claims: Claims, roles: frozenset[StaffRole]) -> frozenset[Scope]:
    asked = claims.words("scope")
    return frozenset(scope for role in roles for scope in ROLE_SCOPES[role] if scope.value in asked)
