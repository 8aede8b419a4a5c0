"""One way through the record's port, against a hostile EHR where all is prepared for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from attending.adapters.records.fhir_resources import document
from attending.core.entry import Action, PatientIdentity, SignedEntry
from attending.core.record import ClinicalRecord
from tests.attacks.hostile_answers import WAYS
from tests.attacks.hostile_ehr import HostileEhr, Json
from tests.contracts.record_contract import signed


@dataclass
class Act:
    """way: of ``WAYS``."""

    way: str
    ehr: HostileEhr

    def __post_init__(self) -> None:
        number = len(self.ehr.asked)
        self.identity = PatientIdentity(
            f"Patient/p{number}", "Ann Bo", "1970-01-31", (("urn:test:mrn", str(number)),)
        )
        self.ehr.shelf.put(
            {
                "resourceType": "Patient",
                "id": f"p{number}",
                "name": [{"text": "Ann Bo"}],
                "birthDate": "1970-01-31",
                "identifier": [{"system": "urn:test:mrn", "value": str(number)}],
            }
        )

    @cached_property
    def old(self) -> str:
        """A note that stands already."""
        note = document(signed(self.identity, text="Old."))
        return self.ehr.shelf.put(note)

    @cached_property
    def entry(self) -> SignedEntry:
        match self.way:
            case "amend":
                return signed(self.identity, action=Action.AMEND, replaces=self.old)
            case "retract":
                return signed(self.identity, action=Action.RETRACT, replaces=self.old)
        entry = signed(self.identity)
        if self.way == "twins":
            for _ in range(2):
                self.ehr.shelf.put(document(entry))
        return entry

    def prepare(self) -> None:
        """Everything that stands beforehand."""
        _ = self.entry if WAYS[self.way][0] == "deliver" else self.old

    def do(self, record: ClinicalRecord) -> Any:
        match WAYS[self.way][0]:
            case "patient":
                return record.patient(self.identity.reference)
            case "patients":
                return record.patients()
            case "read":
                return record.read(self.old)
            case "stands":
                return record.stands("no-such-key")
            case "in_force":
                return record.in_force("no-such-key")
        return record.deliver(self.entry)

    def assert_done(self, result: Any) -> None:
        match WAYS[self.way][0]:
            case "patient":
                assert result == self.identity
            case "patients":
                assert self.identity in result
            case "read":
                assert result == self.ehr.shelf.get(self.old)
            case "stands" | "in_force":
                assert result is False
            case _:
                self._assert_delivered()

    def _assert_delivered(self) -> None:
        """Exactly what was signed stands, once, and nothing else."""
        notes = [n for n in self.ehr.shelf.all("DocumentReference") if self._ours(n)]
        trails = self.ehr.shelf.all("Provenance")
        assert len(trails) == 1
        states = sorted(note["status"] for note in notes)
        expected = {"amend": ["current", "superseded"], "retract": ["entered-in-error"]}
        assert states == expected.get(self.way, ["current"])
        if self.way != "retract":
            [new] = [note for note in notes if note["status"] == "current"]
            assert new["content"] == document(self.entry)["content"]

    def _ours(self, note: Json) -> bool:
        return bool(note["subject"]["reference"] == self.identity.reference)
