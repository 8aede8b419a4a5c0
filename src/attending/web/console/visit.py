"""One request of a logged-in person: the session, the rights, and only our own forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.responses import Response
from fastapi.security import SecurityScopes

from attending.core.errors import Forbidden, Unauthenticated
from attending.core.identity import Principal, Scope
from attending.web.access import Desk, require, require_fresh
from attending.web.api.desk import count, parts_of, seals_of
from attending.web.console.pages import is_live, own_page, page
from attending.web.console.provider import Provider
from attending.web.console.session import IDLE, Cookies, Session
from attending.web.guide import GuideStep
from attending.web.parts import ConsoleLogin, WebParts
from attending.web.seals import Seals

_READING = ("GET", "HEAD")
_TYPED = ("text", "reason")
CSRF = "x-csrf-token"  # of a script that sends no form


def provider_of(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


def cookies_of(
    parts: Annotated[WebParts, Depends(parts_of)], seals: Annotated[Seals, Depends(seals_of)]
) -> Cookies:
    return Cookies(parts.console, seals)


@dataclass(frozen=True)
class Frame:
    """What stands around every page. ``cursor``: how far the clinic was, at the latest."""

    clinic: str
    by: Principal
    cursor: int

    @property
    def roles(self) -> str:
        """In words."""
        return ", ".join(sorted(role.replace("_", " ") for role in self.by.roles))


@dataclass(frozen=True)
class Visit:
    """``live``: the page loaded itself again, which keeps no session open.

    packs: whether the browser takes compressed answers.
    here: the path of what was asked; step: of the guide, if there is one.
    """

    desk: Desk
    session: Session
    cookies: Cookies
    live: bool = False
    packs: bool = False
    here: str = "/"
    step: GuideStep | None = None

    @cached_property
    def frame(self) -> Frame:
        """Raises what ``Desk.read`` raises."""
        return self.desk.read(
            lambda unit, by: Frame(unit.people.tenant().name, by, unit.trail.last())
        )

    def page(
        self,
        template: str,
        status: int = 200,
        *,
        form_target: str = "",
        microphone: bool = False,
        **values: object,
    ) -> Response:
        """A page for this person; the session goes on.

        Left alone, it gives way to the log-in's page, unless what was typed would be lost.
        """
        answer = page(
            template,
            status,
            form_target=form_target,
            microphone=microphone,
            who=self.session.name,
            csrf=self.session.form_token,
            packed=self.packs,
            frame=self.frame,
            here=self.here,
            step=self.step,
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
    here = request.url.path
    guide = parts.guide if cookies.wants_guide(request) else None
    step = guide.step(here) if guide else None
    found = Visit(
        Desk(parts, caller, needed), session, cookies, is_live(request), _packs(request), here, step
    )
    if request.method in _READING:
        # Before the page is read: what changes after this, the page is told.
        _ = found.frame
    return found


def _packs(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


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
    if not session.sent(str(request.headers.get(CSRF) or form.get("csrf", ""))):
        raise Forbidden("This form is not of your session.", remedy="Load the page again.")


def _same_origin(request: Request, login: ConsoleLogin) -> bool:
    origin = request.headers.get("origin")
    if origin is not None:
        return origin == login.origin
    parts = urlsplit(request.headers.get("referer", ""))
    return f"{parts.scheme}://{parts.netloc}" == login.origin


Anyone = Annotated[Visit, Security(visit, scopes=[])]
Receptionist = Annotated[Visit, Security(visit, scopes=[Scope.INTAKE])]
Reader = Annotated[Visit, Security(visit, scopes=[Scope.READ])]
Reviewer = Annotated[Visit, Security(visit, scopes=[Scope.REVIEW])]
Signer = Annotated[Visit, Security(visit, scopes=[Scope.SIGN])]
FreshSigner = Annotated[Visit, Security(fresh_visit, scopes=[Scope.SIGN])]
TimelineReader = Annotated[Visit, Security(visit, scopes=[Scope.TIMELINE])]
FailureOwner = Annotated[Visit, Security(visit, scopes=[Scope.FAILURES])]
SessionKeeper = Annotated[Visit, Security(fresh_visit, scopes=[Scope.SESSIONS])]
Auditor = Annotated[Visit, Security(visit, scopes=[Scope.AUDIT])]
FreshAuditor = Annotated[Visit, Security(fresh_visit, scopes=[Scope.AUDIT])]
SystemReader = Annotated[Visit, Security(visit, scopes=[Scope.SYSTEM])]
Roller = Annotated[Visit, Security(visit, scopes=[Scope.MODELS])]
Officer = Annotated[Visit, Security(visit, scopes=[Scope.STOP])]
