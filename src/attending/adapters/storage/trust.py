"""The tenant's statements of trust, as they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.core.trust import SignedStatement

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


class TrustTable:
    """Implements ``core.ports.TrustLog``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def head(self) -> SignedStatement | None:
        row = self.unit.maybe(
            """select statement, signature from attending.trust_statements
               order by number desc limit 1"""
        )
        return SignedStatement(row["statement"], row["signature"]) if row else None

    def all(self) -> tuple[SignedStatement, ...]:
        rows = self.unit.all(
            "select statement, signature from attending.trust_statements order by number"
        )
        return tuple(SignedStatement(row["statement"], row["signature"]) for row in rows)
