"""Logging in without a browser: for the demo's scripted clinician and for tests."""

from __future__ import annotations

import base64
import hashlib
import secrets
from contextlib import nullcontext
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx

from attending.core.errors import Unauthenticated

_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Tokens:
    """What a log-in yields. The ID token carries the nonce, if one was given."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)


def sign_in(
    issuer_url: str,
    client_id: str,
    redirect_uri: str,
    username: str,
    password: str,
    *,
    nonce: str | None = None,
    http: httpx.Client | None = None,
) -> Tokens:
    """Log in at the demo issuer by the authorisation code flow with PKCE.

    ``nonce`` is the digest to sign. Nothing needs to listen at ``redirect_uri``.
    Raises Unauthenticated when the issuer refuses or does not answer as it should.
    """
    verifier = secrets.token_urlsafe(48)
    request = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid",
        "state": secrets.token_urlsafe(16),
        "nonce": nonce or "",
        "prompt": "login",
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    # The issuer is on this machine: no proxy of the environment has to do with it.
    fresh = httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False)
    try:
        with fresh if http is None else nullcontext(http) as client:
            login = {**request, "username": username, "password": password}
            code = _code(client, f"{issuer_url}/authorize", login)
            return _tokens(client, f"{issuer_url}/token", request, code, verifier)
    except httpx.HTTPError as cause:
        raise Unauthenticated("The demo issuer does not answer") from cause


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _code(http: httpx.Client, address: str, login: dict[str, str]) -> str:
    answer = http.post(address, data=login, follow_redirects=False)
    location = str(answer.headers.get("location", ""))
    returned = parse_qs(urlsplit(location).query)
    is_ours = returned.get("state") == [login["state"]]
    if not is_ours or "code" not in returned:
        raise Unauthenticated("The demo issuer refused the log-in", status=answer.status_code)
    return returned["code"][0]


def _tokens(
    http: httpx.Client, address: str, request: dict[str, str], code: str, verifier: str
) -> Tokens:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": request["redirect_uri"],
        "client_id": request["client_id"],
        "code_verifier": verifier,
    }
    answer = http.post(address, data=form, follow_redirects=False)
    if answer.status_code != httpx.codes.OK:
        raise Unauthenticated("The demo issuer refused the code", status=answer.status_code)
    body = answer.json()
    return Tokens(body["access_token"], body["id_token"])
