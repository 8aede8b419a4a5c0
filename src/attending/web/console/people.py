"""The officer's page of people: their sessions, ended at once."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import Response

from attending.core.ids import PrincipalId
from attending.web.api.types import Ask
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import SessionKeeper
from attending.web.sessions import end_every

router = page_router("/people")


class EndForm(Ask):
    csrf: str
    principal: UUID


@router.get("")
def show_people(visit: SessionKeeper, ended: UUID | None = None) -> Response:
    """It leads to a fresh log-in first, so that the form that follows is carried out."""
    found = visit.desk.read(lambda unit, _by: unit.people.principals())
    return visit.page("people.html", people=found, ended=ended)


@router.post("/log-out")
def end_sessions(form: Annotated[EndForm, Form()], visit: SessionKeeper) -> Response:
    visit.desk.write(lambda unit, by: end_every(unit, PrincipalId(form.principal), by))
    return see_other(f"/people?ended={form.principal}")
