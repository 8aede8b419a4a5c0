"""What surrounds every request: headers, a limit on bodies, and no error left unanswered.

Plain ASGI, so that streams pass through untouched.
"""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attending.web.problems import TOO_LARGE, answered, of_status, unexpected

BODY_LIMIT = 1 << 20  # bytes of a form or a JSON document; sources have their own limit
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_ONLY_TLS = "max-age=31536000"


class SecurityHeaders:
    """Sets each header that the answer did not set itself."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = _HEADERS | ({"strict-transport-security": _ONLY_TLS} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent)


class Answered:
    """An unexpected error becomes a problem without details.

    It ends here: the server's own log of it would quote the error's words.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - the edge of the process: logged and answered
            problem = unexpected(error)
            if started:
                raise ConnectionError("An answer was cut short.") from None
            await answered(problem)(scope, receive, send)


class BodyLimit:
    """Refuses large bodies, except of uploads, which are streamed and count themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_upload(scope):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > BODY_LIMIT:
            await answered(of_status(TOO_LARGE))(scope, receive, send)
            return
        await self._app(scope, _counted(receive), send)


def _is_upload(scope: Scope) -> bool:
    return scope["method"] == "POST" and str(scope["path"]).endswith("/sources")


def _counted(receive: Receive) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_LIMIT:
            raise HTTPException(TOO_LARGE)
        return message

    return counted
