"""The tokens themselves: an access token (RFC 9068) and an ID token."""

from __future__ import annotations

import time
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from attending.demo.issuer.codes import Grant
from attending.demo.issuer.settings import API_AUDIENCE, DemoUser, IssuerSettings

ACCESS_SECONDS = 3600
ID_SECONDS = 300


class Mint:
    """Signs tokens for people who have logged in."""

    def __init__(self, settings: IssuerSettings, key: ECKey) -> None:
        self._settings = settings
        self._key = key

    def access_token(self, grant: Grant) -> str:
        user = grant.user
        claims = self._common(user, ACCESS_SECONDS) | {
            "aud": API_AUDIENCE,
            "client_id": self._settings.client_id,
            "auth_time": grant.authenticated_at,
            "roles": sorted(role.value for role in user.roles),
            "scope": " ".join(sorted(user.scopes())),
            "jti": str(uuid4()),
        }
        return self._signed("at+jwt", claims)

    def id_token(self, grant: Grant) -> str:
        claims = self._common(grant.user, ID_SECONDS) | {
            "aud": self._settings.client_id,
            "auth_time": grant.authenticated_at,
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        return self._signed("JWT", claims)

    def _common(self, user: DemoUser, seconds: int) -> dict[str, object]:
        now = int(time.time())
        return {
            "iss": self._settings.url,
            "sub": user.subject,
            "name": user.name,
            "tenant": str(self._settings.tenant_of(user)),
            "iat": now,
            "exp": now + seconds,
        }

    def _signed(self, typ: str, claims: dict[str, object]) -> str:
        header = {"alg": "ES256", "typ": typ, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])
