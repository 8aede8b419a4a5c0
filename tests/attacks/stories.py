"""A whole story of a tenant: every table gets rows, every clinical text a canary."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from attending.adapters.records.memory import Fault
from attending.adapters.storage.timeline import SpanRow, TimelineTables
from attending.core.capture import CHUNK_LIMIT, SAMPLE_RATE, Piece
from attending.core.case import DecisionKind, ModelUse
from attending.core.draft import Draft, Finding, Severity
from attending.core.entry import PatientIdentity
from attending.core.errors import AttendingError, Paused
from attending.core.ids import CaseId, EncounterId, PatientId
from attending.core.line import CheckCard
from attending.core.pause import Stop, StopScope
from attending.core.rollout import Role
from attending.core.work import Purpose, Step
from attending.loop import capture as live
from attending.loop import checks, review
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.intake import Upload, open_encounter, record_consent, register_patient
from attending.loop.propose import propose
from attending.loop.recover import give_up, hand_over
from attending.loop.release import release
from tests.adapters.identity.authenticator import Authenticator
from tests.clinic import CSV, Clinic
from tests.plugins.judging import Judging
from tests.plugins.vitals_line.steps import MeanRate, VitalsLine
from tests.registered import Registry


@dataclass(frozen=True)
class Story:
    clinic: Clinic
    canary: str  # stands in every clinical text, and nowhere else
    patient: PatientId
    encounter: EncounterId
    amended: CaseId
    failed: CaseId


def tell(clinic: Clinic, canary: str) -> Story:
    patient = _patient(clinic, canary)
    encounter = _encounter(clinic, patient, canary)
    amended = _amended(clinic, encounter, canary)
    _judged(clinic, encounter, canary)
    _unreadable(clinic, canary)
    failed = _refused_by_the_record(clinic)
    _handed_over(clinic, canary)
    _recorded_live(clinic, canary)
    _answer_and_span(clinic, encounter, canary)
    _stopped(clinic, canary)
    _check_turned_off(clinic, canary)
    _session_ended(clinic)
    _passkey_enrolled(clinic)
    _rolled_out(clinic)
    return Story(clinic, canary, patient, encounter, amended, failed)


def _patient(clinic: Clinic, canary: str) -> PatientId:
    by, reference = clinic.person(), f"Patient/{uuid4().hex[:8]}"
    clinic.record.shelf.put(
        {
            "resourceType": "Patient",
            "id": reference.removeprefix("Patient/"),
            "name": [{"text": f"Ann {canary}"}],
            "birthDate": "1970-01-01",
            "identifier": [{"system": "urn:test", "value": canary}],
        }
    )
    identity = PatientIdentity(reference, f"Ann {canary}", "1970-01-01", (("urn:test", canary),))
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        patient = register_patient(unit, clinic.installation.target, identity, by).id
        for purpose in Purpose:
            given = purpose is not Purpose.TRAINING
            record_consent(unit, patient, purpose, granted=given, by=by)
    return patient


def _encounter(clinic: Clinic, patient: PatientId, canary: str) -> EncounterId:
    by = clinic.person()
    reference = f"Encounter/{canary}"
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        return open_encounter(unit, patient, reference, datetime.now(UTC), by).id


def _uploaded(clinic: Clinic, encounter: EncounterId, content: bytes, hint: str) -> CaseId:
    by, parts = clinic.person(), clinic.parts("web")
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload = Upload.begin(parts, unit, encounter, "vitals", "text/csv", (hint,), 1 << 20)
    upload.write(content)
    upload.finish()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        source, head = upload.enter(unit, by)
    inference = clinic.parts("inference")
    job = clinic.job(Step.DECODE, source.id)
    try:
        decode(inference, job)
    except AttendingError as error:
        give_up(clinic.databases["inference"], job, error)
        return head.id
    infer(inference, clinic.job(Step.INFER, head.id))
    propose(inference, clinic.job(Step.PROPOSE, head.id))
    return head.id


def _amended(clinic: Clinic, encounter: EncounterId, canary: str) -> CaseId:
    """Released with one section rejected, then reopened, edited, and released again."""
    case_id = _uploaded(clinic, encounter, CSV, f"hint {canary}")
    clinic.see_all(case_id)
    clinic.decide(case_id, "rate", DecisionKind.ACCEPT)
    clinic.decide(case_id, "fast", DecisionKind.REJECT, reason=f"Wrong: {canary}")
    clinic.sign(case_id)
    clinic.deliver(case_id)
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.reopen(unit, case_id, unit.cases.head(case_id).version, by)
    _edited(clinic, case_id, f"Rate as usual, {canary}")
    clinic.see_all(case_id)
    clinic.sign(case_id)
    clinic.deliver(case_id)
    return case_id


@dataclass(frozen=True)
class Repeats:
    """A check that says again what a clinician wrote."""

    name: str = "repeats"
    card: CheckCard = field(default_factory=lambda: CheckCard("Repeats", "whether.", ()))

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            Finding(self.name, section.key, each.id, Severity.INFO, each.text, each.text)
            for section in draft.sections
            for each in section.statements
        )


def _edited(clinic: Clinic, case: CaseId, text: str) -> None:
    """An edit of which the guard said something."""
    usual = clinic.lines["vitals"]
    clinic.lines["vitals"] = replace(VitalsLine(), checks=(Repeats(),))
    clinic.decide(case, "rate", DecisionKind.EDIT, text=text)
    clinic.lines["vitals"] = usual


def _check_turned_off(clinic: Clinic, canary: str) -> None:
    """And on again; and another budget chosen, and the usual one again."""
    by = clinic.person("demo-safety")
    for off in (True, False):
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            checks.turn(
                unit, clinic.lines, "fast-rate", off=off, reason=f"It errs, {canary}", by=by
            )
    why = f"Too many, {canary}"
    for flags in (1.0, 2.0):
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            checks.choose_budget(unit, clinic.lines, "fidelity", flags, reason=why, by=by)


def _judged(clinic: Clinic, encounter: EncounterId, canary: str) -> None:
    """A draft of which a large judge looked at a sample."""
    usual = clinic.lines["vitals"]
    clinic.lines["vitals"] = replace(VitalsLine(), checks=(Judging(),))
    _uploaded(clinic, encounter, b"0,90\n1,91\n", canary)
    clinic.lines["vitals"] = usual


def _unreadable(clinic: Clinic, canary: str) -> None:
    _uploaded(clinic, clinic.encounter(), f"not,a,csv {canary}".encode(), canary)


def _refused_by_the_record(clinic: Clinic) -> CaseId:
    case_id = clinic.decided()
    clinic.sign(case_id)
    wanted = clinic.releases(case_id)[-1]
    job = clinic.job(Step.RELEASE, wanted.id)
    clinic.record.shelf.faults.append(Fault.REFUSED)
    with suppress(AttendingError):
        try:
            release(clinic.releaser(), job)
        except AttendingError as error:
            give_up(clinic.databases["releaser"], job, error)
            raise
    return case_id


def _handed_over(clinic: Clinic, canary: str) -> None:
    by, to = clinic.person(), clinic.person("demo-engineer")
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        first = unit.failures.open()[0]
        hand_over(unit, first.id, to.id, f"Please look, {canary}", by)


def _recorded_live(clinic: Clinic, canary: str) -> None:
    """A recording that still goes on, of which a piece was heard."""
    by, parts, encounter = clinic.person(), clinic.parts("web"), clinic.encounter()
    sound = (f"{canary} " * CHUNK_LIMIT).encode()[: CHUNK_LIMIT // 2]
    offered = live.Offered(1, hashlib.sha256(sound).hexdigest(), sound)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        capture = live.open_capture(parts, unit, encounter, "documentation", (canary,), by)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        live.accept(parts, unit, capture.id, offered, CHUNK_LIMIT, by)
    with (
        suppress(Paused),  # a story before this one left the line paused
        clinic.databases["inference"].transaction(clinic.tenant, Step.LISTEN) as unit,
    ):
        piece = Piece(1, 0, SAMPLE_RATE, f"I said {canary}", canary.encode(), "hearing", "1")
        unit.captures.add_piece(capture, piece)


def _stopped(clinic: Clinic, canary: str) -> None:
    """One pause that was resumed, and one that stands, of a line that no story uses."""
    unused = Stop(StopScope.LINE, "documentation")
    clinic.resume(clinic.pause(unused, f"It errs, {canary}"))
    clinic.pause(unused, f"It errs again, {canary}")


def _session_ended(clinic: Clinic) -> None:
    """One that nobody has."""
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        unit.sessions.end(by.id, "jti:of-nobody", datetime.now(UTC), by.id)


def _passkey_enrolled(clinic: Clinic) -> None:
    """One that nobody confirmed."""
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        unit.passkeys.add(Authenticator().enrolled(by.id))


def _rolled_out(clinic: Clinic) -> None:
    """A version that no line offers, and every clinic may know: it was promoted, and runs nowhere."""
    registry = Registry(clinic)
    version = registry.promoted(MeanRate(ModelUse("infer", "story-rate", "1")))
    registry.roll(version, Role.CHAMPION)
    registry.roll_back()


def _answer_and_span(clinic: Clinic, encounter: EncounterId, canary: str) -> None:
    by, now = clinic.person(), datetime.now(UTC)
    span = SpanRow(
        uuid4().hex[:16],
        uuid4().hex,
        "",
        encounter,
        "decode",
        "inference",
        now - timedelta(seconds=1),
        now,
        "",
        {"source": "1"},
    )
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        unit.answers.keep(by.id, uuid4().hex, "0" * 64, 200, f'{{"name": "{canary}"}}'.encode())
        assert isinstance(unit.timeline, TimelineTables)
        unit.timeline.add_spans([span])
