"""Around every request but the health check's: what one may still ask is told, and held.

Plain ASGI, so that streams pass through untouched. Who is authenticated was counted where
that was found out (``api.desk.count``); everything else counts for its address here.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attending.web.problems import Problem, problem_of
from attending.web.rates import Count, Limits, address_of

_EXEMPT = "/health"
_LOG_IN_ENDS = "/login/callback"
_REFUSALS = range(400, 500)

Explain = Callable[[str, Problem], Response]


class Rated:
    """explain: how a path says a problem, as a document or as a page."""

    def __init__(self, app: ASGIApp, *, limits: Limits, explain: Explain) -> None:
        self._app = app
        self._limits = limits
        self._explain = explain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == _EXEMPT:
            await self._app(scope, receive, send)
            return
        address = address_of(scope.get("client"))
        spent = self._spent(scope, address)
        if spent is not None:
            await self._refuse(spent, scope, receive, send)
            return
        await self._app(scope, receive, self._told(address, scope, receive, send))

    def _spent(self, scope: Scope, address: str) -> Count | None:
        """What is refused before anything is done for it."""
        if scope["path"] == _LOG_IN_ENDS:
            count = self._limits.failed_log_ins.look(address)
            if count.wait:
                return count
        headers = Headers(scope=scope)
        if "authorization" in headers or "cookie" in headers:
            return None
        count = self._limits.addresses.look(address)
        return count if count.wait else None

    def _told(self, address: str, scope: Scope, receive: Receive, send: Send) -> Send:
        replaced = False

        async def sent(message: Message) -> None:
            nonlocal replaced
            if replaced:
                return
            if message["type"] != "http.response.start":
                await send(message)
                return
            count = self._counted(address, scope, int(message["status"]))
            known = "counted" in scope.get("state", {})
            if count.wait and not known:
                replaced = True
                await self._refuse(count, scope, receive, send)
                return
            MutableHeaders(scope=message).update(count.headers)
            await send(message)

        return sent

    def _counted(self, address: str, scope: Scope, status: int) -> Count:
        if scope["path"] == _LOG_IN_ENDS and status in _REFUSALS:
            self._limits.failed_log_ins.take(address)
        counted: Count | None = scope.get("state", {}).get("counted")
        return counted or self._limits.addresses.take(address)

    async def _refuse(self, count: Count, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._explain(scope["path"], problem_of(count.error()))
        answer.headers.update(count.headers)
        await answer(scope, receive, send)
