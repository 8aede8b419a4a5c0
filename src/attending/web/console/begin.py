"""Beginning a visit: whose it is, what the patient agrees to, and then its recording.

Names are typed into forms that are posted, so that none stands in an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from attending.core.identity import Principal
from attending.core.ids import CaptureId, PatientId
from attending.core.line import WAV
from attending.core.ports import Unit
from attending.core.work import Patient, Purpose
from attending.loop import intake
from attending.loop.capture import open_capture
from attending.privacy.consent import TO_DRAFT
from attending.web.api.types import Name, Reason, Words
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import Receptionist, Visit

router = page_router()
SHOWN = 25  # patients
RECENT = 40  # encounters that are looked through for whom one saw last
BATCH = 500
_QUESTIONS = {
    Purpose.RECORD: "May this visit be recorded?",
    Purpose.ASSISTANCE: "May a program on the clinic's own computers help to write the note?",
}


@router.get("/visits/new")
def choose_patient(visit: Receptionist) -> Response:
    return _chosen_from(visit, "", visit.desk.read(lambda unit, _by: _recent(unit)), more=False)


@router.post("/visits/new")
def find_patient(visit: Receptionist, name: Annotated[Words, Form()] = "") -> Response:
    """By the parts of a name, or a date of birth; in any order."""
    wanted = name.casefold().split()
    if not wanted:
        return see_other("/visits/new")
    found = visit.desk.read(lambda unit, _by: _matching(unit, wanted))
    return _chosen_from(visit, name, found[:SHOWN], more=len(found) > SHOWN)


def _chosen_from(visit: Visit, name: str, patients: list[Patient], *, more: bool) -> Response:
    return visit.page("visit_new.html", name=name, patients=patients, more=more)


def _recent(unit: Unit) -> list[Patient]:
    """Of the latest encounters, each patient once."""
    seen = dict.fromkeys(each.patient for each in unit.people.encounters(None, RECENT))
    return [unit.people.patient(patient) for patient in list(seen)[:10]]


def _matching(unit: Unit, wanted: list[str]) -> list[Patient]:
    """One more than is shown, if there are so many. Names are sealed: each is looked at."""
    found: list[Patient] = []
    for patient in _everybody(unit):
        known = f"{patient.identity.name} {patient.identity.birth_date}".casefold()
        if all(part in known for part in wanted):
            found.append(patient)
        if len(found) > SHOWN:
            break
    return sorted(found, key=lambda each: (each.identity.name.casefold(), str(each.id)))


def _everybody(unit: Unit) -> Iterator[Patient]:
    after: PatientId | None = None
    while batch := unit.people.patients(after, BATCH):
        yield from batch
        after = batch[-1].id


@router.get("/patients/{patient}/visit")
def ask_consent(patient: PatientId, visit: Receptionist) -> Response:
    def asked(unit: Unit) -> tuple[Patient, dict[Purpose, bool]]:
        return unit.people.patient(patient), dict(unit.people.consents(patient))

    known, consents = visit.desk.read(lambda unit, _by: asked(unit))
    return visit.page(
        "visit_consent.html",
        patient=known,
        questions=_QUESTIONS,
        consents=consents,
        refused=any(consents.get(purpose) is False for purpose in TO_DRAFT),
        lines=_lines(visit),
    )


@router.post("/patients/{patient}/visit")
def begin(
    patient: PatientId,
    visit: Receptionist,
    record: Annotated[bool, Form()],
    assistance: Annotated[bool, Form()],
    line: Annotated[Name, Form()],
    medicines: Annotated[Reason, Form()] = "",
) -> Response:
    """What the patient said is recorded either way; refused means that nothing begins."""
    answers = {Purpose.RECORD: record, Purpose.ASSISTANCE: assistance}
    hints = tuple(word.strip()[:200] for word in medicines.splitlines() if word.strip())[:200]

    def begun(unit: Unit, by: Principal) -> CaptureId | None:
        for purpose, granted in answers.items():
            intake.record_consent(unit, patient, purpose, granted=granted, by=by)
        if not all(answers.values()):
            return None
        opened = intake.open_encounter(unit, patient, "", datetime.now(UTC), by)
        return open_capture(visit.desk.parts.loop, unit, opened.id, line, hints, by).id

    capture = visit.desk.write(begun)
    return see_other(f"/patients/{patient}/visit" if capture is None else f"/captures/{capture}")


def _lines(visit: Visit) -> dict[str, str]:
    """Those that take sound, by name, with their titles."""
    lines = visit.desk.parts.loop.lines.values()
    return {line.name: line.title for line in lines if WAV in line.media_types}
