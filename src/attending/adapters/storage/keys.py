"""Who opens what: the keys that a process was given, and the ciphers it makes with them.

A patient's key is wrapped by a key of the tenant, and that by the installation's master
key. Web and releaser hold the master key. Inference does not: it holds a private key of its
own, and finds, for each source or capture that it works on, the patient's key sealed for it
(``attending.job_keys``), until that work ends. docs/decisions/0007-keys-of-the-job.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from attending.adapters.storage.codec import unwrap, wrap
from attending.core.errors import KeyMissing, Misconfigured, NotFound
from attending.core.ids import CaptureId, PatientId, SourceId, TenantId

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)  # RFC 9180, base mode
_PEM = re.compile(rb"-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL)

_PATIENTS = """
select p.id, p.key, k.generation, k.key as tenant_key
from attending.patients p
join attending.tenant_keys k on k.tenant_id = p.tenant_id and k.generation = p.key_generation
where p.id = any (%s)
"""
# What inference has in hand of a patient: a source, or a recording that still goes on.
_JOBS = """
(select source_id as work, sealed from attending.job_keys
 where patient_id = %s order by source_id limit 1)
union all
(select capture_id, sealed from attending.capture_keys
 where patient_id = %s order by capture_id limit 1)
limit 1
"""
_NEWEST = "select generation, key from attending.tenant_keys order by generation desc limit 1"
_CLINICS = """
select generation, key, clinic_key from attending.tenant_keys order by generation desc limit 1
"""


class Keys(Protocol):
    """What one process can open. Each raises KeyMissing for what was not given to it."""

    def patients(
        self, unit: TenantUnit, patients: Collection[PatientId], /
    ) -> Mapping[PatientId, bytes]:
        """The own key of each. Raises NotFound."""
        ...

    def clinic(self, unit: TenantUnit, /) -> bytes:
        """The key of what is kept for the tenant and is of no patient."""
        ...

    def newest(self, unit: TenantUnit, /) -> tuple[int, bytes]:
        """The tenant's key that wraps what is new, and its generation."""
        ...

    def hand_over(self, unit: TenantUnit, source: SourceId, /) -> None:
        """Inference is about to work on this source: it gets the key for it."""
        ...

    def hand_over_capture(self, unit: TenantUnit, capture: CaptureId, /) -> None:
        """Inference is about to hear what came of this capture: it gets the key for it."""
        ...


@dataclass(frozen=True)
class MasterKeys:
    """Web and releaser. ``inference``: for whom web seals the keys of jobs.

    ``previous``: the master key before this one, while it is being changed.
    """

    master: bytes = field(repr=False)
    inference: X25519PublicKey | None = None
    previous: bytes | None = field(default=None, repr=False)

    def patients(
        self, unit: TenantUnit, patients: Collection[PatientId]
    ) -> Mapping[PatientId, bytes]:
        outer: dict[int, bytes] = {}
        found = {}
        for row in unit.all(_PATIENTS, list(patients)):
            generation = row["generation"]
            if generation not in outer:
                outer[generation] = self.opened(unit.tenant, generation, row["tenant_key"])
            found[PatientId(row["id"])] = unwrap(
                outer[generation], unit.tenant, f"patient/{row['id']}", row["key"]
            )
        if len(found) < len(set(patients)):
            raise NotFound("There is no such resource.")
        return found

    def clinic(self, unit: TenantUnit) -> bytes:
        row = unit.one(_CLINICS)
        outer = self.opened(unit.tenant, row["generation"], row["key"])
        return unwrap(outer, unit.tenant, "clinic", row["clinic_key"])

    def newest(self, unit: TenantUnit) -> tuple[int, bytes]:
        unit.share(*registering())
        row = unit.one(_NEWEST)
        return row["generation"], self.opened(unit.tenant, row["generation"], row["key"])

    def hand_over(self, unit: TenantUnit, source: SourceId) -> None:
        patient = unit.one(
            """select e.patient_id from attending.sources s
               join attending.encounters e on e.tenant_id = s.tenant_id and e.id = s.encounter_id
               where s.id = %s""",
            source,
        )["patient_id"]
        sealed = self._sealed(unit, source, patient)
        unit.run(
            """insert into attending.job_keys (tenant_id, source_id, patient_id, sealed)
               values (%s, %s, %s, %s)
               on conflict (tenant_id, source_id) do update set sealed = excluded.sealed""",
            unit.tenant,
            source,
            patient,
            sealed,
        )

    def hand_over_capture(self, unit: TenantUnit, capture: CaptureId) -> None:
        patient = unit.one(
            """select e.patient_id from attending.captures c
               join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
               where c.id = %s""",
            capture,
        )["patient_id"]
        sealed = self._sealed(unit, capture, patient)
        unit.run(
            """insert into attending.capture_keys (tenant_id, capture_id, patient_id, sealed)
               values (%s, %s, %s, %s)
               on conflict (tenant_id, capture_id) do update set sealed = excluded.sealed""",
            unit.tenant,
            capture,
            patient,
            sealed,
        )

    def _sealed(self, unit: TenantUnit, work: UUID, patient: PatientId) -> bytes:
        if self.inference is None:
            raise Misconfigured(
                "ATTENDING_INFERENCE_PUBLIC_KEY_FILE is not set.",
                remedy="Give this process the public half of the inference process's key.",
            )
        context = _context(unit.tenant, work, patient)
        return bytes(_SUITE.encrypt(unit.cipher(patient).key, self.inference, info=context))

    def opened(self, tenant: TenantId, generation: int, wrapped: bytes) -> bytes:
        """A key of the tenant. Raises Misconfigured if no master key of ours wrapped it."""
        if self.previous is not None and not self.is_present(tenant, generation, wrapped):
            return unwrap(self.previous, tenant, _tenants(generation), wrapped)
        return unwrap(self.master, tenant, _tenants(generation), wrapped)

    def seal(self, tenant: TenantId, generation: int, key: bytes) -> bytes:
        """A key of the tenant, wrapped by the present master key."""
        return wrap(self.master, tenant, _tenants(generation), key)

    def is_present(self, tenant: TenantId, generation: int, wrapped: bytes) -> bool:
        """Whether it is the present master key that wrapped it."""
        try:
            unwrap(self.master, tenant, _tenants(generation), wrapped)
        except Misconfigured:
            return False
        return True


