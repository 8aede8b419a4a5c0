"""The record systems of the clinic."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.web.api.desk import IntakeDesk, answer
from attending.web.api.forms import TargetForm
from attending.web.api.types import Listed

router = APIRouter(prefix="/v1/targets", tags=["targets"])


@router.get("", response_model=Listed[TargetForm], summary="Record systems that notes go to")
def list_targets(desk: IntakeDesk) -> Response:
    found = desk.read(lambda unit, _by: unit.people.targets())
    return answer(Listed[TargetForm](items=list(map(TargetForm.model_validate, found))))
