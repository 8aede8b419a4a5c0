"""What every record adapter must do. A test class inherits it and gives a ``bench``.

The suite knows no format: a bench says in these words what stands in its record.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from attending.core.case import Case, CaseState, Decision, DecisionKind
from attending.core.draft import Draft, Section, Statement, Text
from attending.core.entry import (
    Action,
    Content,
    EntryPayload,
    Model,
    PatientIdentity,
    Signature,
    SignedDecision,
    SignedEntry,
    Signer,
    digest,
    signature_id,
    verified,
)
from attending.core.errors import (
    Overtaken,
    PatientChanged,
    RecordError,
    RecordMismatch,
    RecordRefused,
    RecordUnavailable,
)
from attending.core.identity import Principal, Proof, Proven, StaffRole
from attending.core.ids import (
    CaseId,
    EncounterId,
    PatientId,
    PrincipalId,
    SourceId,
    TenantId,
    fresh,
)
from attending.core.record import ClinicalRecord
from attending.core.trust import (
    Head,
    IssuerBody,
    PrincipalBody,
    StatementKind,
    TargetAddress,
    TargetBody,
    Trusted,
)

T = TypeVar("T")

ISSUER, SUBJECT, NAME = "https://issuer.test", "clinician-7", "Dr. Ada Quist"
MODELS = (Model("transcribe", "recogniser", "1.2"), Model("infer", "writer, small", "3"))
TEXT = "Assessment\nCough — a side effect of the ACE inhibitor; 5 µg/l < 7 & stable."
HTML = "<section><h2>Assessment</h2><p>Cough — 5 µg/l &lt; 7 &amp; stable.</p></section>"


@dataclass(frozen=True)
class Note:
    """status: "current", "superseded" or "entered-in-error"."""

    reference: str
    key: str
    status: str
    patient: str
    text: str
    html: str
    labels: frozenset[str]
    author: str  # subject of the signer at the issuer
    replaces: str = ""
    encounter: str = ""


@dataclass(frozen=True)
class Trail:
    """Who made what, as the record tells it. models: (name, version)."""

    reference: str
    key: str
    target: str
    digest: str
    models: frozenset[tuple[str, str]]
    author: str
    verifier: str
    witness: str = ""


class Bench(ABC):
    """A record under test, with the hands of its administrator."""

    record: ClinicalRecord

    @abstractmethod
    def add_patient(self) -> PatientIdentity:
        """Somebody new, with a birth date and an identifier."""

    @abstractmethod
    def add_encounter(self, patient: PatientIdentity) -> str: ...

    @abstractmethod
    def rename(self, patient: PatientIdentity) -> None: ...

    @abstractmethod
    def merge(self, patient: PatientIdentity) -> None:
        """Replace the patient by another."""

    @abstractmethod
    def deactivate(self, patient: PatientIdentity) -> None: ...

    @abstractmethod
    def delete(self, patient: PatientIdentity) -> None: ...

    @abstractmethod
    def notes(self, key: str) -> list[Note]: ...

    @abstractmethod
    def trails(self, key: str) -> list[Trail]: ...

    @abstractmethod
    def tamper(self, note: str) -> None:
        """Change the text of a note that stands."""


class AnyProof:
    """Takes a proof whose token is the digest itself: proofs are not what is tested here."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def proven(self, proof: Proof) -> Proven:
        end = self._at + timedelta(minutes=5)
        return Proven(ISSUER, SUBJECT, proof.token, self._at, self._at, end)


