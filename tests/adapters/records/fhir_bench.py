"""What FHIR resources say in the words of the record contract."""

from __future__ import annotations

import base64
from abc import abstractmethod
from itertools import count
from typing import Any

from attending.core.entry import PatientIdentity
from tests.contracts.record_contract import Bench, Note, Trail

Resource = dict[str, Any]
MRN = "urn:test:mrn"
_numbers = count(1)


class FhirBench(Bench):
    """For a record whose resources are FHIR R4."""

    @abstractmethod
    def put(self, resource: Resource) -> str:
        """Create it, or replace what has its id; returns the reference."""

    @abstractmethod
    def get(self, reference: str) -> Resource: ...

    @abstractmethod
    def all(self, kind: str) -> list[Resource]: ...

    def add_patient(self) -> PatientIdentity:
        number = next(_numbers)
        name = {"use": "official", "family": f"Family{number}", "given": ["Ann", "Bo"]}
        reference = self.put(
            {
                "resourceType": "Patient",
                "active": True,
                "identifier": [{"system": MRN, "value": str(number)}],
                "name": [{"text": "Nick", "use": "nickname"}, name],
                "birthDate": "1970-01-31",
            }
        )
        identifiers = ((MRN, str(number)),)
        return PatientIdentity(reference, f"Ann Bo Family{number}", "1970-01-31", identifiers)

    def add_encounter(self, patient: PatientIdentity) -> str:
        return self.put(
            {
                "resourceType": "Encounter",
                "status": "in-progress",
                "class": {"code": "AMB"},
                "subject": {"reference": patient.reference},
            }
        )

    def change(self, reference: str, **elements: object) -> None:
        self.put({**self.get(reference), **elements})

    def rename(self, patient: PatientIdentity) -> None:
        self.change(patient.reference, name=[{"use": "official", "family": "Other"}])

    def merge(self, patient: PatientIdentity) -> None:
        other = {"reference": self.add_patient().reference}
        self.change(patient.reference, link=[{"other": other, "type": "replaced-by"}])

    def deactivate(self, patient: PatientIdentity) -> None:
        self.change(patient.reference, active=False)

    def tamper(self, note: str) -> None:
        standing = self.get(note)
        standing["content"][0]["attachment"]["data"] = base64.b64encode(b"Other words").decode()
        self.put(standing)

    def notes(self, key: str) -> list[Note]:
        return [n for n in map(_note, self.all("DocumentReference")) if n.key == key]

    def trails(self, key: str) -> list[Trail]:
        return [t for t in map(self._trail, self.all("Provenance")) if t.key == key]

    def _trail(self, found: Resource) -> Trail:
        devices = [self.get(at["reference"]) for at in _agents(found, "assembler")]
        return Trail(
            reference=_reference(found),
            key=_value(found["meta"]["tag"], "code", "urn:attending:signature"),
            target=found["target"][0]["reference"],
            digest=_digest(found),
            models=frozenset(
                (d["deviceName"][0]["name"], d["version"][0]["value"]) for d in devices
            ),
            author=_agents(found, "author")[0]["identifier"]["value"],
            verifier=_agents(found, "verifier")[0]["identifier"]["value"],
            witness=_witness(found),
        )


def _note(found: Resource) -> Note:
    bodies = {
        c["attachment"]["contentType"].split(";")[0]: base64.b64decode(c["attachment"]["data"])
        for c in found["content"]
    }
    replaced = [r["target"]["reference"] for r in found.get("relatesTo", ())]
    visits = [e["reference"] for e in found.get("context", {}).get("encounter", ())]
    return Note(
        reference=_reference(found),
        key=_value(found.get("identifier", []), "value", "urn:attending:signature"),
        status=found["status"],
        patient=found["subject"]["reference"],
        text=bodies["text/plain"].decode(),
        html=bodies["text/html"].decode(),
        labels=frozenset(c["code"] for c in found["meta"]["security"]),
        author=found["author"][0]["identifier"]["value"],
        replaces="".join(replaced),
        encounter="".join(visits),
    )


def _agents(found: Resource, code: str) -> list[Resource]:
    return [a["who"] for a in found["agent"] if a["type"]["coding"][0]["code"] == code]


def _digest(found: Resource) -> str:
    named = [e["what"]["identifier"] for e in found["entity"] if "identifier" in e["what"]]
    return _value(named, "value", "urn:attending:digest")


def _value(marks: list[Resource], name: str, system: str) -> str:
    return next((str(m[name]) for m in marks if m["system"] == system), "")


def _reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _witness(found: Resource) -> str:
    stated = [e for e in found.get("extension", ()) if e["url"] == "urn:attending:audit-checkpoint"]
    return str(stated[0]["valueString"]) if stated else ""
