"""The FHIR R4 adapter against a server that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attending.adapters.records import open_record
from attending.adapters.records.fhir_delivery import identity
from attending.adapters.records.fhir_http import FhirHttp
from attending.adapters.records.fhir_r4 import FhirServer
from attending.adapters.records.fhir_resources import device, device_key
from attending.core.entry import Action, Model
from attending.core.errors import Misconfigured, RecordMismatch, RecordRefused
from attending.core.record import RecordAccess
from attending.demo import patients
from attending.demo.ehr import StandInEhr
from tests.adapters.records.sekmet_bench import SekmetBench
from tests.contracts.record_contract import RecordContract, in_parallel, signed


@pytest.fixture(scope="module")
def ehr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInEhr]:
    with StandInEhr(tmp_path_factory.mktemp("ehr"), persistent=False) as ehr:
        yield ehr


@pytest.fixture(scope="module")
def bench(ehr: StandInEhr) -> SekmetBench:
    return SekmetBench(ehr.url)


class TestFhirR4Record(RecordContract):
    pass


def test_the_note_is_a_clinical_document(bench: SekmetBench) -> None:
    entry = signed(bench.add_patient())
    note = bench.get(bench.record.deliver(entry).reference)
    assert note["type"]["coding"][0] == {
        "system": "http://loinc.org",
        "code": "11488-4",
        "display": "Consult note",
    }
    assert note["docStatus"] == "final"
    assert note["masterIdentifier"]["value"] == entry.key
    assert note["authenticator"] == note["author"][0]
    assert {(c["system"], c["code"]) for c in note["meta"]["security"]} == {
        ("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "AIAST"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST"),
    }


def test_attachments_carry_size_and_hash(bench: SekmetBench) -> None:
    note = bench.get(bench.record.deliver(signed(bench.add_patient(), text="abc")).reference)
    plain = note["content"][0]["attachment"]
    assert (plain["data"], plain["size"]) == ("YWJj", 3)
    assert plain["hash"] == "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="  # SHA-1 of abc, FIPS 180-2


def test_many_races_leave_no_twins(bench: SekmetBench) -> None:
    for _ in range(8):
        entry = signed(bench.add_patient())
        in_parallel(6, lambda entry=entry: bench.record.deliver(entry))  # type: ignore[misc]
        assert len(bench.notes(entry.key)) == len(bench.trails(entry.key)) == 1
    names = [d["identifier"][0]["value"] for d in bench.all("Device")]
    assert len(names) == len(set(names))


def test_equal_twins_become_one_and_stay_so(bench: SekmetBench) -> None:
    entry = signed(bench.add_patient())
    first = bench.record.deliver(entry).reference
    twin = {k: v for k, v in bench.get(first).items() if k != "id"}
    bench.put(twin)
    assert bench.record.deliver(entry).reference == first
    assert [note.reference for note in bench.notes(entry.key)] == [first]


def test_an_unequal_twin_is_reported_and_left(bench: SekmetBench) -> None:
    entry = signed(bench.add_patient())
    first = bench.record.deliver(entry).reference
    twin = {k: v for k, v in bench.get(first).items() if k != "id"}
    bench.put({**twin, "description": "Other"})
    with pytest.raises(RecordMismatch) as mismatch:
        bench.record.deliver(entry)
    assert mismatch.value.context["elements"] == ("description",)
    assert len(bench.notes(entry.key)) == 2


def test_a_foreign_provenance_under_our_tag_is_reported(bench: SekmetBench) -> None:
    entry = signed(bench.add_patient())
    trail = bench.get(bench.record.deliver(entry).provenance)
    trail["agent"] = trail["agent"][:1]
    bench.put(trail)
    with pytest.raises(RecordMismatch):
        bench.record.deliver(entry)


def test_what_is_not_ours_is_never_retracted(bench: SekmetBench) -> None:
    patient = bench.add_patient()
    note = bench.get(bench.record.deliver(signed(patient)).reference)
    foreign = {**note, "identifier": [{"system": "urn:other", "value": "1"}]}
    del foreign["id"]
    reference = bench.put(foreign)
    with pytest.raises(RecordMismatch):
        bench.record.deliver(signed(patient, action=Action.RETRACT, replaces=reference))
    assert bench.get(reference)["status"] == "current"


def test_an_amendment_keeps_the_labels_of_the_old_note(bench: SekmetBench) -> None:
    patient = bench.add_patient()
    entry = signed(patient)
    old = bench.record.deliver(entry).reference
    new = bench.record.deliver(signed(patient, action=Action.AMEND, replaces=old)).reference
    assert bench.notes(entry.key)[0].labels == {"AIAST", "HTEST"}
    assert bench.get(new)["docStatus"] == "amended"


def test_a_change_made_meanwhile_is_not_overwritten(bench: SekmetBench) -> None:
    reference = bench.record.deliver(signed(bench.add_patient())).reference
    server = FhirServer(FhirHttp(bench.access))
    read = server.get(reference)
    assert read is not None
    bench.change(reference, description="Theirs")
    server.replace({**read, "status": "superseded"})
    now = bench.get(reference)
    assert (now["description"], now["status"]) == ("Theirs", "current")
    server.replace({**now, "status": "superseded"})
    assert bench.get(reference)["status"] == "superseded"


def test_what_stands_is_not_created_again(bench: SekmetBench) -> None:
    server = FhirServer(FhirHttp(bench.access))
    model = Model("infer", r"odd,|$\ name", "1")
    for _ in range(2):
        server.add(device(model), device_key(model))
    [found] = server.find("Device", device_key(model))
    assert found["deviceName"][0]["name"] == model.name
    bench.remove(f"Device/{found['id']}")


def test_models_are_devices_that_notes_share(bench: SekmetBench) -> None:
    for _ in range(2):
        bench.record.deliver(signed(bench.add_patient()))
    names = sorted(d["identifier"][0]["value"] for d in bench.all("Device"))
    assert names == ["recogniser@1.2", "writer, small@3"]


def test_an_unknown_label_is_not_dropped(bench: SekmetBench) -> None:
    entry = signed(bench.add_patient(), labels=("AIAST", "R"))
    with pytest.raises(RecordRefused):
        bench.record.deliver(entry)
    assert bench.notes(entry.key) == []


def test_patients_are_listed_over_all_pages(bench: SekmetBench) -> None:
    added = {bench.add_patient().reference for _ in range(120)}  # above the page of 100
    assert added <= {patient.reference for patient in bench.record.patients()}


def test_the_demo_patients_load_once(ehr: StandInEhr, bench: SekmetBench) -> None:
    first = patients.load(ehr.url)
    count = len(bench.all("Patient"))
    assert patients.load(ehr.url) == first
    assert len(bench.all("Patient")) == count
    carter = identity(bench.get(first[0][0]))
    assert (carter.name, carter.birth_date) == ("Daniel Carter", "1968-03-14")
    assert [bench.get(visit)["subject"]["reference"] for _, visit in first] == [p for p, _ in first]
    penicillin = [a for a in bench.all("AllergyIntolerance") if a["code"]["text"] == "Penicillin"]
    assert [a["patient"]["reference"] for a in penicillin] == [carter.reference]


def test_the_token_is_needed_and_sent(tmp_path: Path) -> None:
    with StandInEhr(tmp_path, persistent=False, token="right") as ehr:
        patients.load(ehr.url, "right")
        listed = open_record("fhir-r4", RecordAccess(ehr.url, "right")).patients()
        assert len(listed) == len(patients.PEOPLE)
        with pytest.raises(RecordRefused) as refused:
            open_record("fhir-r4", RecordAccess(ehr.url, "wrong")).patients()
    assert refused.value.context["status"] == 401
    assert refused.value.context["said"]


def test_the_store_outlives_the_server(tmp_path: Path) -> None:
    with StandInEhr(tmp_path) as ehr:
        before = patients.load(ehr.url)
        first = ehr.pid
    with StandInEhr(tmp_path) as ehr:
        assert ehr.pid != first
        assert patients.load(ehr.url) == before


def test_a_taken_port_is_said(ehr: StandInEhr, tmp_path: Path) -> None:
    port = int(ehr.url.split(":")[2].split("/")[0])
    with pytest.raises(Misconfigured):
        StandInEhr(tmp_path, port).start()
