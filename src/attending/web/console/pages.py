"""Templates, and what a page says when something does not go."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Coroutine, Iterable
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
from attending.core.identity import StaffRole
from attending.web.console.bundled import asset
from attending.web.console.words import ROLES, action, lasting, step
from attending.web.problems import Problem, invalid, of_status, problem_of
from attending.web.protection import permissions

SEE_OTHER = 303
_WORTH_PACKING = 2_000  # characters
_LEVEL = 4  # of gzip: 280 KiB in 3 ms
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


def _age(at: datetime) -> str:
    """How long ago, in the one unit that matters: "12 min"."""
    minutes = max(0, int((datetime.now(UTC) - at).total_seconds() // 60))
    if minutes < 1:
        return "now"
    if minutes < 120:  # noqa: PLR2004 - two hours
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - two days


def _instant(at: datetime) -> str:
    """To the second, for what stands in an order."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _instant_of(text: str) -> str:
    """Of an ISO 8601 text."""
    try:
        return f"{_instant(datetime.fromisoformat(text))} UTC"
    except ValueError:
        return "a time that cannot be read"


def _clock(seconds: float) -> str:
    """Seconds in a recording as minutes and seconds: 83.2 is "1:23"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def _state(name: str) -> str:
    return _STATES.get(name, name.replace("_", " "))


def _roles(held: Iterable[StaffRole]) -> str:
    return ", ".join(sorted(ROLES[role] for role in held))


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
    "age": _age,
    "instant": _instant,
    "instant_of": _instant_of,
    "clock": _clock,
    "state": _state,
    "spans": _spans,
    "step": step,
    "action": action,
    "roles": _roles,
    "lasting": lasting,
    "legible": legible,
    "legible_lines": legible_lines,
}
_TEMPLATES.globals["asset"] = asset


def page(
    template: str,
    status: int = 200,
    *,
    form_target: str = "",
    packed: bool = False,
    microphone: bool = False,
    **values: object,
) -> Response:
    """form_target: an origin besides our own that a form of this page may lead to.

    packed: as gzip (docs/decisions/0013-compression.md).
    microphone: whether this page may ask for it.
    """
    html = _TEMPLATES.get_template(template).render(**values)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self'; worker-src 'self'; base-uri 'none'; "
        f"form-action 'self' {form_target}; frame-ancestors 'none'"
    )
    # same-origin, not no-referrer: under the latter browsers send our own forms with
    # "Origin: null", and we could not tell them from another site's.
    headers = {"content-security-policy": policy, "referrer-policy": "same-origin"}
    if microphone:
        headers["permissions-policy"] = permissions(microphone="(self)")
    if not packed or len(html) < _WORTH_PACKING:
        return HTMLResponse(html, status, headers)
    headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    return HTMLResponse(gzip.compress(html.encode(), _LEVEL, mtime=0), status, headers)


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
    if request.method != "GET" or request.url.path.startswith("/login") or is_part(request):
        return _explained(request, problem_of(error))
    if is_live(request):
        return see_other("/logged-out")
    anew = "&anew=true" if getattr(request.state, "anew", False) else ""
    return see_other(f"/login?then={quote(request.url.path)}{anew}")


def is_part(request: Request) -> bool:
    """Whether a page that stands asks, by script: it follows no way to the issuer."""
    return "hx-request" in request.headers


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
