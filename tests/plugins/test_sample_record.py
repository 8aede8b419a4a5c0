"""A record system is added by one file, and keeps the contract."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from attending.adapters.records import open_record
from attending.core.entry import PatientIdentity
from attending.core.errors import Misconfigured
from attending.core.record import RecordAccess
from tests.contracts.record_contract import Bench, Note, RecordContract, Trail
from tests.plugins import sample_record

PACKAGE = "tests.plugins"
_numbers = count(1)


class FolderBench(Bench):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        access = RecordAccess(str(folder))
        self.record = open_record(sample_record.KIND, access, package=PACKAGE)

    def add_patient(self) -> PatientIdentity:
        number = str(next(_numbers))
        reference = f"patient/{number}"
        paper = {"name": f"P{number}", "birth_date": "1970-01-31", "active": True}
        self._save(reference, {**paper, "identifiers": [["urn:x:y", number]], "merged_into": ""})
        return PatientIdentity(reference, f"P{number}", "1970-01-31", (("urn:x:y", number),))

    def add_encounter(self, patient: PatientIdentity) -> str:
        return f"visit of {patient.reference}"

    def rename(self, patient: PatientIdentity) -> None:
        self._change(patient.reference, name="Other")

    def merge(self, patient: PatientIdentity) -> None:
        self._change(patient.reference, merged_into=self.add_patient().reference)

    def deactivate(self, patient: PatientIdentity) -> None:
        self._change(patient.reference, active=False)

    def delete(self, patient: PatientIdentity) -> None:
        self._path(patient.reference).unlink()

    def tamper(self, note: str) -> None:
        self._change(note, text="Other words")

    def notes(self, key: str) -> list[Note]:
        return [
            Note(
                reference=reference,
                key=p["key"],
                status=p["status"],
                patient=p["patient"],
                text=p["text"],
                html=p["html"],
                labels=frozenset(p["labels"]),
                author=p["author"],
                replaces=p["replaces"],
                encounter=p["encounter"],
            )
            for reference, p in self._all("note").items()
            if p["key"] == key
        ]

    def trails(self, key: str) -> list[Trail]:
        return [
            Trail(
                reference=reference,
                key=p["key"],
                target=p["target"],
                digest=p["digest"],
                models=frozenset((name, version) for name, version in p["models"]),
                author=p["author"],
                verifier=p["verifier"],
                witness=p["witness"],
            )
            for reference, p in self._all("trail").items()
            if p["key"] == key
        ]

    def _all(self, kind: str) -> dict[str, sample_record.Paper]:
        papers = (self._folder / kind).glob("*.json")
        return {f"{kind}/{path.stem}": json.loads(path.read_text()) for path in papers}

    def _change(self, reference: str, **facts: object) -> None:
        self._save(reference, {**json.loads(self._path(reference).read_text()), **facts})

    def _save(self, reference: str, paper: dict[str, object]) -> None:
        self._path(reference).write_text(json.dumps(paper))

    def _path(self, reference: str) -> Path:
        return self._folder / f"{reference}.json"


@pytest.fixture
def bench(tmp_path: Path) -> FolderBench:
    return FolderBench(tmp_path)


class TestSampleRecord(RecordContract):
    pass


def test_it_is_found_by_its_kind(tmp_path: Path) -> None:
    found = open_record("sample-record", RecordAccess(str(tmp_path)), package=PACKAGE)
    assert found.kind == "sample-record"


@pytest.mark.parametrize("kind", ["sample-record", "fhir-http", "none", "../x", "os.path", ""])
def test_what_is_no_kind_here_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Misconfigured):
        open_record(kind, RecordAccess(str(tmp_path)))
