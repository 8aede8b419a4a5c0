"""One request of a logged-in person: the session, the rights, and only our own forms."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.responses import Response
from fastapi.security import SecurityScopes

from attending.core.errors import Forbidden, Unauthenticated
from attending.core.identity import Scope
from attending.web.access import Desk, require, require_fresh
from attending.web.api.desk import count, parts_of, seals_of
from attending.web.console.pages import is_live, own_page, page
from attending.web.console.provider import Provider
from attending.web.console.session import IDLE, Cookies, Session
from attending.web.parts import ConsoleLogin, WebParts
from attending.web.seals import Seals

_READING = ("GET", "HEAD")
_TYPED = ("text", "reason")


def provider_of(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


def cookies_of(
    parts: Annotated[WebParts, Depends(parts_of)], seals: Annotated[Seals, Depends(seals_of)]
) -> Cookies:
    return Cookies(parts.console, seals)


@dataclass(frozen=True)
class Visit:
    """``live``: the page loaded itself again, which keeps no session open."""

    desk: Desk
    session: Session
    cookies: Cookies
    live: bool = False

    def page(
        self, template: str, status: int = 200, *, form_target: str = "", **values: object
    ) -> Response:
        """A page for this person; the session goes on.

        Left alone, it gives way to the log-in's page, unless what was typed would be lost.
        """
        answer = page(
            template,
            status,
            form_target=form_target,
            who=self.session.name,
            csrf=self.session.csrf,
            may=tuple(scope.value for scope in self.desk.caller.scopes),
            idle=int(IDLE.total_seconds()),
            **values,
        )
        if not self.live:
            self.cookies.keep_session(answer, self.session)
        return answer


def visit(
    scopes: SecurityScopes,
    request: Request,
    parts: Annotated[WebParts, Depends(parts_of)],
    cookies: Annotated[Cookies, Depends(cookies_of)],
) -> Visit:
    """Raises Unauthenticated, which leads to the log-in, and Forbidden."""
    request.state.anew = cookies.was_here(request)
    session = cookies.session(request)
    if session is None:
        raise Unauthenticated("Your session has ended.")
    caller = parts.tokens.caller(session.token)
    count(request, caller)
    needed = frozenset(map(Scope, scopes.scopes))
    require(needed, caller.scopes)
    return Visit(Desk(parts, caller, needed), session, cookies, is_live(request))


def fresh_visit(at: Annotated[Visit, Depends(visit)]) -> Visit:
    """For what a session that was merely left open must not do. Raises LoginTooOld."""
    require_fresh(at.desk.caller)
    return at


async def own_forms_only(
    request: Request,
    parts: Annotated[WebParts, Depends(parts_of)],
    cookies: Annotated[Cookies, Depends(cookies_of)],
) -> None:
    """Of every route that writes: our own page, in this person's session, sent the form."""
    if request.method in _READING:
        return
    if not _same_origin(request, parts.console):
        raise Forbidden("This form was not sent by a page of ours.")
    form = await request.form()
    request.state.typed = next((form[name] for name in _TYPED if form.get(name)), "")
    request.state.back = own_page(request.url.path.rpartition("/")[0] or "/")
    session = cookies.session(request)
    if session is None:
        raise Unauthenticated("Your session has ended.", remedy="Log in, and send it again.")
    sent = str(form.get("csrf", ""))
    if not secrets.compare_digest(sent.encode("utf-8", "replace"), session.csrf.encode()):
        raise Forbidden("This form is not of your session.", remedy="Load the page again.")


def _same_origin(request: Request, login: ConsoleLogin) -> bool:
    origin = request.headers.get("origin")
    if origin is not None:
        return origin == login.origin
    parts = urlsplit(request.headers.get("referer", ""))
    return f"{parts.scheme}://{parts.netloc}" == login.origin


Anyone = Annotated[Visit, Security(visit, scopes=[])]
Reader = Annotated[Visit, Security(visit, scopes=[Scope.READ])]
Reviewer = Annotated[Visit, Security(visit, scopes=[Scope.REVIEW])]
Signer = Annotated[Visit, Security(visit, scopes=[Scope.SIGN])]
TimelineReader = Annotated[Visit, Security(visit, scopes=[Scope.TIMELINE])]
FailureOwner = Annotated[Visit, Security(visit, scopes=[Scope.FAILURES])]
SessionKeeper = Annotated[Visit, Security(fresh_visit, scopes=[Scope.SESSIONS])]
Officer = Annotated[Visit, Security(visit, scopes=[Scope.STOP])]