@dataclass(frozen=True)
class JobKeys:
    """Inference: the keys of the jobs that wait or are in hand, and no others.

    More than one private key: while the pair is changed, jobs are sealed for either.
    """

    private: tuple[X25519PrivateKey, ...] = field(repr=False)

    def patients(
        self, unit: TenantUnit, patients: Collection[PatientId]
    ) -> Mapping[PatientId, bytes]:
        return {patient: self._patient(unit, patient) for patient in patients}

    def _patient(self, unit: TenantUnit, patient: PatientId) -> bytes:
        row = unit.maybe(_JOBS, patient, patient)
        if row is None:
            raise KeyMissing("No job on this patient is in hand.")
        context = _context(unit.tenant, row["work"], patient)
        for key in self.private:
            opened = _opened(key, bytes(row["sealed"]), context)
            if opened is not None:
                return opened
        raise KeyMissing(
            "The key of the job was sealed for another inference process.",
            remedy="Compare ATTENDING_INFERENCE_KEY_FILE with ATTENDING_INFERENCE_PUBLIC_KEY_FILE"
            " of the web process, then retry: the key is sealed anew.",
        )

    def clinic(self, _unit: TenantUnit) -> bytes:
        raise KeyMissing("This process does not open what is the clinic's own.")

    def newest(self, _unit: TenantUnit) -> tuple[int, bytes]:
        raise KeyMissing("This process wraps no keys.")

    def hand_over(self, _unit: TenantUnit, _source: SourceId) -> None:
        """Nothing to do: the key that it works with stays until the work ends."""

    def hand_over_capture(self, _unit: TenantUnit, _capture: CaptureId) -> None:
        """Nothing to do: the key stays until nobody records any more."""


@dataclass(frozen=True)
class NoKeys:
    """An administrator's connection: it reads and writes nothing that is sealed."""

    def patients(
        self, _unit: TenantUnit, _patients: Collection[PatientId]
    ) -> Mapping[PatientId, bytes]:
        raise KeyMissing("An administrator's connection opens nothing.")

    def clinic(self, _unit: TenantUnit) -> bytes:
        raise KeyMissing("An administrator's connection opens nothing.")

    def newest(self, _unit: TenantUnit) -> tuple[int, bytes]:
        raise KeyMissing("An administrator's connection wraps no keys.")

    def hand_over(self, _unit: TenantUnit, _source: SourceId) -> None:
        """Nothing to do: what waits kept its key."""

    def hand_over_capture(self, _unit: TenantUnit, _capture: CaptureId) -> None:
        """Nothing to do: what waits kept its key."""


def read_private(path: Path) -> tuple[X25519PrivateKey, ...]:
    """One X25519 key (PEM), or several one after the other. Raises Misconfigured."""
    keys = []
    for block in _PEM.findall(_content(path)):
        key = load_pem_private_key(block, None)
        if not isinstance(key, X25519PrivateKey):
            raise Misconfigured(f"{path.name} holds a key that is not of X25519.")
        keys.append(key)
    if not keys:
        raise Misconfigured(f"{path.name} holds no private key (PEM).")
    return tuple(keys)


def read_public(path: Path) -> X25519PublicKey:
    """Raises Misconfigured."""
    try:
        key = load_pem_public_key(_content(path))
    except ValueError as error:
        raise Misconfigured(f"{path.name} holds no public key (PEM).") from error
    if not isinstance(key, X25519PublicKey):
        raise Misconfigured(f"{path.name} holds a key that is not of X25519.")
    return key


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"The key file {path.name} cannot be read.") from error


def _opened(key: X25519PrivateKey, sealed: bytes, context: bytes) -> bytes | None:
    try:
        return bytes(_SUITE.decrypt(sealed, key, info=context))
    except InvalidTag:
        return None


def _tenants(generation: int) -> str:
    return f"tenant/{generation}"


def registering() -> tuple[str, ...]:
    """The lock under which a patient is registered; shared. Deleting an old key takes it alone."""
    return ("tenant keys",)


def _context(tenant: TenantId, work: UUID, patient: PatientId) -> bytes:
    """work: the source or the capture."""
    return f"attending/1/job/{tenant}/{work}/{patient}".encode()
