"""Visits, and the story of each."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.ids import EncounterId
from attending.loop import intake
from attending.web.api.desk import IntakeDesk, IntakeWriting, TimelineDesk, answer
from attending.web.api.forms import EncounterForm, Event, OpenEncounter, Timeline
from attending.web.api.paging import Paged, moment_of
from attending.web.api.types import Listed

router = APIRouter(prefix="/v1/encounters", tags=["encounters"])


@router.get("", response_model=Listed[EncounterForm], summary="Encounters, latest first")
def list_encounters(desk: IntakeDesk, paging: Paged) -> Response:
    page = paging.of(desk.caller.tenant, "encounters")
    place = page.after_moment()
    before = (place[0], EncounterId(place[1])) if place else None
    found = desk.read(lambda unit, _by: unit.people.encounters(before, page.wanted))
    return answer(
        page.listed(found, lambda e: moment_of(e.started_at, e.id), EncounterForm.model_validate)
    )


@router.post("", response_model=EncounterForm, status_code=201, summary="Open an encounter")
def open_encounter(ask: OpenEncounter, writing: IntakeWriting) -> Response:
    return writing.answer(
        lambda unit, by: EncounterForm.model_validate(
            intake.open_encounter(unit, ask.patient, ask.reference, ask.started_at, by)
        ),
        201,
    )


@router.get("/{encounter}", response_model=EncounterForm, summary="One encounter")
def read_encounter(encounter: EncounterId, desk: IntakeDesk) -> Response:
    found = desk.read(lambda unit, _by: unit.people.encounter(encounter))
    return answer(EncounterForm.model_validate(found))


@router.get("/{encounter}/timeline", response_model=Timeline, summary="All that happened")
def read_timeline(encounter: EncounterId, desk: TimelineDesk) -> Response:
    """Every step of its sources, cases and releases, and every piece of work, by time."""
    events = desk.read(lambda unit, _by: unit.timeline.events(encounter))
    return answer(Timeline(encounter=encounter, events=list(map(Event.model_validate, events))))
