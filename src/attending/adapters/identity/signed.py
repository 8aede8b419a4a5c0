"""Opening a signed token: its signature is checked before any claim is believed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import (
    BadSignatureError,
    DecodeError,
    ExceededSizeError,
    InvalidClaimError,
    InvalidHeaderValueError,
    UnsupportedAlgorithmError,
    UnsupportedHeaderError,
)
from joserfc.jwa import JWSAlgModel

from attending.adapters.identity.claims import Claims
from attending.adapters.identity.issuers import IssuerKeys, TrustedIssuer

# Named one by one: never `none`, and nothing with a shared secret.
ALGORITHMS = frozenset({"ES256", "ES384", "RS256", "EdDSA"})
MAX_TOKEN_CHARACTERS = 16 * 1024


@dataclass(frozen=True)
class OpenedToken:
    """A token whose signature holds; ``typ`` is its media type, in lower case or ''."""

    issuer: TrustedIssuer
    typ: str
    claims: Claims


class Keyring:
    """The keys of all trusted issuers."""

    def __init__(self, issuers: Iterable[TrustedIssuer]) -> None:
        self._issuers = {each.issuer: (each, IssuerKeys(each)) for each in issuers}

    def opened(self, token: str) -> OpenedToken:
        """Check the form, the algorithm, the issuer and the signature of a compact JWS.

        Raises JoseError for whatever is wrong with the token, IssuerUnavailable when
        the keys to judge it by cannot be had.
        """
        signed = _parsed(token)
        claims = _claims(signed.payload)
        issuer, keys = self._named(claims)
        header = signed.headers()
        key = keys.key(header.get("kid"), header["alg"])
        if not jws.validate_compact(signed, key, registry=_REGISTRY):
            raise BadSignatureError
        typ = header.get("typ", "").lower().removeprefix("application/")
        return OpenedToken(issuer, typ, claims)

    def _named(self, claims: Claims) -> tuple[TrustedIssuer, IssuerKeys]:
        # Not verified yet: this only chooses whose keys the signature is held against.
        known = self._issuers.get(claims.text("iss"))
        if known is None:
            raise InvalidClaimError("iss")
        return known


class _Registry(jws.JWSRegistry):
    """joserfc's registry, limited to ALGORITHMS.

    joserfc warns at each use of the name EdDSA, which issuers still use.
    """

    def get_alg(self, name: str) -> JWSAlgModel:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


# Headers of an issuer's own are harmless, since `crit` is refused below.
_REGISTRY = _Registry(strict_check_header=False)


def _parsed(token: str) -> jws.CompactSignature:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise ExceededSizeError
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=_REGISTRY)
    except (ValueError, TypeError, RecursionError):
        raise DecodeError from None
    _check_header(signed.headers())
    return signed


def _check_header(header: object) -> None:
    if not isinstance(header, dict):
        raise DecodeError
    if "crit" in header or "b64" in header:
        raise UnsupportedHeaderError
    if any(not isinstance(header.get(name, ""), str) for name in ("alg", "kid", "typ")):
        raise InvalidHeaderValueError
    if header["alg"] not in ALGORITHMS:
        raise UnsupportedAlgorithmError


def _claims(payload: bytes | None) -> Claims:
    try:
        values = json.loads(payload or b"")
    except (ValueError, RecursionError):
        raise DecodeError from None
    if not isinstance(values, dict):
        raise DecodeError
    return Claims(values)