def signed(
    patient: PatientIdentity,
    *,
    action: Action = Action.WRITE,
    replaces: str = "",
    text: str = TEXT,
    encounter: str = "",
    labels: tuple[str, ...] = ("AIAST", "HTEST"),
) -> SignedEntry:
    """A real SignedEntry, by the one way there is."""
    at = datetime.now(UTC)
    principal = Principal(
        PrincipalId(fresh()), ISSUER, SUBJECT, NAME, frozenset({StaffRole.CLINICIAN})
    )
    case = _case(principal, at)
    target = TargetAddress(str(fresh()), "any", "http://record.test")
    payload = EntryPayload(
        action=action,
        tenant=str(case.tenant),
        patient_id=str(case.patient),
        patient=patient,
        encounter_id=str(case.encounter),
        encounter=encounter,
        case=str(case.id),
        version=case.version,
        line=case.line,
        decisions=(SignedDecision("assessment", "accept", 0, "", str(principal.id)),),
        target=target,
        signer=Signer(str(principal.id), ISSUER, SUBJECT, NAME),
        models=MODELS,
        content=Content("Consultation note", text, HTML),
        labels=labels,
        meaning="I sign it.",
        prepared_at=at.isoformat(),
        replaces=replaces,
    )
    token = digest(payload)
    signature = Signature(
        signature_id(payload), payload, token, principal.id, Proof(token), signed_at=at
    )
    standing = {
        (StatementKind.PRINCIPAL, str(principal.id)): PrincipalBody(
            ISSUER, SUBJECT, NAME, ("clinician",)
        ),
        (StatementKind.TARGET, target.id): TargetBody(target.kind, target.address, "Record"),
        (StatementKind.ISSUER, ISSUER): IssuerBody("attending", "console"),
    }
    trusted = Trusted(case.tenant, Head(), frozenset(), standing)
    return verified(case, signature, trusted, AnyProof(at))


def _case(principal: Principal, at: datetime) -> Case:
    section = Section("assessment", "Assessment", (Statement("a1", Text("Cough")),))
    decision = Decision("assessment", 0, DecisionKind.ACCEPT, "", principal.id, 2, at)
    return Case(
        id=CaseId(fresh()),
        tenant=TenantId(fresh()),
        patient=PatientId(fresh()),
        encounter=EncounterId(fresh()),
        source=SourceId(fresh()),
        line="documentation",
        state=CaseState.SIGNED,
        version=3,
        draft=Draft("Consultation note", (section,)),
        decisions=(decision,),
    )


