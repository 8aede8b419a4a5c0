"""Work that waits for a person: try it again, or review anew."""

from __future__ import annotations

from fastapi.responses import Response

from attending.core.ids import FailureId
from attending.loop import recover
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import FailureOwner

router = page_router()


@router.get("/failures")
def show_failures(visit: FailureOwner) -> Response:
    found = visit.desk.read(lambda unit, _by: unit.failures.open())
    return visit.page("failures.html", failures=found)


@router.post("/failures/{failure}/retry")
def retry(failure: FailureId, visit: FailureOwner) -> Response:
    visit.desk.write(lambda unit, by: recover.retry(unit, failure, by))
    return see_other("/failures")


@router.post("/failures/{failure}/reopen")
def reopen(failure: FailureId, visit: FailureOwner) -> Response:
    head = visit.desk.write(lambda unit, by: recover.reopen_failed(unit, failure, by))
    return see_other(f"/cases/{head.id}")
