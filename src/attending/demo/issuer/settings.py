"""Whom the demo issuer knows, and for whom it issues."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from attending.core.errors import Misconfigured
from attending.core.identity import ROLE_SCOPES, StaffRole
from attending.core.ids import TenantId

# What access tokens are made out to.
API_AUDIENCE = "attending"
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class DemoUser:
    """A person who may log in: ``subject`` is the user name, ``name`` is for display.

    Without a ``tenant`` the person belongs to the settings' tenant.
    """

    subject: str
    name: str
    password: str = field(repr=False)
    tenant: TenantId | None
    roles: frozenset[StaffRole]

    def scopes(self) -> frozenset[str]:
        """All scopes that the roles carry."""
        return frozenset(scope.value for role in self.roles for scope in ROLE_SCOPES[role])


@dataclass(frozen=True)
class IssuerSettings:
    """The demo issuer's settings. ``url`` is its ``iss``, on this machine, without a path.

    ``redirect_uris`` are compared exactly. ``key_path`` is made when it is absent.
    Raises Misconfigured for an address that other machines could reach.
    """

    url: str
    key_path: Path
    client_id: str
    redirect_uris: tuple[str, ...]
    users: tuple[DemoUser, ...]
    tenant: TenantId

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK_HOSTS or parts.path:
            raise Misconfigured("The demo issuer's url must be http://127.0.0.1:PORT")

    def tenant_of(self, user: DemoUser) -> TenantId:
        return user.tenant or self.tenant
