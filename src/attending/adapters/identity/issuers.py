"""Issuers that are trusted, and their public keys, fetched from them and kept for a while."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from attending.core.errors import IssuerUnavailable, Misconfigured
from attending.privacy.egress import is_loopback

TTL_SECONDS = 300.0
# The shortest time between two fetches: a flood of unknown key ids must not become a
# flood of requests to the issuer.
REFETCH_SECONDS = 5.0
TIMEOUT_SECONDS = 5.0
MAX_DOCUMENT_BYTES = 256 * 1024
MIN_RSA_BITS = 2048

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrustedIssuer:
    """An OIDC issuer whose word is taken.

    ``issuer`` is compared exactly with the claim ``iss``. ``audience`` is what access
    tokens are made out to, ``client_id`` what ID tokens are made out to; they must
    differ, so that neither passes for the other. Without ``jwks_uri`` the keys' address
    is discovered, and must then be on the issuer's own host. ``keys`` are JSON Web Keys
    that were pinned: these hold and no others, and nothing is fetched.

    Raises Misconfigured for addresses without TLS outside this machine.
    """

    issuer: str
    audience: str
    client_id: str
    jwks_uri: str | None = None
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_safe(self.issuer)
        if self.jwks_uri is not None:
            _require_safe(self.jwks_uri)
        if not all(map(_is_key, self.keys)):
            raise Misconfigured("A pinned key of an issuer is no public JSON Web Key for signing")
        if not self.audience or not self.client_id or self.audience == self.client_id:
            raise Misconfigured("An issuer needs an audience and a client id, and they must differ")


class IssuerKeys:
    """The keys of one issuer, at most TTL_SECONDS old. Safe to share between threads."""

    def __init__(
        self, trusted: TrustedIssuer, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._trusted = trusted
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: tuple[KeySet, float] | None = None
        self._pinned = _usable({"keys": [*map(json.loads, trusted.keys)]})
        self._attempted: float | None = None
        self._failed = False

    def key(self, kid: str | None, algorithm: str) -> Key:
        """The key named ``kid``; without a name, the only one there is.

        An unknown name makes one new fetch. Raises InvalidKeyIdError (joserfc) when
        the issuer has no such key, IssuerUnavailable when that cannot be found out.
        """
        if self._trusted.keys:
            return self._pinned.get_by_kid(kid, {"alg": algorithm, "use": "sig"})
        cached = self._cached(kid, algorithm)
        return self._fetched(kid, algorithm) if cached is None else cached

    def _cached(self, kid: str | None, algorithm: str) -> Key | None:
        if self._keys is None or self._clock() - self._keys[1] > TTL_SECONDS:
            return None
        try:
            return self._keys[0].get_by_kid(kid, {"alg": algorithm, "use": "sig"})
        except InvalidKeyIdError:
            return None

    def _fetched(self, kid: str | None, algorithm: str) -> Key:
        with self._lock:
            self._refresh()
            if self._failed:
                raise IssuerUnavailable("The issuer's keys could not be fetched")
            found = self._cached(kid, algorithm)
        if found is None:
            raise InvalidKeyIdError
        return found

    def _refresh(self) -> None:
        now = self._clock()
        if self._attempted is not None and now - self._attempted < REFETCH_SECONDS:
            return
        self._attempted = now
        try:
            self._keys = (_published_keys(self._trusted), now)
            self._failed = False
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as cause:
            self._failed = True
            _log.warning("keys of issuer %s not fetched: %s", self._trusted.issuer, cause)


def published(trusted: TrustedIssuer) -> tuple[str, ...]:
    """The issuer's present keys for signing, each as JSON, to be pinned.

    Raises IssuerUnavailable.
    """
    try:
        keys = _published_keys(trusted).keys
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        raise IssuerUnavailable("The issuer's keys could not be fetched.") from error
    return tuple(sorted(json.dumps(key.as_dict(private=False), sort_keys=True) for key in keys))


def _published_keys(trusted: TrustedIssuer) -> KeySet:
    # An issuer on this machine is asked directly, whatever proxy the environment names.
    proxied = not is_loopback(httpx.URL(trusted.issuer).host)
    with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=proxied, follow_redirects=False) as http:
        return _usable(_document(http, _keys_address(http, trusted)))


def _keys_address(http: httpx.Client, trusted: TrustedIssuer) -> str:
    if trusted.jwks_uri is not None:
        return trusted.jwks_uri
    base = trusted.issuer.rstrip("/")
    configuration = _document(http, f"{base}/.well-known/openid-configuration")
    if configuration.get("issuer") != trusted.issuer:
        raise ValueError("the discovery document is another issuer's")
    jwks_uri = configuration.get("jwks_uri")
    if not isinstance(jwks_uri, str) or _origin(jwks_uri) != _origin(trusted.issuer):
        raise ValueError("the discovered keys lie on another host; set jwks_uri by hand")
    return jwks_uri


def _document(http: httpx.Client, address: str) -> dict[str, object]:
    body = bytearray()
    with http.stream("GET", address, headers={"accept": "application/json"}) as answer:
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"the issuer answered with status {answer.status_code}")
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MAX_DOCUMENT_BYTES:
                raise ValueError("the issuer's document is too large")
    document = json.loads(body)
    if not isinstance(document, dict):
        raise ValueError("the issuer's document is not a JSON object")  # noqa: TRY004
    return document


def _usable(document: dict[str, object]) -> KeySet:
    """Public signature keys only; what cannot be read or used is passed over."""
    published = document.get("keys")
    if not isinstance(published, list):
        raise ValueError("the issuer's document holds no keys")  # noqa: TRY004
    keys = [key for each in published if (key := _signature_key(each)) is not None]
    return KeySet(keys)


def _is_key(text: str) -> bool:
    try:
        return _signature_key(json.loads(text)) is not None
    except (ValueError, RecursionError):
        return False


def _signature_key(published: object) -> Key | None:
    if not isinstance(published, dict) or published.get("kty") not in ("EC", "RSA", "OKP"):
        return None
    if published.get("use", "sig") != "sig" or _is_weak_rsa(published):
        return None
    try:
        key = JWKRegistry.import_key(published)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    # A private key that is published belongs to everybody.
    return None if key.is_private else key


def _is_weak_rsa(published: dict[str, object]) -> bool:
    modulus = published.get("n", "")
    return published["kty"] == "RSA" and len(str(modulus)) * 6 < MIN_RSA_BITS


def _require_safe(address: str) -> None:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise Misconfigured("An issuer's address is not a URL") from None
    if url.scheme == "http" and is_loopback(url.host):
        return
    if url.scheme != "https" or not url.host or url.query or url.fragment:
        raise Misconfigured("An issuer's address must begin with https:// and have no query")


def _origin(address: str) -> tuple[str, bytes]:
    url = httpx.URL(address)
    return url.scheme, url.netloc
