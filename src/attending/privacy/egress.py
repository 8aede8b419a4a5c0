"""Egress: which engines may see what. Fails closed."""

from __future__ import annotations

from attending.core.errors import EgressRefused

LOCAL = "local"


def require_local(egress: str, engine: str) -> None:
    """Only local engines until a register of agreements exists. Raises EgressRefused."""
    if egress != LOCAL:
        raise EgressRefused(
            f"The engine {engine} is not local, and no agreement is registered for it."
        )
