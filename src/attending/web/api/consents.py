"""What a patient agreed to, purpose by purpose."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.identity import Principal
from attending.core.ids import PatientId
from attending.core.ports import Unit
from attending.core.work import Purpose
from attending.loop import intake
from attending.web.api.desk import IntakeDesk, IntakeWriting, answer
from attending.web.api.forms import ConsentAsk, Consents

router = APIRouter(prefix="/v1/patients/{patient}/consents", tags=["patients"])


@router.get("", response_model=Consents, summary="What the patient agreed to")
def read_consents(patient: PatientId, desk: IntakeDesk) -> Response:
    return answer(desk.read(lambda unit, _by: _consents(unit, patient)))


@router.put("/{purpose}", response_model=Consents, summary="Record what the patient said")
def record_consent(
    patient: PatientId, purpose: Purpose, ask: ConsentAsk, writing: IntakeWriting
) -> Response:
    """Every word is kept; the last one holds."""

    def record(unit: Unit, by: Principal) -> Consents:
        intake.record_consent(unit, patient, purpose, granted=ask.granted, by=by)
        return _consents(unit, patient)

    return writing.answer(record)


def _consents(unit: Unit, patient: PatientId) -> Consents:
    known = unit.people.patient(patient)
    return Consents(patient=known.id, consents=dict(unit.people.consents(known.id)))
