"""What is sent and told of an act that a person proves: its digest, when it was prepared, the proof."""

from __future__ import annotations

from typing import Literal

from attending.core.identity import Proof
from attending.web.api.types import Ask, Digest, Moment, Token, Told


class PreparedForm(Told):
    """Exactly what is signed. ``digest`` is the nonce that the proof must carry."""

    digest: str
    prepared_at: str


class ProofAsk(Ask):
    """kind "oidc": ``token`` is an ID token whose nonce is the digest."""

    kind: Literal["oidc"] = "oidc"
    token: Token

    def made(self) -> Proof:
        return Proof(self.token, self.kind)


class ProvedAsk(Ask):
    """``digest`` and ``prepared_at`` as they were prepared."""

    digest: Digest
    prepared_at: Moment
    proof: ProofAsk
