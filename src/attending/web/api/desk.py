"""Dependencies of every route: who calls, with which right, and whether it was said before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic import BaseModel

from attending.core.errors import InvalidInput, Unauthenticated
from attending.core.identity import Caller, Principal, Scope
from attending.core.ports import Unit
from attending.web.access import Desk, Work, require, require_fresh
from attending.web.parts import WebParts
from attending.web.rates import Limits
from attending.web.seals import Seals

JSON = "application/json"
_bearer = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    description="An access token of a trusted issuer. The list names the right that is needed.",
    auto_error=False,
)


def parts_of(request: Request) -> WebParts:
    parts: WebParts = request.app.state.parts
    return parts


def seals_of(request: Request) -> Seals:
    seals: Seals = request.app.state.seals
    return seals


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


def count(request: Request, caller: Caller) -> None:
    """Every request of every route is counted here. Raises TooManyRequests."""
    counted = limits_of(request).take(caller)
    request.state.counted = counted
    if counted.wait:
        raise counted.error()


def desk(
    scopes: SecurityScopes,
    request: Request,
    parts: Annotated[WebParts, Depends(parts_of)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Desk:
    """Raises Unauthenticated, and Forbidden if already the token lacks the right."""
    if bearer is None:
        raise Unauthenticated("A bearer token is needed.")
    caller = parts.tokens.caller(bearer.credentials)
    count(request, caller)
    needed = frozenset(map(Scope, scopes.scopes))
    require(needed, caller.scopes)
    return Desk(parts, caller, needed)


def fresh_desk(at: Annotated[Desk, Depends(desk)]) -> Desk:
    """For what a session that was merely left open must not do. Raises LoginTooOld."""
    require_fresh(at.caller)
    return at


@dataclass(frozen=True)
class Writing:
    """A write that may be sent twice: the same key and request give the same answer."""

    desk: Desk
    key: str | None
    digest: str

    def answer(self, work: Work[BaseModel], status: int = 200) -> Response:
        """The effect and its answer are kept in one transaction."""
        return self.desk.write(lambda unit, by: self._once(unit, by, work, status))

    def of_content(self, digest: str) -> Writing:
        """For a body that was streamed: its own digest goes into the request's."""
        return replace(self, digest=_digest(self.digest, digest))

    def _once(self, unit: Unit, by: Principal, work: Work[BaseModel], status: int) -> Response:
        if self.key is None:
            return answer(work(unit, by), status)
        given = unit.answers.find(by.id, self.key)
        if given is not None:
            return self._again(*given)
        body = work(unit, by).model_dump_json().encode()
        unit.answers.keep(by.id, self.key, self.digest, status, body)
        return Response(body, status, media_type=JSON)

    def _again(self, digest: str, status: int, body: bytes) -> Response:
        if digest != self.digest:
            raise InvalidInput(
                "This idempotency key was used for another request.",
                remedy="Use a new key for each new request.",
            )
        return Response(body, status, {"idempotent-replay": "true"}, media_type=JSON)


def answer(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json(), status, media_type=JSON)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Chosen by the client; the same request under it happens once.",
    ),
]


def streaming(
    request: Request, at: Annotated[Desk, Depends(desk)], key: IdempotencyKey = None
) -> Writing:
    """Without the body, which the route reads itself."""
    kind = request.headers.get("content-type", "")
    return Writing(at, key, _digest(request.method, request.url.path, request.url.query, kind))


async def writing(
    request: Request, at: Annotated[Desk, Depends(desk)], key: IdempotencyKey = None
) -> Writing:
    return streaming(request, at, key).of_content(_digest((await request.body()).hex()))


async def fresh_writing(at: Annotated[Writing, Depends(writing)]) -> Writing:
    """``writing`` for what takes a log-in of the last minutes. Raises LoginTooOld."""
    require_fresh(at.desk.caller)
    return at


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


# What a handler asks for; the name says the right, which the API's description shows too.
Anyone = Annotated[Desk, Security(desk, scopes=[])]
IntakeDesk = Annotated[Desk, Security(desk, scopes=[Scope.INTAKE])]
IntakeWriting = Annotated[Writing, Security(writing, scopes=[Scope.INTAKE])]
IntakeStreaming = Annotated[Writing, Security(streaming, scopes=[Scope.INTAKE])]
ReadDesk = Annotated[Desk, Security(desk, scopes=[Scope.READ])]
ReviewDesk = Annotated[Desk, Security(desk, scopes=[Scope.REVIEW])]
ReviewWriting = Annotated[Writing, Security(writing, scopes=[Scope.REVIEW])]
SignDesk = Annotated[Desk, Security(desk, scopes=[Scope.SIGN])]
SignWriting = Annotated[Writing, Security(writing, scopes=[Scope.SIGN])]
TimelineDesk = Annotated[Desk, Security(desk, scopes=[Scope.TIMELINE])]
FailureDesk = Annotated[Desk, Security(desk, scopes=[Scope.FAILURES])]
FailureWriting = Annotated[Writing, Security(writing, scopes=[Scope.FAILURES])]
StopDesk = Annotated[Desk, Security(desk, scopes=[Scope.STOP])]
StopWriting = Annotated[Writing, Security(writing, scopes=[Scope.STOP])]
SystemDesk = Annotated[Desk, Security(desk, scopes=[Scope.SYSTEM])]
ModelsWriting = Annotated[Writing, Security(writing, scopes=[Scope.MODELS])]
AnyonesWriting = Annotated[Writing, Security(writing, scopes=[])]
SessionDesk = Annotated[Desk, Security(desk, scopes=[Scope.SESSIONS])]
FreshSessionWriting = Annotated[Writing, Security(fresh_writing, scopes=[Scope.SESSIONS])]
FreshAuditDesk = Annotated[Desk, Security(fresh_desk, scopes=[Scope.AUDIT])]
