"""The issuer's endpoints: discovery, keys, log-in and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Annotated

import httpx
from fastapi import FastAPI, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from attending.demo.issuer.codes import Codes, Grant, Throttle
from attending.demo.issuer.key import signing_key
from attending.demo.issuer.minting import ACCESS_SECONDS, Mint
from attending.demo.issuer.page import login_page, refusal_page
from attending.demo.issuer.request import AuthorizationRequest, LoginForm, TokenForm
from attending.demo.issuer.settings import DemoUser, IssuerSettings
from attending.web.rates import address_of

_NOT_STORED = {"cache-control": "no-store"}


def issuer_app(settings: IssuerSettings) -> FastAPI:
    """The issuer as an ASGI application; serve it on the address in its settings."""
    issuer = _Issuer(settings)
    app = FastAPI(title="Attending demo issuer", openapi_url=None)
    app.add_api_route("/.well-known/openid-configuration", issuer.configuration)
    app.add_api_route("/jwks", issuer.keys)
    app.add_api_route("/authorize", issuer.ask, response_model=None)
    app.add_api_route("/authorize", issuer.log_in, methods=["POST"], response_model=None)
    app.add_api_route("/token", issuer.exchange, methods=["POST"], response_model=None)
    return app


class _Issuer:
    def __init__(self, settings: IssuerSettings) -> None:
        self._settings = settings
        self._key = signing_key(settings.key_path)
        self._mint = Mint(settings, self._key)
        self._codes = Codes()
        self._throttle = Throttle()

    def configuration(self) -> dict[str, object]:
        url = self._settings.url
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
            "scopes_supported": ["openid"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["login"],
            "claims_supported": ["sub", "name", "tenant", "nonce", "auth_time"],
        }

    def keys(self) -> dict[str, object]:
        public = self._key.as_dict(private=False, use="sig", alg="ES256")
        return {"keys": [public]}

    def ask(self, request: Annotated[AuthorizationRequest, Query()]) -> Response:
        """Show the login page; whoever logs in decides on nothing else."""
        return self._refusal(request) or login_page(request.model_dump(), request.redirect_uri)

    def log_in(self, http: Request, form: Annotated[LoginForm, Form()]) -> Response:
        """Check the password, and send the person back with a code."""
        refusal = self._refusal(form)
        if refusal:
            return refusal
        address = address_of(http.scope.get("client"))
        if not self._throttle.is_open(form.username, address):
            return _again(form, "Too many failed attempts. Wait a minute, then try again.", 429)
        user = self._authenticated(form)
        if user is None:
            self._throttle.failed(form.username, address)
            return _again(form, "The user name or the password is not right.", 403)
        now = int(time.time())
        grant = Grant(user, form.redirect_uri, form.code_challenge, form.nonce, now)
        return _redirect(form, code=self._codes.issue(grant))

    def exchange(self, form: Annotated[TokenForm, Form()]) -> JSONResponse:
        """Exchange a code and its PKCE verifier for tokens."""
        if form.grant_type != "authorization_code":
            return _token_error("unsupported_grant_type")
        if form.client_id != self._settings.client_id:
            return _token_error("invalid_client")
        grant = self._codes.redeem(form.code)
        if grant is None or not _is_theirs(grant, form):
            return _token_error("invalid_grant")
        tokens = {
            "access_token": self._mint.access_token(grant),
            "id_token": self._mint.id_token(grant),
            "token_type": "Bearer",  # no password, but the kind of token  # nosec B105
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(sorted(grant.user.scopes())),
        }
        return JSONResponse(tokens, headers=_NOT_STORED)

    def _refusal(self, request: AuthorizationRequest) -> Response | None:
        if not request.may_redirect(self._settings):
            return refusal_page("The application or its return address is not registered here.")
        error = request.error()
        return _redirect(request, error=error) if error else None

    def _authenticated(self, form: LoginForm) -> DemoUser | None:
        # Every user is compared, so that the time does not tell which names exist.
        right = [user for user in self._settings.users if _is_login_of(user, form)]
        return right[0] if right else None


def _is_login_of(user: DemoUser, form: LoginForm) -> bool:
    is_name = hmac.compare_digest(_digest(user.subject), _digest(form.username))
    is_password = hmac.compare_digest(_digest(user.password), _digest(form.password))
    return is_name and is_password


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _is_theirs(grant: Grant, form: TokenForm) -> bool:
    verifier = _digest(form.code_verifier)
    challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
    is_pkce = hmac.compare_digest(challenge, grant.code_challenge)
    return is_pkce and form.redirect_uri == grant.redirect_uri


def _again(form: LoginForm, error: str, status: int) -> Response:
    fields = form.model_dump(exclude={"username", "password"})
    return login_page(fields, form.redirect_uri, error=error, status=status)


def _redirect(request: AuthorizationRequest, **answer: str) -> RedirectResponse:
    if request.state:
        answer["state"] = request.state
    target = httpx.URL(request.redirect_uri).copy_merge_params(answer)
    return RedirectResponse(str(target), 303, headers=_NOT_STORED)


def _token_error(error: str) -> JSONResponse:
    return JSONResponse({"error": error}, 400, headers=_NOT_STORED)
