"""Sources: uploaded as a stream, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from attending.core.errors import AttendingError, InvalidInput, SourceTooLarge, SourceTooSlow
from attending.core.identity import Principal
from attending.core.ids import EncounterId, SourceId
from attending.core.ports import Unit
from attending.loop.intake import Upload
from attending.web.api.desk import IntakeDesk, IntakeStreaming, Writing, answer, limits_of
from attending.web.api.forms import Received, SourceForm
from attending.web.api.types import Name

router = APIRouter(prefix="/v1", tags=["sources"])
STILL_SECONDS = 30.0  # without a byte of an upload
UPLOAD_SECONDS = 3_600.0  # for the whole of it
LineName = Annotated[Name, Query(description="The line that takes it, by name.")]
Hints = Annotated[
    list[Name], Query(max_length=200, description="Words to expect: the patient's medicines.")
]


@router.post(
    "/encounters/{encounter}/sources",
    response_model=Received,
    status_code=202,
    summary="Upload a source",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The raw content; Content-Type is its media type.",
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload(
    encounter: EncounterId,
    request: Request,
    writing: IntakeStreaming,
    line: LineName,
    hints: Hints = [],  # noqa: B006 - the framework copies it
) -> Response:
    """Answers once the source stands; the draft follows. Nothing half-sent is kept."""
    _refuse_announced(request, writing.desk.parts.upload_limit)
    with limits_of(request).uploading(writing.desk.caller):
        return await _taken(request, writing, encounter, line, tuple(hints))


async def _taken(
    request: Request, writing: Writing, encounter: EncounterId, line: str, hints: tuple[str, ...]
) -> Response:
    kind = request.headers.get("content-type", "")
    arriving = await run_in_threadpool(_begin, writing, encounter, line, kind, hints)
    span = writing.desk.parts.loop.telemetry.span(
        "intake", writing.desk.caller.tenant, encounter, source=str(arriving.source.id)
    )
    with span:
        await _receive(request, arriving)
        return await run_in_threadpool(_enter, writing, arriving)


@router.get("/sources/{source}", response_model=SourceForm, summary="How far a source is")
def read_source(source: SourceId, desk: IntakeDesk) -> Response:
    return answer(desk.read(lambda unit, _by: _source(unit, source)))


def _refuse_announced(request: Request, limit: int) -> None:
    """Before a byte is read, if the client says how long it will be."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > limit:
        raise SourceTooLarge("The source is above the limit.", limit=limit)


def _begin(
    writing: Writing, encounter: EncounterId, line: str, kind: str, hints: tuple[str, ...]
) -> Upload:
    parts = writing.desk.parts
    return writing.desk.read(
        lambda unit, _by: Upload.begin(
            parts.loop, unit, encounter, line, kind, hints, parts.upload_limit
        )
    )


async def _receive(request: Request, arriving: Upload) -> None:
    whole = False
    try:
        async for chunk in _in_time(request.stream()):
            await run_in_threadpool(arriving.write, chunk)
        await run_in_threadpool(arriving.finish)
        whole = True
    except ClientDisconnect:
        raise InvalidInput("The upload broke off.", remedy="Send the source again.") from None
    finally:
        if not whole:
            arriving.discard()


async def _in_time(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises SourceTooSlow: an upload that only holds a place is ended."""
    loop = asyncio.get_running_loop()
    end = loop.time() + UPLOAD_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(min(end, loop.time() + STILL_SECONDS)):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise SourceTooSlow("The upload stood still, or took too long.") from None
        yield chunk


def _enter(writing: Writing, arriving: Upload) -> Response:
    """Into the loop; a content that does not come to stand there leaves no blob behind."""
    entered = False

    def enter(unit: Unit, by: Principal) -> Received:
        nonlocal entered
        source, case = arriving.enter(unit, by)
        entered = True
        return Received(source=source.id, case=case.id, state=case.state)

    try:
        answered = writing.of_content(arriving.source.digest).answer(enter, 202)
    except AttendingError:
        # Rolled back for sure. Of any other error we cannot know: better a blob that
        # nobody names than a source without its content.
        _drop(writing, arriving)
        raise
    if not entered:  # an answer that was given before
        _drop(writing, arriving)
    return answered


def _drop(writing: Writing, arriving: Upload) -> None:
    writing.desk.parts.loop.blobs.delete(writing.desk.caller.tenant, arriving.source.blob)


def _source(unit: Unit, source: SourceId) -> SourceForm:
    found = unit.intake.source(source)
    return SourceForm.of(found, unit.intake.progress(source), unit.cases.head_by_source(source))
