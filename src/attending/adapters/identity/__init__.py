"""Who acts, by the word of OIDC issuers that the installation trusts.

Bearer tokens become callers (`OidcTokenVerifier`), ID tokens become proofs of signing
(`OidcProofVerifier`); both check signatures with the issuer's published keys.
"""

from attending.adapters.identity.issuers import IssuerKeys, TrustedIssuer
from attending.adapters.identity.proofs import OidcProofVerifier
from attending.adapters.identity.tokens import OidcTokenVerifier
from attending.adapters.identity.trust import TrustMemory, TrustRoot

__all__ = [
    "IssuerKeys",
    "OidcProofVerifier",
    "OidcTokenVerifier",
    "TrustMemory",
    "TrustRoot",
    "TrustedIssuer",
]
