"""How a page that stands goes on after its session ended: for the same person alone."""

from __future__ import annotations

from fastapi.responses import JSONResponse, Response

from attending.web.console.pages import page_router
from attending.web.console.visit import Anyone

router = page_router("/session")


@router.get("/form")
def session_form(visit: Anyone) -> Response:
    """Who is logged in, opaque, and what their forms carry; ``live`` keeps no session open."""
    reader = visit.desk.read(lambda _unit, by: by.id)
    answer = JSONResponse({"reader": str(reader), "csrf": visit.session.form_token})
    if not visit.live:
        visit.cookies.keep_session(answer, visit.session)
    return answer


@router.get("/again")
def again(visit: Anyone) -> Response:
    """After a log-in that another page waits for: it tells that page."""
    return visit.page("again.html")
