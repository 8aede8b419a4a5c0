"""Live pages: a stream that says that something changed, and never what.

Each message is ``changed`` with the clinic's cursor as its id. So any process can answer,
and who comes back with ``Last-Event-ID`` is told at once if anything happened meanwhile.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from attending.core.identity import LogIn
from attending.web.api.desk import limits_of
from attending.web.console.visit import Anyone
from attending.web.news import Listener, News
from attending.web.rates import Limits

KEEP_ALIVE = 15.0  # seconds
LIFE = (240, 300)  # seconds after which it ends, so that who listens is looked at anew
_RETRY = 1_000  # milliseconds until a client comes back

router = APIRouter()  # no page: its refusals are documents, since a stream follows no redirect


def news_of(request: Request) -> News:
    news: News = request.app.state.news
    return news


@router.get("/events")
def events(
    visit: Anyone,
    news: Annotated[News, Depends(news_of)],
    limits: Annotated[Limits, Depends(limits_of)],
    last_event_id: Annotated[str, Header(max_length=40)] = "",
) -> Response:
    """It keeps no session open. Raises TooManyRequests if too many are open."""
    caller, frame = visit.desk.caller, visit.frame
    log_in = LogIn(frame.by.id, caller.session, caller.issued_at)
    open_for = min(visit.session.seconds_left, _life())
    slot = ExitStack()
    slot.enter_context(limits.streaming(caller))
    return EventStream(
        news,
        Listener(caller.tenant, log_in, frame.cursor),
        slot,
        missed=last_event_id not in {"", str(frame.cursor)},
        until=time.monotonic() + open_for,
    )


def _life() -> float:
    """Not the same for all: after a restart they would come back together for ever."""
    return secrets.SystemRandom().uniform(*LIFE)


class EventStream(StreamingResponse):
    """``slot`` is given back when the stream ends, however it does."""

    def __init__(
        self, news: News, listener: Listener, slot: ExitStack, *, missed: bool, until: float
    ) -> None:
        super().__init__(
            self._told(missed=missed, until=until),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )
        self._news = news
        self._listener = listener
        self._slot = slot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._slot, self._news.told_to(self._listener):
            await super().__call__(scope, receive, send)

    async def _told(self, *, missed: bool, until: float) -> AsyncIterator[str]:
        listener = self._listener
        yield f"retry: {_RETRY}\n{_message(listener.cursor, changed=missed)}"
        while not listener.over and (left := until - time.monotonic()) > 0:
            if not await listener.wait(min(KEEP_ALIVE, left)):
                yield ":\n\n"
            elif not listener.over:
                yield _message(listener.cursor, changed=True)


def _message(cursor: int, *, changed: bool) -> str:
    """Without data it only tells the cursor."""
    return f"id: {cursor}\n" + ("data: changed\n\n" if changed else "\n")
