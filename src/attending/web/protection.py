"""What surrounds every request: headers, limits of size, and no error left unanswered.

Plain ASGI, so that streams pass through untouched.
"""

from __future__ import annotations

import asyncio

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attending.web.problems import (
    HEADERS_TOO_LARGE,
    TOO_LARGE,
    TOO_LONG,
    TOO_SLOW,
    WRONG_KIND,
    answered,
    of_status,
    unexpected,
)

BODY_LIMIT = 1 << 20  # bytes of a form or a JSON document; sources have their own limit
BODY_SECONDS = 30.0  # in which it has to arrive whole
FIELDS_AT_MOST = 50  # of a form
TARGET_LIMIT = 32 << 10  # bytes of path and query: an upload's hints stand there
HEADER_LIMIT = 48 << 10  # bytes of all headers: a token may have 16 KiB, and so its cookie
HEADERS_AT_MOST = 100
_FORM = "application/x-www-form-urlencoded"
_CLOSE = {"connection": "close"}  # nobody reads what else is on its way


def permissions(microphone: str = "()") -> str:
    """The policy of a page; microphone: "(self)" for the one that records."""
    return (
        "camera=(), display-capture=(), geolocation=(), "
        f"microphone={microphone}, payment=(), usb=()"
    )


_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": permissions(),
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


class RequestLimit:
    """Refuses what is longer than any request of ours: before anything is done for it.

    Bodies are counted as they arrive, but for uploads, which are streamed and count
    themselves. A form of a page is url-encoded and has few fields.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = _refusal(scope)
        if status is not None:
            await answered(of_status(status), _CLOSE)(scope, receive, send)
            return
        arriving = receive if _is_upload(scope) else _Body(scope, receive)
        await self._app(scope, arriving, send)


def _refusal(scope: Scope) -> int | None:
    if len(scope["raw_path"]) + len(scope["query_string"]) > TARGET_LIMIT:
        return TOO_LONG
    lines = scope["headers"]
    if len(lines) > HEADERS_AT_MOST or sum(len(n) + len(v) for n, v in lines) > HEADER_LIMIT:
        return HEADERS_TOO_LARGE
    if _is_upload(scope):
        return None
    headers = Headers(scope=scope)
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > BODY_LIMIT:
        return TOO_LARGE
    is_page = not str(scope["path"]).startswith("/v1/")
    is_multipart = headers.get("content-type", "").lower().lstrip().startswith("multipart/")
    return WRONG_KIND if is_page and is_multipart else None


def _is_upload(scope: Scope) -> bool:
    return scope["method"] == "POST" and str(scope["path"]).endswith("/sources")


class _Body:
    """Raises HTTPException for a body that is too large, in too many pieces, or too slow."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._is_form = _FORM in Headers(scope=scope).get("content-type", "").lower()
        self._until: float | None = None
        self._size = 0
        self._fields = 1
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:  # what comes now is that the client has gone
            return await self._receive()
        message = await self._in_time()
        body: bytes = message.get("body", b"")
        self._size += len(body)
        self._fields += body.count(b"&") if self._is_form else 0
        if self._size > BODY_LIMIT or self._fields > FIELDS_AT_MOST:
            raise HTTPException(TOO_LARGE, headers=_CLOSE)
        self._is_whole = not message.get("more_body", False)
        return message

    async def _in_time(self) -> Message:
        now = asyncio.get_running_loop().time()
        self._until = self._until or now + BODY_SECONDS
        try:
            async with asyncio.timeout_at(self._until):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(TOO_SLOW, headers=_CLOSE) from None
