"""The settings of this process as they are in force: every one, without what is secret."""

from __future__ import annotations

from fastapi.responses import Response

from attending.web.console.pages import page_router
from attending.web.console.visit import SystemReader

router = page_router("/admin/settings")


@router.get("")
def show_settings(visit: SystemReader) -> Response:
    visit.desk.read(lambda _unit, by: by)  # the right, and the session, as they are now
    return visit.page("settings.html", settings=visit.desk.parts.settings)
