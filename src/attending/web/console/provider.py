"""The issuer, as the console's OIDC client sees it: authorisation code with PKCE."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from dataclasses import dataclass, field

import httpx

from attending.core.errors import IssuerUnavailable, Unauthenticated
from attending.core.identity import Scope
from attending.privacy.egress import is_loopback
from attending.web.console.session import Flow
from attending.web.parts import ConsoleLogin

TIMEOUT_SECONDS = 10.0
TTL_SECONDS = 300.0
_LOG_IN = " ".join(["openid", *sorted(Scope)])
_SIGN = "openid"
_ANEW = {"prompt": "login", "max_age": "0"}


@dataclass(frozen=True)
class Endpoints:
    authorization: str
    token: str

    @property
    def origin(self) -> str:
        url = httpx.URL(self.authorization)
        return f"{url.scheme}://{url.netloc.decode()}"


@dataclass(frozen=True)
class Tokens:
    access_token: str = field(repr=False)
    id_token: str = field(repr=False)


class Provider:
    """Safe to share between threads."""

    def __init__(self, login: ConsoleLogin) -> None:
        self._login = login
        self._lock = threading.Lock()
        self._known: tuple[float, Endpoints] | None = None

    def endpoints(self) -> Endpoints:
        """As the issuer publishes them. Raises IssuerUnavailable."""
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > TTL_SECONDS:
                self._known = (time.monotonic(), self._discovered())
            return self._known[1]

    def log_in_address(self, flow: Flow, *, anew: bool = False) -> str:
        """anew: whoever the issuer still knows has to prove it again."""
        asked = {"scope": _LOG_IN} | (_ANEW if anew else {})
        return self._address(flow, asked)

    def signing_address(self, flow: Flow, digest: str) -> str:
        """A fresh log-in, whose ID token will carry the digest."""
        return self._address(flow, {"scope": _SIGN, "nonce": digest, **_ANEW})

    def exchange(self, code: str, flow: Flow) -> Tokens:
        """The tokens for a code. Raises Unauthenticated, IssuerUnavailable."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._login.redirect_uri,
            "client_id": self._login.client_id,
            "code_verifier": flow.verifier,
        }
        address = self.endpoints().token
        try:
            with self._http() as http:
                answer = http.post(address, data=form)
                told = answer.json() if answer.is_success else {}
        except (httpx.HTTPError, ValueError) as error:
            raise IssuerUnavailable("The issuer does not answer.") from error
        access, identity = (_text(told, name) for name in ("access_token", "id_token"))
        if not access or not identity:
            raise Unauthenticated("The issuer did not confirm the log-in.")
        return Tokens(access, identity)

    def _address(self, flow: Flow, asked: dict[str, str]) -> str:
        digest = hashlib.sha256(flow.verifier.encode()).digest()
        request = {
            "response_type": "code",
            "client_id": self._login.client_id,
            "redirect_uri": self._login.redirect_uri,
            "state": flow.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = httpx.URL(self.endpoints().authorization)
        return str(address.copy_merge_params(request | asked))

    def _discovered(self) -> Endpoints:
        address = f"{self._login.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            with self._http() as http:
                told = http.get(address).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise IssuerUnavailable("The issuer does not answer.") from error
        if _text(told, "issuer") != self._login.issuer:
            raise IssuerUnavailable("The issuer's configuration is another issuer's.")
        found = Endpoints(_text(told, "authorization_endpoint"), _text(told, "token_endpoint"))
        if not (_safe(found.authorization) and _safe(found.token)):
            raise IssuerUnavailable("The issuer's endpoints are not reached by https.")
        return found

    def _http(self) -> httpx.Client:
        # An issuer on this machine is asked directly, whatever proxy the environment names.
        proxied = not is_loopback(httpx.URL(self._login.issuer).host)
        return httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=proxied, follow_redirects=False)


def _text(told: object, name: str) -> str:
    value = told.get(name, "") if isinstance(told, dict) else ""
    return value if isinstance(value, str) else ""


def _safe(address: str) -> bool:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))
