"""Where somebody begins who sees this for the first time, if the installation has a guide."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Query
from fastapi.responses import Response

from attending.core.errors import NotFound
from attending.web.api.desk import parts_of
from attending.web.console.pages import own_page, page, page_router, see_other
from attending.web.console.visit import Anyone
from attending.web.parts import WebParts

router = page_router()


@router.get("/welcome")
def welcome(
    parts: Annotated[WebParts, Depends(parts_of)],
    key: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Raises NotFound where there is no guide: in every clinic."""
    guide = parts.guide
    if guide is None:
        raise NotFound("There is no such page.")
    return page("welcome.html", guide=guide, known=guide.opens(key), who="", csrf="", may=())


@router.post("/guide/dismissal")
def dismiss(visit: Anyone, back: Annotated[str, Form(max_length=200)] = "/") -> Response:
    """The strip stays away while this browser is open."""
    answer = see_other(own_page(back))
    visit.cookies.dismiss_guide(answer)
    return answer
