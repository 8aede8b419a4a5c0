"""The delivery of a SignedEntry as FHIR resources, whatever keeps them.

Each step looks first, writes only what is missing, and can be run again after any
crash. What a step finds under our key is compared with what was signed, never assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attending.adapters.records import fhir_resources as fhir
from attending.adapters.records.fhir_compare import differences
from attending.adapters.records.fhir_resources import Key, Resource
from attending.core.entry import Action, EntryPayload, PatientIdentity, SignedEntry
from attending.core.errors import (
    PatientChanged,
    RecordMismatch,
    RecordRefused,
    RecordUnavailable,
)
from attending.core.record import Fence, Written, unfenced

_TELLING = 3  # characters from which on a word can identify


class Shelf(Protocol):
    """What keeps FHIR resources. Everything may raise RecordUnavailable or RecordRefused."""

    base: str  # what may stand before its references

    def get(self, reference: str) -> Resource | None: ...

    def find(self, kind: str, key: Key) -> list[Resource]:
        """All of a kind that carry the key."""
        ...

    def add(self, resource: Resource, key: Key) -> None:
        """Create it unless one with the key stands."""
        ...

    def replace(self, resource: Resource) -> None:
        """Put a new version in place of the one that was read, if it is still that one."""
        ...

    def remove(self, resource: Resource) -> None: ...

    def patients(self) -> list[Resource]: ...


class _FencedShelf:
    """A shelf that asks before each write whether it may still be done."""

    def __init__(self, shelf: Shelf, fence: Fence) -> None:
        self._shelf, self._fence = shelf, fence
        self.base, self.get, self.find = shelf.base, shelf.get, shelf.find
        self.patients = shelf.patients

    def add(self, resource: Resource, key: Key) -> None:
        self._fence()
        self._shelf.add(resource, key)

    def replace(self, resource: Resource) -> None:
        self._fence()
        self._shelf.replace(resource)

    def remove(self, resource: Resource) -> None:
        self._fence()
        self._shelf.remove(resource)


class FhirRecord:
    """A ClinicalRecord over a shelf."""

    kind = ""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def patient(self, reference: str) -> PatientIdentity:
        fhir.checked_reference(reference, "Patient")
        found = self._shelf.get(reference)
        if found is None:
            raise PatientChanged("The patient is no longer in the record system.")
        if reference_of(found) != reference or _replaced(found):
            raise PatientChanged("The patient was merged into another.")
        if found.get("active") is False:
            raise PatientChanged("The patient's record is not active.")
        return identity(found)

    def patients(self) -> tuple[PatientIdentity, ...]:
        return tuple(
            identity(found)
            for found in self._shelf.patients()
            if found.get("active") is not False and not _replaced(found)
        )

    def read(self, reference: str) -> Mapping[str, Any]:
        found = self._get(fhir.checked_reference(reference))
        if found is None:
            raise RecordRefused("The record system has no such resource.", reference=reference)
        return found

    def _get(self, reference: str) -> Resource | None:
        """What was asked for, and not something else."""
        found = self._shelf.get(reference)
        if found is not None and reference_of(found) != reference:
            raise RecordMismatch(
                "The record system answered with another resource.", reference=reference
            )
        return found

    def stands(self, key: str) -> bool:
        keys = {"DocumentReference": fhir.document_key(key), "Provenance": fhir.provenance_key(key)}
        return any(self._shelf.find(kind, each) for kind, each in keys.items())

    def in_force(self, key: str) -> bool:
        notes = self._shelf.find("DocumentReference", fhir.document_key(key))
        return any(note.get("status") == "current" for note in notes)

    def deliver(self, entry: SignedEntry, fence: Fence = unfenced, witness: str = "") -> Written:
        try:
            return FhirRecord(_FencedShelf(self._shelf, fence))._deliver(entry, witness)  # noqa: SLF001 - its own
        except RecordRefused as refused:
            raise _veiled(refused, entry.payload.patient) from refused

    def _deliver(self, entry: SignedEntry, witness: str) -> Written:
        self._require_same_patient(entry.payload)
        if entry.payload.action is Action.RETRACT:
            reference = self._retract(entry.payload)
            sent: Resource = {}
        else:
            sent = fhir.document(entry)
            reference = self._write(entry, sent)
        trail = self._trail(entry, reference, witness)
        note = self._read_back(sent, reference)
        return Written(
            reference=reference,
            version=str(note.get("meta", {}).get("versionId", "")),
            provenance=reference_of(trail),
            resource=note,
            witness=fhir.witness_of(trail),
        )

    def _require_same_patient(self, payload: EntryPayload) -> None:
        signed, now = payload.patient, self.patient(payload.patient.reference)
        changed = [
            name
            for name in ("name", "birth_date", "identifiers")
            if getattr(signed, name) != getattr(now, name)
        ]
        if changed:
            raise PatientChanged("The patient's identity changed after signing.", changed=changed)

    def _write(self, entry: SignedEntry, note: Resource) -> str:
        key = fhir.document_key(entry.key)
        if entry.payload.action is not Action.AMEND:
            return reference_of(self._keep(note, key))
        # The old note is read before the new one is looked for: if another worker is at
        # the same amendment, an old note that is seen as superseded has its successor.
        old = self._ours(entry.payload)
        if old.get("status") != "current" and self._standing(note, key) is None:
            raise RecordMismatch(
                "The note to amend is no longer current.", reference=entry.payload.replaces
            )
        reference = reference_of(self._keep(note, key))
        self._restate(entry.payload, {"status": "superseded"})
        return reference

    def _retract(self, payload: EntryPayload) -> str:
        self._restate(payload, {"status": "entered-in-error", "docStatus": "entered-in-error"})
        return payload.replaces

    def _trail(self, entry: SignedEntry, target: str, witness: str) -> Resource:
        """The Provenance; no model took part in a retraction."""
        retracts = entry.payload.action is Action.RETRACT
        models = () if retracts else entry.payload.models
        devices = [
            (model, reference_of(self._keep(fhir.device(model), fhir.device_key(model))))
            for model in models
        ]
        trail = fhir.provenance(entry, target, devices, witness)
        reference = reference_of(self._keep(trail, fhir.provenance_key(entry.key)))
        return self._read_back(trail, reference)

    def _keep(self, resource: Resource, key: Key) -> Resource:
        """The one resource that stands under the key, made if there is none."""
        standing = self._standing(resource, key) or self._added(resource, key)
        if standing is None:
            raise RecordUnavailable("What was written cannot be found yet.", key=key.value)
        return standing

    def _added(self, resource: Resource, key: Key) -> Resource | None:
        try:
            self._shelf.add(resource, key)
        except RecordRefused:
            # Refused perhaps because another worker was faster: then it stands.
            standing = self._standing(resource, key)
            if standing is None:
                raise
            return standing
        return self._standing(resource, key)

    def _standing(self, resource: Resource, key: Key) -> Resource | None:
        """What stands under the key, compared; equal twins of a race are taken away.

        Conditional create is not atomic on every server. Who looks later sees both, and
        everybody keeps the same one: that which went on, then the oldest.
        """
        found = self._shelf.find(resource["resourceType"], key)
        for other in found:
            self._require_equal(resource, other)
        if not found:
            return None
        first, *twins = sorted(found, key=_seniority)
        for twin in twins:
            self._remove(twin)
        return first

    def _remove(self, twin: Resource) -> None:
        try:
            self._shelf.remove(twin)
        except RecordRefused as refused:
            raise RecordMismatch(
                "An equal twin stands under our identifier and may not be deleted.",
                remedy="Delete the twin in the record system, then retry from the queue.",
                reference=reference_of(twin),
                **refused.context,
            ) from refused

    def _require_equal(self, sent: Resource, found: Resource) -> None:
        if not sent:
            return
        differing = differences(sent, found, self._shelf.base)
        if differing:
            raise RecordMismatch(
                "What stands under our identifier is not what was signed.",
                reference=reference_of(found),
                elements=differing,
            )

    def _ours(self, payload: EntryPayload) -> Resource:
        """The note that an amendment or retraction is about."""
        reference = fhir.checked_reference(payload.replaces, "DocumentReference")
        found = self._get(reference)
        if found is None:
            raise RecordMismatch("The note is no longer in the record.", reference=reference)
        if not any(system == fhir.SIGNATURE for system, _ in fhir.identifiers(found)):
            raise RecordMismatch("The note is not one of ours.", reference=reference)
        subject = str(found.get("subject", {}).get("reference", ""))
        if subject.removeprefix(f"{self._shelf.base}/") != payload.patient.reference:
            raise RecordMismatch("The note is another patient's.", reference=reference)
        return found

    def _restate(self, payload: EntryPayload, state: Resource) -> None:
        """Give the old note another status, and nothing else."""
        old = self._ours(payload)
        if old.get("status") == state["status"]:
            return
        self._shelf.replace({**old, **state})
        now = self._ours(payload)
        if now.get("status") != state["status"]:
            raise RecordUnavailable("The note was changed meanwhile.", reference=payload.replaces)
        self._require_equal({**old, **state}, now)

    def _read_back(self, sent: Resource, reference: str) -> Resource:
        found = self._get(reference)
        if found is None:
            raise RecordUnavailable("What was written is not there.", reference=reference)
        self._require_equal(sent, found)
        return found


def identity(patient: Mapping[str, Any]) -> PatientIdentity:
    """Who a Patient resource is."""
    return PatientIdentity(
        reference=reference_of(patient),
        name=_name(patient),
        birth_date=str(patient.get("birthDate", "")),
        identifiers=fhir.identifiers(patient),
    )


def reference_of(resource: Mapping[str, Any]) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _name(patient: Mapping[str, Any]) -> str:
    names = sorted(patient.get("name", ()), key=lambda n: n.get("use") != "official")
    if not names:
        return ""
    parts = [*names[0].get("given", ()), names[0].get("family")]
    return str(names[0].get("text") or " ".join(str(part) for part in parts if part))


def _replaced(patient: Mapping[str, Any]) -> bool:
    return any(link.get("type") == "replaced-by" for link in patient.get("link", ()))


def _seniority(resource: Mapping[str, Any]) -> tuple[bool, str, str]:
    updated = str(resource.get("meta", {}).get("lastUpdated", ""))
    return resource.get("status") in {"current", None}, updated, str(resource.get("id"))


def _veiled(refused: RecordRefused, patient: PatientIdentity) -> RecordRefused:
    """Without the patient in the server's words, since they reach logs and answers."""
    said = str(refused.context.get("said", ""))
    private = {patient.name, *patient.name.split(), patient.birth_date}
    private |= {value for _, value in patient.identifiers}
    for words in sorted(private, key=len, reverse=True):
        if len(words) >= _TELLING:
            said = said.replace(words, "[…]")
    context = {**refused.context, "said": said} if said else refused.context
    return RecordRefused(refused.message, remedy=refused.remedy, **context)
