"""Log-ins, ended before their tokens expire: one's own, and by an officer another's."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.identity import Principal
from attending.core.ids import PrincipalId
from attending.core.ports import Unit
from attending.web import sessions
from attending.web.api.desk import AnyonesWriting, FreshSessionWriting, SessionDesk, answer
from attending.web.api.forms import Ended, LogOut, PersonForm
from attending.web.api.types import Listed

router = APIRouter(prefix="/v1", tags=["sessions"])


@router.post("/me/log-out", response_model=Ended, status_code=201, summary="End your session")
def log_out(ask: LogOut, writing: AnyonesWriting) -> Response:
    """The token of this request opens nothing from now on, in no process."""

    def end(unit: Unit, by: Principal) -> Ended:
        until = sessions.end_own(unit, writing.desk.caller, by, everywhere=ask.everywhere)
        return Ended(principal=by.id, everywhere=ask.everywhere, until=until)

    return writing.answer(end, 201)


@router.get("/principals", response_model=Listed[PersonForm], summary="Who is enrolled")
def list_principals(desk: SessionDesk) -> Response:
    found = desk.read(lambda unit, _by: unit.people.principals())
    people = [PersonForm(id=p.id, name=p.name, roles=sorted(p.roles)) for p in found]
    return answer(Listed[PersonForm](items=people))


@router.post(
    "/principals/{principal}/log-out",
    response_model=Ended,
    status_code=201,
    summary="End every session of somebody",
)
def end_sessions(principal: PrincipalId, writing: FreshSessionWriting) -> Response:
    """Needs a log-in of the last 5 minutes. The person may log in again."""

    def end(unit: Unit, by: Principal) -> Ended:
        until = sessions.end_every(unit, principal, by)
        return Ended(principal=principal, everywhere=True, until=until)

    return writing.answer(end, 201)
