"""The style sheet: the only file that a page loads."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import Response

from attending.web.console.pages import page_router

router = page_router()
_STYLE = (Path(__file__).parent / "console.css").read_bytes()


@router.get("/assets/console.css")
def style() -> Response:
    return Response(_STYLE, media_type="text/css", headers={"cache-control": "max-age=300"})
