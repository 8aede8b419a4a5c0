"""The way to the record system breaks everywhere it can: one note, the right one, in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from attending.core.entry import Action, SignedEntry
from attending.core.errors import RecordRefused, RecordUnavailable
from attending.core.record import Written
from attending.demo.ehr import StandInEhr
from tests.adapters.records.sekmet_bench import SekmetBench
from tests.contracts.record_contract import TEXT, signed
from tests.faults.proxy import LOOPBACK, Fault, FaultProxy, Harm

TIMEOUT = 2.0  # seconds; a fault of slowness takes longer than this
PASSING = (
    Fault(Harm.ANSWER, status=500),
    Fault(Harm.ANSWER, status=503, body="<html>busy</html>"),
    Fault(Harm.ANSWER, status=429),
    Fault(Harm.ANSWER, status=200, body="not JSON"),
    Fault(Harm.ANSWER, status=200, body='{"resourceType": "Bundle", "entry": 7}'),
    Fault(Harm.CUT_BEFORE),
    Fault(Harm.CUT_AFTER),
    Fault(Harm.CUT_WITHIN),
)
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "diagnostics": "The visit of Ann Bo is closed."}],
}


@pytest.fixture(scope="module")
def ehr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInEhr]:
    with StandInEhr(tmp_path_factory.mktemp("ehr"), persistent=False) as ehr:
        yield ehr


@pytest.fixture
def proxy(ehr: StandInEhr) -> Iterator[FaultProxy]:
    with FaultProxy((LOOPBACK, int(ehr.url.split(":")[2].split("/")[0]))) as proxy:
        yield proxy


@pytest.fixture
def bench(ehr: StandInEhr, proxy: FaultProxy) -> SekmetBench:
    return SekmetBench(ehr.url, f"http://{LOOPBACK}:{proxy.port}/fhir", timeout=TIMEOUT)


def retried(bench: SekmetBench, entry: SignedEntry, failures: int) -> Written:
    """Deliver until it is written; exactly so many tries fail, all as passing."""
    for _ in range(failures):
        with pytest.raises(RecordUnavailable) as failed:
            bench.record.deliver(entry)
        assert failed.value.transient
    return bench.record.deliver(entry)


def assert_written_once(bench: SekmetBench, entry: SignedEntry, written: Written) -> None:
    [note], [trail] = bench.notes(entry.key), bench.trails(entry.key)
    assert (note.reference, note.text, note.status) == (written.reference, TEXT, "current")
    assert (trail.target, trail.reference) == (written.reference, written.provenance)


def requests_of(bench: SekmetBench, proxy: FaultProxy, entry: SignedEntry) -> int:
    """How many requests an undisturbed delivery makes."""
    before = len(proxy.seen)
    bench.record.deliver(entry)
    return len(proxy.seen) - before


@pytest.mark.parametrize("fault", PASSING, ids=lambda f: f"{f.harm}-{f.status}-{len(f.body)}")
def test_a_fault_at_every_request(bench: SekmetBench, proxy: FaultProxy, fault: Fault) -> None:
    bench.record.deliver(signed(bench.add_patient()))  # from now on the Devices stand
    requests = requests_of(bench, proxy, signed(bench.add_patient()))
    assert requests > 8
    for number in range(requests):
        entry = signed(bench.add_patient())
        proxy.plan(*[Fault(Harm.NONE)] * number, fault)
        assert_written_once(bench, entry, retried(bench, entry, failures=1))
        assert proxy.unused == ()


@pytest.mark.parametrize("harm", [Harm.CUT_BEFORE, Harm.CUT_AFTER])
def test_a_fault_at_every_request_of_an_amendment(
    bench: SekmetBench, proxy: FaultProxy, harm: Harm
) -> None:
    patient = bench.add_patient()
    last = signed(patient)
    reference = bench.record.deliver(last).reference
    trial = signed(patient, action=Action.AMEND, replaces=reference)
    for number in range(requests_of(bench, proxy, trial)):
        first = signed(patient)
        reference = bench.record.deliver(first).reference
        amendment = signed(patient, action=Action.AMEND, replaces=reference)
        proxy.plan(*[Fault(Harm.NONE)] * number, Fault(harm))
        assert_written_once(bench, amendment, retried(bench, amendment, failures=1))
        assert [note.status for note in bench.notes(first.key)] == ["superseded"]


@pytest.mark.parametrize("harm", [Harm.CUT_BEFORE, Harm.CUT_AFTER])
def test_a_fault_at_every_request_of_a_retraction(
    bench: SekmetBench, proxy: FaultProxy, harm: Harm
) -> None:
    patient = bench.add_patient()
    reference = bench.record.deliver(signed(patient)).reference
    trial = signed(patient, action=Action.RETRACT, replaces=reference)
    for number in range(requests_of(bench, proxy, trial)):
        first = signed(patient)
        reference = bench.record.deliver(first).reference
        retraction = signed(patient, action=Action.RETRACT, replaces=reference)
        proxy.plan(*[Fault(Harm.NONE)] * number, Fault(harm))
        retried(bench, retraction, failures=1)
        assert [note.status for note in bench.notes(first.key)] == ["entered-in-error"]
        assert len(bench.trails(retraction.key)) == 1


@pytest.mark.parametrize("kind", ["DocumentReference", "Provenance"])
def test_an_answer_that_comes_too_late(bench: SekmetBench, proxy: FaultProxy, kind: str) -> None:
    entry = signed(bench.add_patient())
    proxy.plan(Fault(Harm.SLOW, "POST", kind))
    assert_written_once(bench, entry, retried(bench, entry, failures=1))


def test_nobody_listens(bench: SekmetBench, proxy: FaultProxy) -> None:
    entry = signed(bench.add_patient())
    with proxy.refusing(), pytest.raises(RecordUnavailable):
        bench.record.deliver(entry)
    assert bench.notes(entry.key) == []
    assert_written_once(bench, entry, bench.record.deliver(entry))


def test_everything_goes_wrong_in_turn(bench: SekmetBench, proxy: FaultProxy) -> None:
    entry = signed(bench.add_patient())
    proxy.plan(*PASSING)
    assert_written_once(bench, entry, retried(bench, entry, failures=len(PASSING)))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422])
def test_a_refusal_is_permanent_and_quoted(
    bench: SekmetBench, proxy: FaultProxy, status: int
) -> None:
    entry = signed(bench.add_patient())
    proxy.plan(Fault(Harm.ANSWER, "POST", "DocumentReference", status, json.dumps(OUTCOME)))
    with pytest.raises(RecordRefused) as refused:
        bench.record.deliver(entry)
    assert not refused.value.transient
    assert refused.value.context["status"] == status
    # The server's words, without who the patient is.
    assert refused.value.context["said"] == "The visit of […] Bo is closed."
    assert bench.notes(entry.key) == []


def test_a_refusal_that_did_write_is_found_out(bench: SekmetBench, proxy: FaultProxy) -> None:
    """Some servers tell the slower of two equal creates that there is a conflict."""
    entry = signed(bench.add_patient())
    first = bench.record.deliver(entry)
    empty = json.dumps({"resourceType": "Bundle", "type": "searchset"})
    proxy.plan(
        Fault(Harm.ANSWER, "GET", "DocumentReference?", 200, empty),
        Fault(Harm.ANSWER, "POST", "DocumentReference", 409, json.dumps(OUTCOME)),
    )
    assert bench.record.deliver(entry) == first
    assert proxy.unused == ()
