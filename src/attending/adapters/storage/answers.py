"""Answers already given, by the caller's idempotency key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.core.ids import PrincipalId

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


class AnswersTable:
    """Implements ``core.ports.Answers``. Answers lie under the clinic's key."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def find(self, by: PrincipalId, key: str) -> tuple[str, int, bytes] | None:
        """Waits for a write with the same key that is under way."""
        self.unit.hold("idempotency", by, key)
        row = self.unit.maybe(
            """select request_digest, status, body from attending.idempotency
               where principal_id = %s and key = %s""",
            by,
            key,
        )
        if row is None:
            return None
        return (
            row["request_digest"],
            row["status"],
            self.unit.clinic_cipher.open(_place(by, key), row["body"]),
        )

    def keep(
        self, by: PrincipalId, key: str, request_digest: str, status: int, body: bytes
    ) -> None:
        self.unit.run(
            """insert into attending.idempotency
                 (tenant_id, principal_id, key, request_digest, status, body)
               values (%s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            by,
            key,
            request_digest,
            status,
            self.unit.clinic_cipher.seal(_place(by, key), body),
        )


def _place(by: PrincipalId, key: str) -> str:
    return f"idempotency/body/{by}/{key}"
