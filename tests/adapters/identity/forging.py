"""The means to forge what an issuer would not issue, and the settings of a demo issuer."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.jwk import Key

from attending.core.identity import StaffRole
from attending.core.ids import TenantId
from attending.demo.issuer import API_AUDIENCE, DemoUser, IssuerSettings

TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER_TENANT = TenantId(UUID("22222222-2222-4222-8222-222222222222"))
REDIRECT = "http://127.0.0.1:9/callback"
CLIENT = "attending-console"
PASSWORD = "correct horse"
DIGEST = "0f" * 32


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Forge:
    """Signs whatever it is told to, by default with the issuer's own key."""

    url: str
    key: Key

    def access(self, header: dict[str, Any] | None = None, /, **claims: Any) -> str:
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": API_AUDIENCE,
            "sub": "ada",
            "tenant": str(TENANT),
            "roles": ["clinician"],
            "scope": "cases:read cases:sign",
            "iat": now,
            "exp": now + 600,
        }
        return self.signed({"typ": "at+jwt"} | (header or {}), usual | claims)

    def proof(self, header: dict[str, Any] | None = None, /, **claims: Any) -> str:
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "ada",
            "nonce": DIGEST,
            "auth_time": now,
            "iat": now,
            "exp": now + 300,
        }
        return self.signed({"typ": "JWT"} | (header or {}), usual | claims)

    def signed(self, header: dict[str, Any], claims: object, key: Key | None = None) -> str:
        usual = {"alg": "ES256", "kid": self.key.kid}
        full = {name: value for name, value in (usual | header).items() if value is not None}
        kept = without_absent(claims)
        registry = jws.JWSRegistry(algorithms=[full["alg"]], strict_check_header=False)
        payload = json.dumps(kept).encode()
        return jws.serialize_compact(full, payload, key or self.key, registry=registry)


def without_absent(claims: object) -> object:
    """A claim set to Ellipsis is left out."""
    if not isinstance(claims, dict):
        return claims
    return {name: value for name, value in claims.items() if value is not ...}


def issuer_settings(folder: Path) -> IssuerSettings:
    return IssuerSettings(
        url="http://127.0.0.1:0",
        key_path=folder / "issuer.pem",
        client_id=CLIENT,
        redirect_uris=(REDIRECT,),
        users=(
            DemoUser("ada", "Dr Ada Byron", PASSWORD, None, frozenset({StaffRole.CLINICIAN})),
            DemoUser("eve", "Eve Moss", "other", OTHER_TENANT, frozenset({StaffRole.ENGINEER})),
        ),
        tenant=TENANT,
    )
