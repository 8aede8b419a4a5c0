"""The record in memory keeps the contract, and fails when it is told to."""

from __future__ import annotations

import pytest

from attending.adapters.records import open_record
from attending.adapters.records.memory import Fault, MemoryRecord
from attending.core.entry import Action, PatientIdentity
from attending.core.errors import RecordRefused, RecordUnavailable
from attending.core.record import RecordAccess
from tests.adapters.records.fhir_bench import FhirBench, Resource
from tests.contracts.record_contract import RecordContract, signed


class MemoryBench(FhirBench):
    def __init__(self) -> None:
        self.record: MemoryRecord = MemoryRecord()

    def put(self, resource: Resource) -> str:
        return self.record.shelf.put(resource)

    def get(self, reference: str) -> Resource:
        found = self.record.shelf.get(reference)
        assert found is not None
        return found

    def all(self, kind: str) -> list[Resource]:
        return self.record.shelf.all(kind)

    def delete(self, patient: PatientIdentity) -> None:
        self.record.shelf.remove(self.get(patient.reference))


@pytest.fixture
def bench() -> MemoryBench:
    return MemoryBench()


class TestMemoryRecord(RecordContract):
    pass


WRITES = 4  # the note, two Devices, the Provenance
AMENDING = 3  # the note, the old one's status, the Provenance; the Devices stand


@pytest.mark.parametrize("write", range(WRITES))
@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.ANSWER_LOST])
def test_a_fault_at_any_write_is_made_good(bench: MemoryBench, write: int, fault: Fault) -> None:
    entry = signed(bench.add_patient())
    bench.record.shelf.faults.extend([None] * write + [fault])
    with pytest.raises(RecordUnavailable):
        bench.record.deliver(entry)
    bench.record.deliver(entry)
    assert len(bench.notes(entry.key)) == len(bench.trails(entry.key)) == 1


@pytest.mark.parametrize("write", range(AMENDING))
def test_a_fault_within_an_amendment_is_made_good(bench: MemoryBench, write: int) -> None:
    patient = bench.add_patient()
    entry = signed(patient)
    old = bench.record.deliver(entry).reference
    amendment = signed(patient, action=Action.AMEND, replaces=old)
    bench.record.shelf.faults.extend([None] * write + [Fault.UNAVAILABLE])
    with pytest.raises(RecordUnavailable):
        bench.record.deliver(amendment)
    bench.record.deliver(amendment)
    assert [note.status for note in bench.notes(entry.key)] == ["superseded"]
    assert [note.status for note in bench.notes(amendment.key)] == ["current"]


def test_a_refusal_is_said(bench: MemoryBench) -> None:
    bench.record.shelf.faults.append(Fault.REFUSED)
    with pytest.raises(RecordRefused) as refused:
        bench.record.deliver(signed(bench.add_patient()))
    assert refused.value.context["said"] == "The test says no."


def test_one_address_is_one_record() -> None:
    one, other, third = (
        open_record("memory", RecordAccess(address)) for address in ("a", "a", "b")
    )
    assert isinstance(one, MemoryRecord)
    reference = one.shelf.put({"resourceType": "Basic"})
    assert other.read(reference)
    with pytest.raises(RecordRefused):
        third.read(reference)
