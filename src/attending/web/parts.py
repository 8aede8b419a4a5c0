"""What the web process is given; wired in app.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from attending.core.identity import TokenVerifier
from attending.core.ports import Trust
from attending.loop.parts import LoopParts
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


@dataclass(frozen=True)
class WebParts:
    """upload_limit: the largest source, in bytes; rates: how often one may ask."""

    loop: LoopParts
    tokens: TokenVerifier
    trust: Trust
    upload_limit: int
    console: ConsoleLogin
    rates: Rates = field(default_factory=Rates)
