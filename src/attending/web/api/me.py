"""Who the caller is here."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.identity import Principal
from attending.core.ports import Unit
from attending.web.access import Desk
from attending.web.api.desk import Anyone, answer
from attending.web.api.forms import Me, TenantForm

router = APIRouter(prefix="/v1", tags=["me"])


@router.get("/me", response_model=Me, summary="Who you are, and what you may do")
def me(desk: Anyone) -> Response:
    return answer(desk.read(lambda unit, by: _me(desk, unit, by)))


def _me(desk: Desk, unit: Unit, by: Principal) -> Me:
    return Me(
        id=by.id,
        name=by.name,
        tenant=TenantForm.model_validate(unit.people.tenant()),
        roles=sorted(by.roles),
        scopes=sorted(desk.granted(by)),
    )
