"""The loop in one process over the real database: forward, amended, retracted, failing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from attending.adapters.records.memory import Fault
from attending.core.case import CaseState, DecisionKind, ReleaseState, SourceState
from attending.core.entry import Action
from attending.core.errors import (
    Conflict,
    ConsentMissing,
    InvalidInput,
    NotSeen,
    PatientChanged,
    ProofRefused,
    RecordRefused,
    RecordUnavailable,
    SourceTooLarge,
    UnreadableSource,
    UnsupportedSource,
)
from attending.core.ids import CaseId
from attending.core.work import Purpose, Step
from attending.loop import recover, review
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.intake import Upload, record_consent, register_patient
from attending.loop.propose import propose
from attending.loop.release import release
from tests.clinic import CSV, Clinic


def documents(clinic: Clinic) -> list[dict[str, object]]:
    return clinic.record.shelf.all("DocumentReference")


def test_from_source_to_record(clinic: Clinic) -> None:
    before = len(documents(clinic))
    case_id = clinic.released()
    assert clinic.case(case_id).state is CaseState.RELEASED
    (written,) = clinic.releases(case_id)
    assert written.state is ReleaseState.WRITTEN
    assert len(documents(clinic)) == before + 1


def test_every_step_repeated_changes_nothing(clinic: Clinic) -> None:
    source, head = clinic.upload()
    parts = clinic.parts("inference")
    for _ in range(3):
        decode(parts, clinic.job(Step.DECODE, source.id))
    for _ in range(3):
        infer(parts, clinic.job(Step.INFER, head.id))
    for _ in range(3):
        propose(parts, clinic.job(Step.PROPOSE, head.id))
    case = clinic.case(head.id)
    assert case.state is CaseState.IN_REVIEW
    assert [model.step for model in case.models] == ["decode", "infer"]


def test_a_release_repeated_leaves_one_resource(clinic: Clinic) -> None:
    case_id = clinic.released()
    count = len(documents(clinic))
    clinic.deliver(case_id)
    assert len(documents(clinic)) == count


def test_the_same_content_for_the_same_encounter_enters_once(clinic: Clinic) -> None:
    encounter = clinic.encounter()
    _, first = clinic.upload(encounter=encounter)
    _, second = clinic.upload(encounter=encounter)
    assert first.id == second.id


def test_an_amendment_is_a_new_resource_that_replaces_the_old_one(clinic: Clinic) -> None:
    case_id = clinic.released()
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.reopen(unit, case_id, unit.cases.head(case_id).version, by)
    clinic.see_all(case_id)
    clinic.decide(case_id, "rate", DecisionKind.EDIT, text="Mean heart rate 97, settled.")
    signature = clinic.sign(case_id)
    written = clinic.deliver(case_id)
    first = clinic.releases(case_id)[0]
    assert signature.payload.action is Action.AMEND
    assert signature.payload.replaces == first.reference
    assert written.reference != first.reference
    old = clinic.record.read(first.reference)
    assert old["status"] == "superseded"
    assert "settled" in signature.payload.content.text


def test_a_retraction_is_signed_and_marks_the_resource(clinic: Clinic) -> None:
    case_id = clinic.released()
    first = clinic.releases(case_id)[0]
    clinic.sign(case_id, retract=True)
    clinic.deliver(case_id)
    assert clinic.case(case_id).state is CaseState.RETRACTED
    assert clinic.record.read(first.reference)["status"] == "entered-in-error"


def test_a_rejected_section_is_not_written(clinic: Clinic) -> None:
    case_id = clinic.in_review()
    clinic.see_all(case_id)
    clinic.decide(case_id, "rate", DecisionKind.ACCEPT)
    clinic.decide(case_id, "fast", DecisionKind.REJECT, reason="artefact")
    content = clinic.sign(case_id).payload.content
    assert "Heart rate" in content.text
    assert "Fast minutes" not in content.text + content.html


def test_what_was_not_shown_cannot_be_decided(clinic: Clinic) -> None:
    case_id = clinic.in_review()
    with pytest.raises(NotSeen):
        clinic.decide(case_id, "fast", DecisionKind.ACCEPT)


def test_a_serious_warning_must_be_opened(clinic: Clinic) -> None:
    case_id, by = clinic.in_review(), clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.see(unit, case_id, "rate", 0, None, by)
    with pytest.raises(NotSeen):
        clinic.decide(case_id, "rate", DecisionKind.ACCEPT)


def test_a_rejection_needs_a_reason(clinic: Clinic) -> None:
    case_id = clinic.in_review()
    clinic.see_all(case_id)
    with pytest.raises(InvalidInput):
        clinic.decide(case_id, "rate", DecisionKind.REJECT, reason="  ")


def test_undecided_cannot_be_signed(clinic: Clinic) -> None:
    case_id = clinic.in_review()
    clinic.see_all(case_id)
    clinic.decide(case_id, "rate", DecisionKind.ACCEPT)
    with pytest.raises(Conflict):
        clinic.sign(case_id)


def test_a_stale_log_in_does_not_sign(clinic: Clinic) -> None:
    case_id = clinic.decided()
    with pytest.raises(ProofRefused):
        clinic.sign(case_id, age=3600)
    assert clinic.releases(case_id) == ()


def test_without_consent_nothing_enters(clinic: Clinic) -> None:
    patient, by = clinic.patient(), clinic.person()
    encounter = clinic.encounter(patient)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        record_consent(unit, patient, Purpose.ASSISTANCE, granted=False, by=by)
    with pytest.raises(ConsentMissing):
        clinic.upload(encounter=encounter)


def test_a_consent_withdrawn_after_the_upload_stops_the_loop(clinic: Clinic) -> None:
    patient, by = clinic.patient(), clinic.person()
    source, head = clinic.upload(encounter=clinic.encounter(patient))
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        record_consent(unit, patient, Purpose.RECORD, granted=False, by=by)
    job = clinic.job(Step.DECODE, source.id)
    with pytest.raises(ConsentMissing) as refused:
        decode(clinic.parts("inference"), job)
    recover.give_up(clinic.databases["inference"], job, refused.value)
    case = clinic.case(head.id)
    assert (case.state, case.reason) == (CaseState.FAILED, "consent.missing")


@pytest.mark.parametrize(
    ("line", "kind", "error"),
    [("vitals", "audio/wav", UnsupportedSource), ("nonsense", "text/csv", UnsupportedSource)],
)
def test_a_wrong_line_or_type_is_refused_before_a_byte(
    clinic: Clinic, line: str, kind: str, error: type[Exception]
) -> None:
    encounter, by = clinic.encounter(), clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit, pytest.raises(error):
        Upload.begin(clinic.parts("web"), unit, encounter, line, kind, (), 100)


def test_the_limit_stops_an_upload(clinic: Clinic) -> None:
    encounter, by = clinic.encounter(), clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload = Upload.begin(clinic.parts("web"), unit, encounter, "vitals", "text/csv", (), 10)
    upload.write(b"0123456789")
    with pytest.raises(SourceTooLarge):
        upload.write(b"0")
    upload.discard()


def failed_decode(clinic: Clinic) -> CaseId:
    source, head = clinic.upload(b"not, a, csv of vitals\n")
    job = clinic.job(Step.DECODE, source.id)
    with pytest.raises(UnreadableSource) as refused:
        decode(clinic.parts("inference"), job)
    recover.give_up(clinic.databases["inference"], job, refused.value)
    return head.id


def failed_release(clinic: Clinic, fault: Fault, error: type[Exception]) -> CaseId:
    case_id = clinic.decided()
    clinic.sign(case_id)
    clinic.record.shelf.faults.append(fault)
    job = clinic.job(Step.RELEASE, clinic.releases(case_id)[-1].id)
    with pytest.raises(error) as refused:
        release(clinic.releaser(), job)
    recover.give_up(clinic.databases["releaser"], job, refused.value)  # type: ignore[arg-type]
    return case_id


def test_a_failure_waits_for_a_person_who_retries_it(clinic: Clinic) -> None:
    case_id = failed_release(clinic, Fault.REFUSED, RecordRefused)
    by = clinic.person()
    assert clinic.case(case_id).state is CaseState.FAILED
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        (failure,) = [f for f in unit.failures.open() if f.step == Step.RELEASE]
        assert failure.code == "record.refused"
        assert "The test says no." in failure.explanation
        recover.retry(unit, failure.id, by)
    assert clinic.case(case_id).state is CaseState.SIGNED
    clinic.deliver(case_id)
    assert clinic.case(case_id).state is CaseState.RELEASED
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit, pytest.raises(Conflict):
        recover.retry(unit, failure.id, by)


def test_a_failed_release_can_be_put_back_into_review(clinic: Clinic) -> None:
    case_id = failed_release(clinic, Fault.UNAVAILABLE, RecordUnavailable)
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        (failure,) = [f for f in unit.failures.open() if f.step == Step.RELEASE]
        recover.reopen_failed(unit, failure.id, by)
    assert clinic.case(case_id).state is CaseState.IN_REVIEW
    clinic.sign(case_id)
    assert clinic.deliver(case_id).state is ReleaseState.WRITTEN


def test_a_failed_source_is_taken_up_again(clinic: Clinic) -> None:
    case_id, by = failed_decode(clinic), clinic.person()
    case = clinic.case(case_id)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        assert unit.intake.progress(case.source).state is SourceState.FAILED
        (failure,) = [f for f in unit.failures.open() if f.subject_id == case.source]
        recover.retry(unit, failure.id, by)
        assert unit.intake.progress(case.source).state is SourceState.RECEIVED
    assert clinic.case(case_id).state is CaseState.DRAFTING


@pytest.mark.parametrize("late", [decode, infer, propose], ids=["decode", "infer", "propose"])
def test_a_worker_that_was_overtaken_drops_what_it_made(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, late: Callable[..., None]
) -> None:
    """Another worker does the same job while this one is in the middle of it."""
    source, head = clinic.upload(CSV)
    parts = clinic.parts("inference")
    steps = {decode: Step.DECODE, infer: Step.INFER, propose: Step.PROPOSE}
    order = list(steps)
    jobs = {f: clinic.job(s, source.id if f is decode else head.id) for f, s in steps.items()}
    for step in order[: order.index(late)]:
        step(parts, jobs[step])

    def overtaken(_stage: str) -> None:
        monkeypatch.undo()
        late(clinic.parts("inference"), jobs[late])

    monkeypatch.setattr("tests.plugins.vitals_line.steps.pass_gate", overtaken)
    late(parts, jobs[late])
    for step in order[order.index(late) + 1 :]:
        step(parts, jobs[step])
    case = clinic.case(head.id)
    assert case.state is CaseState.IN_REVIEW
    assert len(case.models) == 2


def test_a_whole_draft_is_rejected_with_a_reason_that_is_kept(clinic: Clinic) -> None:
    case_id, by = clinic.in_review(), clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        version = unit.cases.head(case_id).version
        rejected = review.reject_case(unit, case_id, version, "wrong patient in the room", by)
    assert rejected.state is CaseState.REJECTED
    assert clinic.case(case_id).reason == "wrong patient in the room"


def test_a_patient_who_changed_is_registered_anew_reviewed_and_released(clinic: Clinic) -> None:
    case_id, by = clinic.decided(), clinic.person()
    clinic.sign(case_id)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        patient = unit.people.patient(clinic.case(case_id).patient)
    number = patient.identity.reference.removeprefix("Patient/")
    standing = clinic.record.shelf.get(patient.identity.reference)
    assert standing is not None
    clinic.record.shelf.put({**standing, "id": number, "birthDate": "1970-01-02"})
    job = clinic.job(Step.RELEASE, clinic.releases(case_id)[-1].id)
    with pytest.raises(PatientChanged) as stopped:
        release(clinic.releaser(), job)
    recover.give_up(clinic.databases["releaser"], job, stopped.value)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        now = clinic.record.patient(patient.identity.reference)
        register_patient(unit, patient.target, now, by)
        (failure,) = [f for f in unit.failures.open() if f.subject_id == job.subject]
        recover.reopen_failed(unit, failure.id, by)
    assert clinic.sign(case_id).payload.patient.birth_date == "1970-01-02"
    assert clinic.deliver(case_id).state is ReleaseState.WRITTEN


def test_a_half_written_release_is_completed_and_never_signed_anew(clinic: Clinic) -> None:
    """The note stands, its Provenance was refused: two notes would be the end of reopening."""
    case_id, by = clinic.decided(), clinic.person()
    clinic.sign(case_id)
    before = len(documents(clinic))
    clinic.record.shelf.faults.extend([None, Fault.REFUSED])
    job = clinic.job(Step.RELEASE, clinic.releases(case_id)[-1].id)
    with pytest.raises(RecordRefused) as refused:
        release(clinic.releaser(), job)
    clinic.record.shelf.faults.clear()
    recover.give_up(clinic.databases["releaser"], job, refused.value)
    assert len(documents(clinic)) == before + 1
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        (failure,) = [f for f in unit.failures.open() if f.subject_id == job.subject]
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit, pytest.raises(Conflict):
        recover.reopen_failed(unit, failure.id, by)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        recover.retry(unit, failure.id, by)
    assert clinic.deliver(case_id).state is ReleaseState.WRITTEN
    assert len(documents(clinic)) == before + 1
