"""Templates, and what a page says when something does not go."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from attending.core.characters import legible, legible_lines, marked
from attending.core.errors import AttendingError, Unauthenticated
from attending.core.evidence import Evidence
from attending.web.console.bundled import asset
from attending.web.problems import Problem, invalid, of_status, problem_of

SEE_OTHER = 303
_OWN_PAGE = re.compile(r"/[a-z0-9/?=&.:_-]*", re.IGNORECASE | re.ASCII)
_STATES = {
    "drafting": "being drafted",
    "in_review": "to review",
    "signed": "signed, on its way",
    "released": "in the record",
    "rejected": "rejected",
    "failed": "failed",
    "retracted": "retracted",
    "pending": "waits to be written",
    "writing": "being written",
    "written": "written and read back",
}


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _clock(seconds: float) -> str:
    """Seconds in a recording as minutes and seconds: 83.2 is "1:23"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def _state(name: str) -> str:
    return _STATES.get(name, name.replace("_", " "))


def _shown(value: object) -> object:
    """Of every text on every page: what could not be seen is named, so that it is."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return marked(value)


def _spans(evidence: tuple[Evidence, ...]) -> str:
    """For scripts: where in the source it is, without what is said there."""
    spans = [asdict(span) for span in evidence]
    for span in spans:
        span.pop("quote", None)
        span["anchor"] = span.pop("utterance", None)
    return json.dumps(spans)


_TEMPLATES = Environment(
    loader=PackageLoader("attending.web.console"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
)
_TEMPLATES.filters |= {
    "moment": _moment,
    "clock": _clock,
    "state": _state,
    "spans": _spans,
    "legible": legible,
    "legible_lines": legible_lines,
}
_TEMPLATES.globals["asset"] = asset


def page(template: str, status: int = 200, *, form_target: str = "", **values: object) -> Response:
    """form_target: an origin besides our own that a form of this page may lead to."""
    html = _TEMPLATES.get_template(template).render(**values)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self'; worker-src 'self'; base-uri 'none'; "
        f"form-action 'self' {form_target}; frame-ancestors 'none'"
    )
    # same-origin, not no-referrer: under the latter browsers send our own forms with
    # "Origin: null", and we could not tell them from another site's.
    headers = {"content-security-policy": policy, "referrer-policy": "same-origin"}
    return HTMLResponse(html, status, headers)


def see_other(address: str) -> RedirectResponse:
    return RedirectResponse(address, SEE_OTHER)


def own_page(address: str) -> str:
    """The address if it is a page of ours, else the first page: no open redirect."""
    is_ours = _OWN_PAGE.fullmatch(address) is not None and not address.startswith("//")
    return address if is_ours else "/"


class PageRoute(APIRoute):
    """A route whose errors are pages, with a way on and what was typed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthenticated as error:
                return _log_in_again(request, error)
            except AttendingError as error:
                return _explained(request, problem_of(error))
            except RequestValidationError as error:
                return _explained(request, invalid(error))
            except HTTPException as error:
                return _explained(request, of_status(error.status_code))

        return handled


def page_router(prefix: str = "") -> APIRouter:
    return APIRouter(prefix=prefix, route_class=PageRoute)


def _log_in_again(request: Request, error: Unauthenticated) -> Response:
    """The issuer is to ask anew whoever had a session here: it was ended, or left alone."""
    if request.method != "GET" or request.url.path.startswith("/login"):
        return _explained(request, problem_of(error))
    if is_live(request):
        return see_other("/logged-out")
    anew = "&anew=true" if getattr(request.state, "anew", False) else ""
    return see_other(f"/login?then={quote(request.url.path)}{anew}")


def is_live(request: Request) -> bool:
    """Whether the page was loaded by itself: nobody need sit before it."""
    return "live" in request.query_params


def _explained(request: Request, problem: Problem) -> Response:
    state = request.state
    return problem_page(
        problem,
        typed=getattr(state, "typed", ""),
        back=getattr(state, "back", "/"),
        anew=getattr(state, "anew", False),
    )


def problem_page(
    problem: Problem, *, typed: str = "", back: str = "/", anew: bool = False
) -> Response:
    """typed: words that were not saved; anew: the log-in is to ask who it is."""
    return page(
        "problem.html",
        problem.status,
        problem=problem,
        typed=typed,
        back=back,
        anew=anew,
        who="",
        csrf="",
        may=(),
    )
