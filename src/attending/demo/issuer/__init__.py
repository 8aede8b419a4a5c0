"""The embedded OIDC issuer of the demo and the tests. Not for production.

It listens on this machine only, and its people and passwords come from its settings.
"""

from attending.demo.issuer.running import RunningIssuer
from attending.demo.issuer.settings import API_AUDIENCE, DemoUser, IssuerSettings
from attending.demo.issuer.sign_in import Tokens, sign_in

__all__ = [
    "API_AUDIENCE",
    "DemoUser",
    "IssuerSettings",
    "RunningIssuer",
    "Tokens",
    "sign_in",
]