class RecordContract:
    """Inherit it as ``class TestX(RecordContract)`` with a fixture ``bench``."""

    def test_writes_what_was_signed(self, bench: Bench) -> None:
        patient = bench.add_patient()
        entry = signed(patient, encounter=bench.add_encounter(patient))
        written = bench.record.deliver(entry)
        assert bench.notes(entry.key) == [
            Note(
                reference=written.reference,
                key=entry.key,
                status="current",
                patient=patient.reference,
                text=TEXT,
                html=HTML,
                labels=frozenset({"AIAST", "HTEST"}),
                author=SUBJECT,
                encounter=entry.payload.encounter,
            )
        ]

    def test_tells_who_made_it(self, bench: Bench) -> None:
        entry = signed(bench.add_patient())
        written = bench.record.deliver(entry)
        assert bench.trails(entry.key) == [
            Trail(
                reference=written.provenance,
                key=entry.key,
                target=written.reference,
                digest=entry.digest,
                models=frozenset((m.name, m.version) for m in MODELS),
                author=SUBJECT,
                verifier=SUBJECT,
            )
        ]

    def test_keeps_the_witness_of_the_first_attempt(self, bench: Bench) -> None:
        """An audit checkpoint: every attempt comes with another one."""
        entry = signed(bench.add_patient())
        first = bench.record.deliver(entry, witness='{"size": 1, "root": "aa"}')
        again = bench.record.deliver(entry, witness='{"size": 2, "root": "bb"}')
        assert first == again
        assert first.witness == '{"size": 1, "root": "aa"}'
        assert [trail.witness for trail in bench.trails(entry.key)] == [first.witness]

    def test_a_retraction_has_a_witness_too(self, bench: Bench) -> None:
        patient = bench.add_patient()
        old = bench.record.deliver(signed(patient), witness="one").reference
        retraction = signed(patient, action=Action.RETRACT, replaces=old)
        assert bench.record.deliver(retraction, witness="two").witness == "two"
        assert [trail.witness for trail in bench.trails(retraction.key)] == ["two"]

    def test_reads_back_what_it_says(self, bench: Bench) -> None:
        written = bench.record.deliver(signed(bench.add_patient()))
        assert bench.record.read(written.reference) == written.resource
        assert bench.record.read(written.provenance)
        assert written.version

    def test_has_only_the_labels_of_the_entry(self, bench: Bench) -> None:
        entry = signed(bench.add_patient(), labels=("AIAST",))
        bench.record.deliver(entry)
        assert [note.labels for note in bench.notes(entry.key)] == [frozenset({"AIAST"})]

    def test_a_second_delivery_changes_nothing(self, bench: Bench) -> None:
        entry = signed(bench.add_patient())
        first, second = bench.record.deliver(entry), bench.record.deliver(entry)
        assert first == second
        assert len(bench.notes(entry.key)) == len(bench.trails(entry.key)) == 1

    def test_two_signatures_make_two_notes(self, bench: Bench) -> None:
        patient = bench.add_patient()
        one, other = signed(patient), signed(patient)
        assert bench.record.deliver(one).reference != bench.record.deliver(other).reference
        assert len(bench.notes(one.key)) == len(bench.notes(other.key)) == 1

    def test_says_whether_anything_stands_under_a_key(self, bench: Bench) -> None:
        entry = signed(bench.add_patient())
        assert not bench.record.stands(entry.key)
        bench.record.deliver(entry)
        assert bench.record.stands(entry.key)
        assert not bench.record.stands(f"{entry.key}0")

    def test_says_whether_a_note_is_in_force(self, bench: Bench) -> None:
        patient = bench.add_patient()
        entry = signed(patient)
        assert not bench.record.in_force(entry.key)
        written = bench.record.deliver(entry)
        assert bench.record.in_force(entry.key)
        bench.record.deliver(signed(patient, action=Action.RETRACT, replaces=written.reference))
        assert bench.record.stands(entry.key)
        assert not bench.record.in_force(entry.key)

    @pytest.mark.parametrize("action", Action)
    def test_a_fence_stops_it_before_anything_is_written(
        self, bench: Bench, action: Action
    ) -> None:
        patient = bench.add_patient()
        first = signed(patient)
        replaces = "" if action is Action.WRITE else bench.record.deliver(first).reference
        entry = signed(patient, action=action, replaces=replaces)

        def closed() -> None:
            raise Overtaken("Another has it.")

        with pytest.raises(Overtaken):
            bench.record.deliver(entry, closed)
        assert not bench.record.stands(entry.key)
        assert [note.status for note in bench.notes(first.key)] == ["current"] * bool(replaces)
        bench.record.deliver(entry)

    def test_parallel_deliveries_leave_one(self, bench: Bench) -> None:
        entry = signed(bench.add_patient())
        references = in_parallel(4, lambda: bench.record.deliver(entry).reference)
        bench.record.deliver(entry)
        [note] = bench.notes(entry.key)
        [trail] = bench.trails(entry.key)
        assert trail.target == note.reference
        assert set(references) == {note.reference}

    def test_what_stands_with_other_content_is_reported(self, bench: Bench) -> None:
        entry = signed(bench.add_patient())
        bench.tamper(bench.record.deliver(entry).reference)
        with pytest.raises(RecordMismatch):
            bench.record.deliver(entry)
        assert [note.text == TEXT for note in bench.notes(entry.key)] == [False]

    def test_an_amendment_supersedes(self, bench: Bench) -> None:
        patient = bench.add_patient()
        entry = signed(patient)
        old = bench.record.deliver(entry).reference
        amendment = signed(patient, action=Action.AMEND, replaces=old, text="Amended.")
        written = bench.record.deliver(amendment)
        assert bench.record.deliver(amendment) == written
        [before], [after] = bench.notes(entry.key), bench.notes(amendment.key)
        assert (before.reference, before.status, before.text) == (old, "superseded", TEXT)
        assert (after.status, after.text, after.replaces) == ("current", "Amended.", old)
        assert [t.target for t in bench.trails(amendment.key)] == [after.reference]

    def test_a_late_worker_does_not_revive_what_was_amended(self, bench: Bench) -> None:
        patient = bench.add_patient()
        entry = signed(patient)
        old = bench.record.deliver(entry).reference
        bench.record.deliver(signed(patient, action=Action.AMEND, replaces=old, text="Amended."))
        assert bench.record.deliver(entry).reference == old
        assert [note.status for note in bench.notes(entry.key)] == ["superseded"]

    def test_what_was_superseded_is_not_amended_again(self, bench: Bench) -> None:
        patient = bench.add_patient()
        old = bench.record.deliver(signed(patient)).reference
        bench.record.deliver(signed(patient, action=Action.AMEND, replaces=old))
        second = signed(patient, action=Action.AMEND, replaces=old)
        with pytest.raises(RecordMismatch):
            bench.record.deliver(second)
        assert bench.notes(second.key) == []

    def test_another_patients_note_is_not_amended(self, bench: Bench) -> None:
        entry = signed(bench.add_patient())
        old = bench.record.deliver(entry).reference
        foreign = signed(bench.add_patient(), action=Action.AMEND, replaces=old)
        with pytest.raises(RecordMismatch):
            bench.record.deliver(foreign)
        assert [note.status for note in bench.notes(entry.key)] == ["current"]
        assert bench.notes(foreign.key) == []

    def test_a_retraction_marks_the_note(self, bench: Bench) -> None:
        patient = bench.add_patient()
        entry = signed(patient)
        old = bench.record.deliver(entry).reference
        retraction = signed(patient, action=Action.RETRACT, replaces=old)
        written = bench.record.deliver(retraction)
        assert bench.record.deliver(retraction) == written
        [note], [trail] = bench.notes(entry.key), bench.trails(retraction.key)
        assert (note.reference, note.status, note.text) == (old, "entered-in-error", TEXT)
        assert written.reference == trail.target == old
        assert (trail.author, trail.verifier) == (SUBJECT, SUBJECT)
        assert trail.models == frozenset()
        assert bench.notes(retraction.key) == []

    def test_parallel_retractions_are_one(self, bench: Bench) -> None:
        patient = bench.add_patient()
        entry = signed(patient)
        old = bench.record.deliver(entry).reference
        retraction = signed(patient, action=Action.RETRACT, replaces=old)
        in_parallel(3, lambda: _tolerant(bench, retraction))
        bench.record.deliver(retraction)
        assert [note.status for note in bench.notes(entry.key)] == ["entered-in-error"]
        assert len(bench.trails(retraction.key)) == 1

    @pytest.mark.parametrize("change", ["rename", "merge", "deactivate", "delete"])
    def test_a_changed_patient_stops_the_write(self, bench: Bench, change: str) -> None:
        patient = bench.add_patient()
        entry = signed(patient)
        getattr(bench, change)(patient)
        with pytest.raises(PatientChanged):
            bench.record.deliver(entry)
        assert bench.notes(entry.key) == []
        assert bench.trails(entry.key) == []

    @pytest.mark.parametrize("change", ["rename", "merge", "deactivate", "delete"])
    def test_a_changed_patient_stops_a_retraction(self, bench: Bench, change: str) -> None:
        patient = bench.add_patient()
        entry = signed(patient)
        old = bench.record.deliver(entry).reference
        getattr(bench, change)(patient)
        with pytest.raises(PatientChanged):
            bench.record.deliver(signed(patient, action=Action.RETRACT, replaces=old))
        assert [note.status for note in bench.notes(entry.key)] == ["current"]

    def test_the_identity_that_was_signed_counts(self, bench: Bench) -> None:
        patient = bench.add_patient()
        for other in (
            replace(patient, name="X Y"),
            replace(patient, birth_date="1900-01-01"),
            replace(patient, identifiers=()),
            replace(patient, reference=bench.add_patient().reference),
        ):
            entry = signed(other)
            with pytest.raises(PatientChanged):
                bench.record.deliver(entry)
            assert bench.notes(entry.key) == []

    def test_knows_its_patients(self, bench: Bench) -> None:
        here, merged, inactive = (bench.add_patient() for _ in range(3))
        bench.merge(merged)
        bench.deactivate(inactive)
        assert bench.record.patient(here.reference) == here
        listed = {p.reference: p for p in bench.record.patients()}
        assert listed[here.reference] == here
        assert not {merged.reference, inactive.reference} & set(listed)

    @pytest.mark.parametrize("reference", ["", "Patient/", "Patient/../x", "Patient/1?a=b", "x"])
    def test_a_strange_reference_reaches_nothing(self, bench: Bench, reference: str) -> None:
        with pytest.raises(RecordError):
            bench.record.patient(reference)
        with pytest.raises(RecordError):
            bench.record.read(reference)

    def test_what_is_not_there_is_said(self, bench: Bench) -> None:
        with pytest.raises(RecordRefused):
            bench.record.read("DocumentReference/none-such")


def in_parallel(times: int, act: Callable[[], T]) -> list[T]:
    """Do it in so many threads that begin together."""
    begin = Barrier(times)

    def together() -> T:
        begin.wait()
        return act()

    with ThreadPoolExecutor(times) as threads:
        waiting = [threads.submit(together) for _ in range(times)]
        return [one.result() for one in waiting]


def _tolerant(bench: Bench, entry: SignedEntry) -> None:
    """Deliver; losing a race is allowed, as long as it is said to be passing."""
    with suppress(RecordUnavailable):
        bench.record.deliver(entry)
