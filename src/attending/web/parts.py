"""What the web process is given; wired in app.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from attending.assurance.gates import Policy
from attending.core.identity import TokenVerifier
from attending.core.passkey import PasskeyRegistrar, RelyingParty
from attending.core.ports import History, Trust
from attending.loop.parts import LoopParts
from attending.settings import Effective
from attending.web.guide import Guide
from attending.web.rates import Rates


@dataclass(frozen=True)
class ConsoleLogin:
    """How the console's users log in.

    issuer: the OIDC issuer's address; client_id: as it knows us, a public client with
    PKCE; base_url: the web's own address for browsers, without a path; cookie_key: 32
    bytes that seal sessions, cursors and what was shown.
    """

    issuer: str
    client_id: str
    base_url: str
    cookie_key: bytes = field(repr=False)

    @property
    def redirect_uri(self) -> str:
        """Where the issuer sends people back; it must be registered there exactly so."""
        return f"{self.origin}/login/callback"

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https:")

    @property
    def party(self) -> RelyingParty | None:
        """For whom passkeys are made; None where browsers offer none: ``without_passkeys``."""
        host = urlsplit(self.base_url).hostname or ""
        return None if self.without_passkeys else RelyingParty(host, self.origin)

    @property
    def without_passkeys(self) -> str:
        """Why browsers offer no passkeys at this address, for its reader; "" if they do."""
        host = urlsplit(self.base_url).hostname or ""
        if _is_address(host):
            return f"this page's address, {host}, is a number, and a passkey belongs to a name"
        if not self.secure and host != "localhost":
            return "this page is not reached by https"
        return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class WebParts:
    """upload_limit: the largest source, in bytes; rates: how often one may ask;
    guide: of a demo alone.

    settings: as this process has them, without secrets; policy: what a promotion asks.
    """

    loop: LoopParts
    tokens: TokenVerifier
    trust: Trust
    upload_limit: int
    console: ConsoleLogin
    passkeys: PasskeyRegistrar
    history: History
    settings: tuple[Effective, ...] = ()
    policy: Policy = field(default_factory=Policy)
    rates: Rates = field(default_factory=Rates)
    guide: Guide | None = None
