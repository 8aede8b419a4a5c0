"""The queue of failures: work that waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attending.adapters.storage.codec import TenantCipher
from attending.core.errors import Conflict, KeyMissing
from attending.core.ids import FailureId, PatientId, PrincipalId
from attending.core.work import Failure

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_FAILURE = """
select f.*, e.patient_id
from attending.failures f
join attending.encounters e on e.tenant_id = f.tenant_id and e.id = f.encounter_id
"""


class _Unkept:
    """In place of a cipher whose key is missing: what nobody can seal is not kept."""

    def seal(self, _place: str, _content: bytes) -> bytes:
        return b""


class FailureTable:
    """Implements ``core.ports.Failures``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def add(self, failure: Failure) -> None:
        """One open failure per subject: a second one of the same changes nothing.

        Where the patient's key is what is missing, the code alone is kept.
        """
        self.unit.run(
            """insert into attending.failures
                 (tenant_id, id, encounter_id, subject, subject_id, step, code, explanation)
               values (%s, %s, %s, %s, %s, %s, %s, %s)
               on conflict (tenant_id, subject, subject_id) where state = 'open' do nothing""",
            self.unit.tenant,
            failure.id,
            failure.encounter,
            failure.subject,
            failure.subject_id,
            failure.step,
            failure.code,
            self._cipher(failure).seal(
                f"failures/explanation/{failure.id}", failure.explanation.encode()
            ),
        )

    def _cipher(self, failure: Failure) -> TenantCipher | _Unkept:
        encounter = self.unit.one(
            "select patient_id from attending.encounters where id = %s", failure.encounter
        )
        try:
            return self.unit.cipher(PatientId(encounter["patient_id"]))
        except KeyMissing:
            return _Unkept()

    def open(
        self, after: tuple[datetime, FailureId] | None = None, limit: int = 200
    ) -> tuple[Failure, ...]:
        cut = "and (f.opened_at, f.id) > (%s, %s)" if after else ""
        rows = self.unit.all(
            f"{_FAILURE} where f.state = 'open' {cut} order by f.opened_at, f.id limit %s",
            *(after or ()),
            limit,
        )
        return tuple(map(self._failure, rows))

    def get(self, failure: FailureId) -> Failure:
        return self._failure(self.unit.one(f"{_FAILURE} where f.id = %s", failure))

    def take(self, failure: FailureId, owner: PrincipalId) -> None:
        self.unit.run(
            "update attending.failures set owner_id = %s where id = %s and state = 'open'",
            owner,
            failure,
        )

    def close(self, failure: FailureId, resolution: str, owner: PrincipalId) -> None:
        changed = self.unit.run(
            """update attending.failures
               set state = 'closed', resolution = %s, owner_id = %s, closed_at = clock_timestamp()
               where id = %s and state = 'open'""",
            resolution,
            owner,
            failure,
        )
        if changed == 0:
            raise Conflict("Somebody has dealt with this failure already.", failure=failure)

    def _failure(self, row: Mapping[str, Any]) -> Failure:
        return Failure(
            id=row["id"],
            encounter=row["encounter_id"],
            subject=row["subject"],
            subject_id=row["subject_id"],
            step=row["step"],
            code=row["code"],
            explanation=self._opened(row),
            state=row["state"],
            resolution=row["resolution"],
            owner=row["owner_id"],
            opened_at=row["opened_at"],
        )

    def _opened(self, row: Mapping[str, Any]) -> str:
        if not row["explanation"]:
            return KeyMissing.remedy
        cipher = self.unit.cipher(PatientId(row["patient_id"]))
        return cipher.open(f"failures/explanation/{row['id']}", row["explanation"]).decode()
