"""Patients, as the record system knows them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.ids import PatientId
from attending.loop import intake
from attending.web.api.desk import IntakeDesk, IntakeWriting, answer
from attending.web.api.forms import PatientForm, RegisterPatient
from attending.web.api.paging import Paged
from attending.web.api.types import Listed

router = APIRouter(prefix="/v1/patients", tags=["patients"])


@router.get("", response_model=Listed[PatientForm], summary="Registered patients")
def list_patients(desk: IntakeDesk, paging: Paged) -> Response:
    """By id: their names are sealed."""
    page = paging.of(desk.caller.tenant, "patients")
    place = page.after()
    after = PatientId(UUID(place)) if place else None
    found = desk.read(lambda unit, _by: unit.people.patients(after, page.wanted))
    return answer(page.listed(found, lambda patient: str(patient.id), PatientForm.of))


@router.post("", response_model=PatientForm, status_code=201, summary="Register a patient")
def register(ask: RegisterPatient, writing: IntakeWriting) -> Response:
    """One patient per reference of the record system: a second call gives the first's."""
    identity = ask.identity.identity()
    return writing.answer(
        lambda unit, by: PatientForm.of(intake.register_patient(unit, ask.target, identity, by)),
        201,
    )


@router.get("/{patient}", response_model=PatientForm, summary="One patient")
def read_patient(patient: PatientId, desk: IntakeDesk) -> Response:
    return answer(desk.read(lambda unit, _by: PatientForm.of(unit.people.patient(patient))))
