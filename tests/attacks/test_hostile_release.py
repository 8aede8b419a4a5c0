"""An EHR that attacks, against the whole path: a person gets the failure, and nothing is lost."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from uuid import uuid4

import pytest
from markupsafe import escape

from attending.adapters.records.fhir_r4 import FhirR4Record
from attending.adapters.records.memory import MemoryShelf
from attending.core.case import CaseState, DecisionKind, ReleaseState
from attending.core.entry import EntryPayload, PatientIdentity
from attending.core.errors import AttendingError, InvalidInput
from attending.core.ids import CaseId, PatientId
from attending.core.record import RecordAccess
from attending.core.work import Failure, Purpose, Step
from attending.loop import recover
from attending.loop.intake import record_consent, register_patient
from attending.loop.recover import OVER
from attending.loop.release import release
from tests.attacks.conftest import Console
from tests.attacks.hostile_answers import ANYWHERE, HARMLESS, Attack
from tests.attacks.hostile_ehr import TOKEN, HostileEhr, Json, Stranger
from tests.attacks.hostile_lies import BY_CALL
from tests.clinic import Clinic

TIMEOUT = 2.0  # seconds for an exchange
ATTACKS = (
    ("Patient.read", "redirect-307-stranger"),
    ("Patient.read", "id-of-another"),
    ("Patient.read", "name-script"),
    ("Patient.read", "birth-date-wrong"),
    ("Patient.read", "drip-body"),
    ("DocumentReference.search", "bomb-gzip-twice"),
    ("DocumentReference.search", "next-stranger"),
    ("DocumentReference.search", "pages-fresh-empty"),
    ("DocumentReference.search", "fewer"),
    ("DocumentReference.create", "redirect-302"),
    ("DocumentReference.create", "token-in-outcome"),
    ("DocumentReference.create", "undone-but-201"),
    ("DocumentReference.create", "undone-409"),
    ("DocumentReference.create", "no-answer"),
    ("DocumentReference.read", "other-text"),
    ("DocumentReference.read", "of-another-patient"),
    ("DocumentReference.read", "gone"),
    ("Provenance.create", "json-html"),
    ("Provenance.read", "other-agents"),
)


class Hostile(FhirR4Record):
    """The real adapter; what really stands at the other end is open to the clinic's harness."""

    def __init__(self, ehr: HostileEhr) -> None:
        super().__init__(RecordAccess(ehr.url, TOKEN, TIMEOUT))
        self._ehr = ehr

    @property
    def shelf(self) -> MemoryShelf:
        return self._ehr.shelf


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    with Stranger() as stranger:
        yield stranger


@pytest.fixture(scope="module")
def standing(stranger: Stranger, clinic: Clinic) -> Iterator[HostileEhr]:
    """In place of the clinic's record system."""
    with HostileEhr(stranger) as ehr:
        record = Hostile(ehr)
        clinic.record = record  # type: ignore[assignment]
        yield ehr
        record.close()


@pytest.fixture
def ehr(standing: HostileEhr, stranger: Stranger) -> Iterator[HostileEhr]:
    yield standing
    standing.turn_honest()
    assert stranger.heard == []


def attack(call: str, name: str) -> Attack:
    return next(each for each in (*ANYWHERE, *BY_CALL[call]) if each.name == name)


def failed(clinic: Clinic, case: CaseId) -> tuple[AttendingError, Failure]:
    """The release fails for good, as a worker ends it after its tries; what a person then sees."""
    job = clinic.job(Step.RELEASE, clinic.releases(case)[-1].id)
    with pytest.raises(AttendingError) as raised:
        release(clinic.releaser(), job)
    recover.give_up(clinic.databases["releaser"], job, raised.value)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        [failure] = [f for f in unit.failures.open() if f.subject_id == job.subject]
    return raised.value, failure


def retry(clinic: Clinic, failure: Failure) -> None:
    """A person takes it, and tries again."""
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        recover.take(unit, failure.id, by)
        recover.retry(unit, failure.id, by)


def notes(clinic: Clinic, case: CaseId) -> list[Json]:
    """What really stands of a case, by what the clinician's signature says of the patient."""
    reference = signed_payload(clinic, case).patient.reference
    every = clinic.record.shelf.all("DocumentReference")
    return [note for note in every if note["subject"]["reference"] == reference]


def signed_payload(clinic: Clinic, case: CaseId) -> EntryPayload:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return unit.signing.signature(clinic.releases(case)[-1].signature).payload


def text_of(note: Json) -> str:
    return base64.b64decode(note["content"][0]["attachment"]["data"]).decode()


