"""Signatures and the outbox of releases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attending.adapters.storage import forms
from attending.core.case import Case, ReleaseState
from attending.core.entry import Action, Signature
from attending.core.errors import Conflict
from attending.core.ids import CaseId, PatientId, ReleaseId, SignatureId
from attending.core.work import Deliveries, Release

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_SIGNATURE = """
select s.*, e.patient_id
from attending.signatures s
join attending.cases c on c.tenant_id = s.tenant_id and c.id = s.case_id
join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
"""
_RELEASE = """
select r.*, c.encounter_id, e.patient_id, s.action
from attending.releases r
join attending.signatures s on s.tenant_id = r.tenant_id and s.id = r.signature_id
join attending.cases c on c.tenant_id = r.tenant_id and c.id = r.case_id
join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
"""


_DELIVERIES = """
select t.id as target,
  (select max(r.changed_at) from attending.releases r
   where r.target_id = t.id and r.state = 'written') as last_written,
  f.changed_at as last_failed, coalesce(f.reason, '') as reason,
  w.waiting, w.oldest, w.retried,
  (select count(*) from attending.failures o
   join attending.releases r on r.tenant_id = o.tenant_id and r.id = o.subject_id
   where o.state = 'open' and o.subject = 'release' and r.target_id = t.id) as failed
from attending.record_targets t
left join lateral (
  select r.changed_at, r.reason from attending.releases r
  where r.tenant_id = t.tenant_id and r.target_id = t.id and r.state = 'failed'
  order by r.changed_at desc limit 1) f on true
cross join lateral (
  select count(*) as waiting, min(s.signed_at) as oldest,
         count(*) filter (where r.attempts > 1) as retried
  from attending.releases r
  join attending.signatures s on s.tenant_id = r.tenant_id and s.id = r.signature_id
  where r.target_id = t.id and r.state in ('pending', 'writing')) w
order by t.name, t.id
"""


class SigningTables:
    """Implements ``core.ports.Signing``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def add_signature(self, case: Case, version: int, signature: Signature) -> None:
        cipher = self.unit.cipher(case.patient)
        self.unit.run(
            """insert into attending.signatures
                 (tenant_id, id, case_id, version, action, target_id, digest, payload, proof,
                  principal_id, signed_at)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            signature.id,
            case.id,
            version,
            signature.payload.action,
            signature.payload.target.id,
            signature.digest,
            cipher.seal(
                f"signatures/payload/{signature.id}", forms.payloads.dump_json(signature.payload)
            ),
            cipher.seal(
                f"signatures/proof/{signature.id}", forms.proofs.dump_json(signature.proof)
            ),
            signature.by,
            signature.signed_at,
        )

    def signature(self, signature: SignatureId) -> Signature:
        return self._signature(self.unit.one(f"{_SIGNATURE} where s.id = %s", signature))

    def signatures(self, case: CaseId) -> tuple[Signature, ...]:
        rows = self.unit.all(f"{_SIGNATURE} where s.case_id = %s order by s.version", case)
        return tuple(map(self._signature, rows))

    def _signature(self, row: Mapping[str, Any]) -> Signature:
        cipher, key = self.unit.cipher(PatientId(row["patient_id"])), row["id"]
        return Signature(
            id=key,
            payload=forms.payloads.validate_json(
                cipher.open(f"signatures/payload/{key}", row["payload"])
            ),
            digest=row["digest"],
            by=row["principal_id"],
            proof=forms.proofs.validate_json(cipher.open(f"signatures/proof/{key}", row["proof"])),
            signed_at=row["signed_at"],
        )

    def add_release(self, release: ReleaseId, signature: Signature, case: CaseId) -> None:
        self.unit.run(
            """insert into attending.releases
                 (tenant_id, id, case_id, signature_id, target_id, digest, state, version)
               values (%s, %s, %s, %s, %s, %s, %s, 1)""",
            self.unit.tenant,
            release,
            case,
            signature.id,
            signature.payload.target.id,
            signature.digest,
            ReleaseState.PENDING,
        )

    def release(self, release: ReleaseId, *, lock: bool = False) -> Release:
        suffix = " for update of r" if lock else ""
        return self._release(self.unit.one(f"{_RELEASE} where r.id = %s{suffix}", release))

    def releases(self, case: CaseId) -> tuple[Release, ...]:
        rows = self.unit.all(f"{_RELEASE} where r.case_id = %s order by s.version", case)
        return tuple(map(self._release, rows))

    def _release(self, row: Mapping[str, Any]) -> Release:
        resource = None
        if row["written"] is not None:
            cipher = self.unit.cipher(PatientId(row["patient_id"]))
            resource = json.loads(cipher.open(f"releases/written/{row['id']}", row["written"]))
        return Release(
            id=row["id"],
            case=row["case_id"],
            encounter=row["encounter_id"],
            signature=row["signature_id"],
            target=row["target_id"],
            action=Action(row["action"]),
            digest=row["digest"],
            state=ReleaseState(row["state"]),
            version=row["version"],
            attempts=row["attempts"],
            reference=row["reference"],
            resource=resource,
            reason=row["reason"],
            untouched=row["untouched"],
            changed_at=row["changed_at"],
        )

    def advance_release(
        self, release: ReleaseId, seen: int, state: ReleaseState, reason: str = ""
    ) -> int:
        # What was found untouched is so no longer, once it is tried again.
        tried = (
            ", attempts = attempts + 1, untouched = false" if state is ReleaseState.WRITING else ""
        )
        changed = self.unit.run(
            f"""update attending.releases
                set state = %s, version = version + 1, reason = %s,
                    changed_at = clock_timestamp(){tried}
                where id = %s and version = %s""",
            state,
            reason,
            release,
            seen,
        )
        return self._moved(changed, release, seen)

    def give_up_release(
        self, release: ReleaseId, seen: int, reason: str, *, untouched: bool
    ) -> int:
        changed = self.unit.run(
            """update attending.releases
               set state = %s, version = version + 1, reason = %s, untouched = %s,
                   changed_at = clock_timestamp()
               where id = %s and version = %s""",
            ReleaseState.FAILED,
            reason,
            untouched,
            release,
            seen,
        )
        return self._moved(changed, release, seen)

    def deliveries(self) -> tuple[Deliveries, ...]:
        return tuple(Deliveries(**row) for row in self.unit.all(_DELIVERIES))

    def complete_release(
        self, release: Release, seen: int, reference: str, resource: Mapping[str, Any]
    ) -> int:
        patient = self.unit.people.encounter(release.encounter).patient
        sealed = self.unit.cipher(patient).seal(
            f"releases/written/{release.id}", json.dumps(resource).encode()
        )
        changed = self.unit.run(
            """update attending.releases
               set state = %s, version = version + 1, reason = '', reference = %s, written = %s,
                   changed_at = clock_timestamp()
               where id = %s and version = %s""",
            ReleaseState.WRITTEN,
            reference,
            sealed,
            release.id,
            seen,
        )
        return self._moved(changed, release.id, seen)

    def _moved(self, changed: int, release: ReleaseId, seen: int) -> int:
        if changed == 0:
            now = self.release(release)
            raise Conflict(
                "The release moved on.", release=release, state=now.state, version=now.version
            )
        return seen + 1
