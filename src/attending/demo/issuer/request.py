"""An authorisation request (OpenID Connect Core 3.1.2.1) and what may be wrong with it."""

from __future__ import annotations

import re

from pydantic import BaseModel

from attending.demo.issuer.settings import IssuerSettings

_MAX_ECHOED = 512
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class AuthorizationRequest(BaseModel):
    response_type: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""
    max_age: str = ""

    def may_redirect(self, settings: IssuerSettings) -> bool:
        """Whether errors may be sent to ``redirect_uri``: only to a known client's own."""
        known = self.client_id == settings.client_id
        return known and self.redirect_uri in settings.redirect_uris

    def error(self) -> str | None:
        """The OAuth error code for what is wrong, or None.

        ``prompt=login`` and any ``max_age`` are met by themselves: no session is
        remembered, so every authorisation is a fresh log-in.
        """
        if self.response_type != "code":
            return "unsupported_response_type"
        if "openid" not in self.scope.split():
            return "invalid_scope"
        if self.prompt == "none":
            return "login_required"
        return None if self._is_well_formed() else "invalid_request"

    def _is_well_formed(self) -> bool:
        is_pkce = self.code_challenge_method == "S256" and _CHALLENGE.fullmatch(self.code_challenge)
        is_short = max(len(self.state), len(self.nonce)) <= _MAX_ECHOED
        is_age = not self.max_age or (self.max_age.isascii() and self.max_age.isdigit())
        return bool(is_pkce and is_short and is_age)


class LoginForm(AuthorizationRequest):
    """The login page's form: the request again, with who logs in."""

    username: str = ""
    password: str = ""


class TokenForm(BaseModel):
    """A token request (RFC 6749, 4.1.3, and RFC 7636)."""

    grant_type: str = ""
    code: str = ""
    redirect_uri: str = ""
    client_id: str = ""
    code_verifier: str = ""