@pytest.mark.parametrize(("call", "name"), ATTACKS, ids="-".join)
def test_the_failure_waits_for_a_person_and_a_retry_delivers_once(
    call: str, name: str, clinic: Clinic, ehr: HostileEhr
) -> None:
    case = clinic.decided()
    clinic.sign(case)
    lie = attack(call, name)
    ehr.attack(call, lie.harm)
    error, failure = failed(clinic, case)
    assert error.code == failure.code == lie.code
    is_over = error.transient and error.remedy == type(error).remedy
    assert (OVER if is_over else error.remedy) in failure.explanation
    assert TOKEN not in failure.explanation
    assert clinic.releases(case)[-1].state is ReleaseState.FAILED
    assert clinic.case(case).state is CaseState.FAILED
    assert {text_of(note) for note in notes(clinic, case)} <= {text(clinic, case)}

    ehr.turn_honest()
    retry(clinic, failure)
    assert clinic.deliver(case).state is ReleaseState.WRITTEN
    assert clinic.case(case).state is CaseState.RELEASED
    assert [text_of(note) for note in notes(clinic, case)] == [text(clinic, case)]


def text(clinic: Clinic, case: CaseId) -> str:
    return str(signed_payload(clinic, case).content.text)


@pytest.mark.parametrize(
    "name", ["undone-but-200", "redirect-307-stranger", "undone-428", "silence-after-headers"]
)
def test_a_retraction_that_is_lied_about_is_done_in_the_end(
    name: str, clinic: Clinic, ehr: HostileEhr
) -> None:
    case = clinic.released()
    clinic.sign(case, retract=True)
    lie = attack("DocumentReference.replace", name)
    ehr.attack("DocumentReference.replace", lie.harm)
    error, failure = failed(clinic, case)
    assert error.code == failure.code == lie.code
    assert [note["status"] for note in notes(clinic, case)] == ["current"]

    ehr.turn_honest()
    retry(clinic, failure)
    clinic.deliver(case)
    assert clinic.case(case).state is CaseState.RETRACTED
    assert [note["status"] for note in notes(clinic, case)] == ["entered-in-error"]


@pytest.mark.parametrize(
    ("call", "name"),
    [("DocumentReference.create", "location"), ("DocumentReference.create", "done-but-409"),
     ("DocumentReference.search", "the-same-twice"), ("Patient.read", "cookie")],
)  # fmt: skip
def test_what_is_not_listened_to_delays_nothing(
    call: str, name: str, clinic: Clinic, ehr: HostileEhr
) -> None:
    lie = attack(call, name)
    assert lie.code == HARMLESS
    case = clinic.decided()
    clinic.sign(case)
    ehr.attack(call, lie.harm)
    assert clinic.deliver(case).state is ReleaseState.WRITTEN
    assert [text_of(note) for note in notes(clinic, case)] == [text(clinic, case)]


def known(clinic: Clinic, ehr: HostileEhr, name: str) -> PatientIdentity:
    """A patient as the record system tells of them, over HTTP."""
    reference = ehr.shelf.put(
        {
            "resourceType": "Patient",
            "id": f"n{uuid4().hex}",
            "name": [{"text": name}],
            "birthDate": "1970-01-01",
        }
    )
    return clinic.record.patient(reference)


def registered(clinic: Clinic, identity: PatientIdentity) -> PatientId:
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        patient = register_patient(unit, clinic.installation.target, identity, by).id
        for purpose in Purpose:
            record_consent(unit, patient, purpose, granted=True, by=by)
    return patient


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "Ann\u200b Test", "{{ 7 * 7 }}", '"><img src=x onerror=a()>'],
)
def test_a_name_is_text_on_every_page_and_in_the_record(
    name: str, clinic: Clinic, ehr: HostileEhr, console: Console
) -> None:
    identity = known(clinic, ehr, name)
    assert identity.name == name
    case = clinic.in_review(encounter=clinic.encounter(registered(clinic, identity)))
    page = console(case)
    shown = name.replace("\u200b", "[U+200B]")  # what hides is named
    assert str(escape(shown)) in page
    assert ("<" not in name) or (name not in page)
    clinic.see_all(case)
    for section in clinic.case(case).proposal().sections:
        clinic.decide(case, section.key, DecisionKind.ACCEPT)
    clinic.sign(case)
    assert clinic.deliver(case).state is ReleaseState.WRITTEN
    [note] = notes(clinic, case)
    assert "display" not in note["subject"]


@pytest.mark.parametrize("sign", ["\u202e", "\u2067"])
def test_a_name_that_is_read_as_another_is_not_registered(
    sign: str, clinic: Clinic, ehr: HostileEhr
) -> None:
    identity = known(clinic, ehr, f"Ann {sign}tseT")
    with pytest.raises(InvalidInput) as refused:
        registered(clinic, identity)
    assert "tseT" not in f"{refused.value.message} {refused.value.context}"
