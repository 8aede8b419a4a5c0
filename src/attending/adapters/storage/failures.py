"""The queue of failures: work that waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attending.adapters.storage.codec import TenantCipher
from attending.core.errors import Conflict, KeyMissing
from attending.core.ids import FailureId, PatientId, PrincipalId, fresh
from attending.core.work import Failure, Handover

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_FAILURE = """
select f.*, e.patient_id, h.id as handover_id, h.giver_id, h.owner_id as handed_to, h.note,
       h.at as handed_at,
       (select count(*) from attending.spans s
        where s.tenant_id = f.tenant_id and s.encounter_id = f.encounter_id and s.failed <> ''
          and s.attributes ->> f.subject = f.subject_id::text) as tries
from attending.failures f
join attending.encounters e on e.tenant_id = f.tenant_id and e.id = f.encounter_id
left join lateral (
  select o.* from attending.handovers o
  where o.tenant_id = f.tenant_id and o.failure_id = f.id order by o.at desc limit 1) h on true
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
        self,
        after: tuple[datetime, FailureId] | None = None,
        limit: int = 200,
        owner: PrincipalId | None = None,
    ) -> tuple[Failure, ...]:
        cut = "and (f.opened_at, f.id) > (%s, %s)" if after else ""
        of_one = "and f.owner_id = %s" if owner else ""
        rows = self.unit.all(
            f"{_FAILURE} where f.state = 'open' {cut} {of_one} order by f.opened_at, f.id limit %s",
            *(after or ()),
            *([owner] if owner else []),
            limit,
        )
        return tuple(map(self._failure, rows))

    def count(self) -> int:
        row = self.unit.one("select count(*) as n from attending.failures where state = 'open'")
        return int(row["n"])

    def get(self, failure: FailureId) -> Failure:
        return self._failure(self.unit.one(f"{_FAILURE} where f.id = %s", failure))

    def take(self, failure: FailureId, owner: PrincipalId) -> None:
        self.unit.run(
            "update attending.failures set owner_id = %s where id = %s and state = 'open'",
            owner,
            failure,
        )

    def hand_over(self, failure: FailureId, handover: Handover) -> None:
        made = fresh()
        patient = self.unit.one(f"{_FAILURE} where f.id = %s", failure)["patient_id"]
        sealed = self.unit.cipher(PatientId(patient)).seal(
            f"handovers/note/{made}", handover.note.encode()
        )
        self.unit.run(
            """insert into attending.handovers
                 (tenant_id, id, failure_id, giver_id, owner_id, note, at)
               values (%s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            made,
            failure,
            handover.giver,
            handover.owner,
            sealed,
            handover.at,
        )
        self.take(failure, handover.owner)

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

    def settle(self, subject: str, subject_id: UUID, resolution: str, by: PrincipalId) -> None:
        self.unit.run(
            """update attending.failures
               set state = 'closed', resolution = %s, owner_id = %s, closed_at = clock_timestamp()
               where subject = %s and subject_id = %s and state = 'open'""",
            resolution,
            by,
            subject,
            subject_id,
        )

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
            tries=row["tries"],
            handed=self._handed(row),
        )

    def _handed(self, row: Mapping[str, Any]) -> Handover | None:
        if row["handover_id"] is None:
            return None
        cipher = self.unit.cipher(PatientId(row["patient_id"]))
        note = cipher.open(f"handovers/note/{row['handover_id']}", row["note"]).decode()
        return Handover(row["giver_id"], row["handed_to"], note, row["handed_at"])

    def _opened(self, row: Mapping[str, Any]) -> str:
        if not row["explanation"]:
            return KeyMissing.remedy
        cipher = self.unit.cipher(PatientId(row["patient_id"]))
        return cipher.open(f"failures/explanation/{row['id']}", row["explanation"]).decode()
