"""Logging in and out at the issuer; also where a signature's own log-in comes back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from attending.core.errors import Unauthenticated
from attending.web.access import Desk
from attending.web.api.desk import parts_of
from attending.web.console.pages import own_page, page, page_router, see_other
from attending.web.console.promoting import complete_promotion
from attending.web.console.provider import Tokens
from attending.web.console.proving import Issuer
from attending.web.console.safety import complete_resumption
from attending.web.console.session import LONGEST, Act, Cookies, Flow, Session
from attending.web.console.signing import complete
from attending.web.console.visit import Anyone, Visit, cookies_of
from attending.web.parts import WebParts
from attending.web.sessions import end_own

router = page_router()
Parts = Annotated[WebParts, Depends(parts_of)]
Jar = Annotated[Cookies, Depends(cookies_of)]
Word = Annotated[str, Query(max_length=2_000)]
_COMPLETED = {
    Act.ENTRY: complete,
    Act.RESUMPTION: complete_resumption,
    Act.PROMOTION: complete_promotion,
}


@router.get("/login")
def log_in(issuer: Issuer, cookies: Jar, then: Word = "/", anew: bool = False) -> Response:
    """anew: the issuer is to ask who it is, even if it knows."""
    flow = Flow.begun(own_page(then))
    answer = see_other(issuer.log_in_address(flow, anew=anew))
    cookies.keep_flow(answer, flow)
    return answer


@router.get("/login/callback")
def come_back(
    request: Request,
    parts: Parts,
    issuer: Issuer,
    cookies: Jar,
    code: Word = "",
    state: Word = "",
) -> Response:
    """From the issuer: somebody logged in, or signed an entry, a resumption or a promotion."""
    flow = cookies.flow(request, state)
    if flow is None or not code:
        raise Unauthenticated("The log-in was not completed.", remedy="Begin it again.")
    request.state.back = flow.then
    tokens = issuer.exchange(code, flow)
    session = cookies.session(request)
    if flow.proving is None:
        answer = _welcome(parts, cookies, flow, tokens)
    else:
        done = _COMPLETED[flow.proving.act]
        answer = done(parts, session, flow.proving, tokens.id_token)
    cookies.end_flow(answer, state)
    return answer


@router.post("/logout")
def log_out(visit: Anyone) -> Response:
    """To a page of ours: browsers let no form of a page end at the issuer, on any way.

    A copy of the cookie, or of the token in it, opens nothing afterwards.
    """
    return _logged_out(visit, everywhere=False)


@router.get("/session")
def show_session(visit: Anyone) -> Response:
    return visit.page("session.html", longest=LONGEST, since=visit.session.since)


@router.post("/session/everywhere")
def log_out_everywhere(visit: Anyone) -> Response:
    """Every session of this person, in every browser and program."""
    return _logged_out(visit, everywhere=True)


@router.get("/logged-out")
def goodbye() -> Response:
    return page("goodbye.html", who="", csrf="", may=())


def _logged_out(visit: Visit, *, everywhere: bool) -> Response:
    caller = visit.desk.caller
    visit.desk.write(lambda unit, by: end_own(unit, caller, by, everywhere=everywhere))
    answer = see_other("/logged-out")
    visit.cookies.end_session(answer)
    return answer


def _welcome(parts: WebParts, cookies: Cookies, flow: Flow, tokens: Tokens) -> Response:
    """Raises Forbidden for somebody whom the clinic did not enrol."""
    desk = Desk(parts, parts.tokens.caller(tokens.access_token), frozenset())
    name = desk.read(lambda _unit, by: by.name)
    answer = see_other(flow.then)
    cookies.keep_session(answer, Session.begun(tokens.access_token, name))
    return answer
