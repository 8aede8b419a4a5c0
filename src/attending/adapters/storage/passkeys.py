"""Passkeys as their owners enrolled them, and how often each was used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import psycopg

from attending.core.errors import Conflict, CountWentBack, NotFound, ProofRefused
from attending.core.ids import PasskeyId, PrincipalId
from attending.core.passkey import Passkey, PublicKey, RelyingParty

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

SELECT = """
select k.*, p.name as owner from attending.passkeys k
join attending.principals p on p.tenant_id = k.tenant_id and p.id = k.principal_id
"""


class PasskeyTable:
    """Implements ``core.ports.Passkeys``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def add(self, passkey: Passkey) -> None:
        public = passkey.public
        try:
            self.unit.run(
                """insert into attending.passkeys
                     (tenant_id, id, principal_id, name, credential, key, rp_id, origin, count)
                   values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
                self.unit.tenant,
                passkey.id,
                public.principal,
                passkey.name,
                public.credential,
                public.key,
                public.party.id,
                public.party.origin,
                passkey.count,
            )
        except psycopg.errors.UniqueViolation as error:
            raise Conflict(
                "This passkey is enrolled already.", remedy="Use it, or create another one."
            ) from error

    def of(self, principal: PrincipalId) -> tuple[Passkey, ...]:
        rows = self.unit.all(
            f"{SELECT} where k.principal_id = %s order by k.enrolled_at, k.id", principal
        )
        return tuple(map(passkey_of, rows))

    def withdraw(self, passkey: PasskeyId, principal: PrincipalId) -> None:
        changed = self.unit.run(
            """update attending.passkeys set withdrawn_at = clock_timestamp()
               where id = %s and principal_id = %s and withdrawn_at is null""",
            passkey,
            principal,
        )
        if changed == 0:
            raise NotFound("You have no such passkey, or no longer.")

    def use(self, credential: str, principal: PrincipalId, count: int) -> None:
        row = self.unit.maybe(
            """select id, count from attending.passkeys
               where credential = %s and principal_id = %s and withdrawn_at is null
               for update""",
            credential,
            principal,
        )
        if row is None:
            raise ProofRefused("The passkey was withdrawn.", remedy="Sign by logging in.")
        if count <= row["count"] and (count, row["count"]) != (0, 0):
            raise CountWentBack(
                "The passkey was used elsewhere since, or there is a copy of it.",
                passkey=row["id"],
                count=count,
                last=row["count"],
            )
        self.unit.run(
            "update attending.passkeys set count = %s, used_at = clock_timestamp() where id = %s",
            count,
            row["id"],
        )


def passkey_of(row: Mapping[str, Any]) -> Passkey:
    party = RelyingParty(row["rp_id"], row["origin"])
    return Passkey(
        PasskeyId(row["id"]),
        row["name"],
        PublicKey(row["credential"], row["key"], PrincipalId(row["principal_id"]), party),
        row["count"],
        row["enrolled_at"],
        row["used_at"],
        row["withdrawn_at"],
    )
