"""Tenants, principals, record targets, patients, consents and encounters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attending.adapters.storage import forms
from attending.adapters.storage.codec import TenantCipher, new_key, wrap
from attending.core.entry import PatientIdentity
from attending.core.identity import Principal, StaffRole
from attending.core.ids import EncounterId, PatientId, PrincipalId, TargetId, fresh
from attending.core.work import Encounter, Patient, Purpose, Target, Tenant

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_ENCOUNTER = "select id, patient_id, target_id, reference, started_at from attending.encounters"


_BEFORE_ALL = UUID(int=0)


class PeopleTables:
    """Implements ``core.ports.People``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def tenant(self) -> Tenant:
        row = self.unit.one("select tenant_id, name, demo from attending.tenants")
        return Tenant(row["tenant_id"], row["name"], row["demo"])

    def principal(self, issuer: str, subject: str) -> Principal | None:
        row = self.unit.maybe(
            """select id, issuer, subject, name, roles from attending.principals
               where issuer = %s and subject = %s""",
            issuer,
            subject,
        )
        return _principal(row) if row else None

    def principal_by_id(self, principal: PrincipalId) -> Principal:
        return _principal(
            self.unit.one(
                "select id, issuer, subject, name, roles from attending.principals where id = %s",
                principal,
            )
        )

    def principals(self) -> tuple[Principal, ...]:
        """By name."""
        rows = self.unit.all(
            "select id, issuer, subject, name, roles from attending.principals order by name, id"
        )
        return tuple(map(_principal, rows))

    def targets(self) -> tuple[Target, ...]:
        rows = self.unit.all("select id, kind, address, name from attending.record_targets")
        return tuple(Target(**row) for row in rows)

    def target(self, target: TargetId) -> Target:
        return Target(
            **self.unit.one(
                "select id, kind, address, name from attending.record_targets where id = %s",
                target,
            )
        )

    def add_patient(self, patient: PatientId, target: TargetId, identity: PatientIdentity) -> None:
        """A patient who is known already keeps the key, and gets the identity of now."""
        content = forms.identities.dump_json(identity)
        if self.unit.maybe("select id from attending.patients where id = %s", patient):
            sealed = self.unit.cipher(patient).seal(f"patients/identity/{patient}", content)
            self.unit.run(
                "update attending.patients set identity = %s where id = %s", sealed, patient
            )
            return
        key, (generation, outer) = new_key(), self.unit.keys.newest(self.unit)
        sealed = TenantCipher(key, self.unit.tenant).seal(f"patients/identity/{patient}", content)
        self.unit.run(
            """insert into attending.patients
                 (tenant_id, id, target_id, identity, key, key_generation)
               values (%s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            patient,
            target,
            sealed,
            wrap(outer, self.unit.tenant, f"patient/{patient}", key),
            generation,
        )

    def patient(self, patient: PatientId) -> Patient:
        return self._patient(
            self.unit.one(
                "select id, target_id, identity from attending.patients where id = %s", patient
            )
        )

    def patients(self, after: PatientId | None, limit: int) -> tuple[Patient, ...]:
        rows = self.unit.all(
            """select id, target_id, identity from attending.patients
               where id > %s order by id limit %s""",
            after or _BEFORE_ALL,
            limit,
        )
        return tuple(map(self._patient, rows))

    def _patient(self, row: Mapping[str, Any]) -> Patient:
        opened = self.unit.cipher(row["id"]).open(f"patients/identity/{row['id']}", row["identity"])
        return Patient(row["id"], row["target_id"], forms.identities.validate_json(opened))

    def record_consent(
        self, patient: PatientId, purpose: Purpose, *, granted: bool, by: PrincipalId
    ) -> None:
        self.unit.run(
            """insert into attending.consents
                 (tenant_id, id, patient_id, purpose, granted, principal_id)
               values (%s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            fresh(),
            patient,
            purpose,
            granted,
            by,
        )

    def consents(self, patient: PatientId) -> Mapping[Purpose, bool]:
        rows = self.unit.all(
            """select distinct on (purpose) purpose, granted from attending.consents
               where patient_id = %s order by purpose, at desc""",
            patient,
        )
        return {Purpose(row["purpose"]): row["granted"] for row in rows}

    def add_encounter(self, encounter: Encounter, by: PrincipalId) -> None:
        sealed = self.unit.cipher(encounter.patient).seal(
            f"encounters/reference/{encounter.id}", encounter.reference.encode()
        )
        self.unit.run(
            """insert into attending.encounters
                 (tenant_id, id, patient_id, target_id, reference, principal_id, started_at)
               values (%s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            encounter.id,
            encounter.patient,
            encounter.target,
            sealed,
            by,
            encounter.started_at,
        )

    def encounter(self, encounter: EncounterId) -> Encounter:
        return self._encounter(self.unit.one(f"{_ENCOUNTER} where id = %s", encounter))

    def encounters(
        self, before: tuple[datetime, EncounterId] | None, limit: int
    ) -> tuple[Encounter, ...]:
        cut = "where (started_at, id) < (%s, %s)" if before else ""
        rows = self.unit.all(
            f"{_ENCOUNTER} {cut} order by started_at desc, id desc limit %s",
            *(before or ()),
            limit,
        )
        return tuple(map(self._encounter, rows))

    def _encounter(self, row: Mapping[str, Any]) -> Encounter:
        opened = self.unit.cipher(row["patient_id"]).open(
            f"encounters/reference/{row['id']}", row["reference"]
        )
        return Encounter(
            row["id"], row["patient_id"], row["target_id"], opened.decode(), row["started_at"]
        )


def _principal(row: Mapping[str, Any]) -> Principal:
    return Principal(
        row["id"],
        row["issuer"],
        row["subject"],
        row["name"],
        frozenset(StaffRole(role) for role in row["roles"]),
    )
