"""Live recordings: chunks arrive while people talk, and become a source at the end."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from attending.core.capture import CHUNK_LIMIT, CHUNKS_AT_MOST
from attending.core.identity import Principal
from attending.core.ids import CaptureId, EncounterId
from attending.core.ports import Unit
from attending.loop import capture as live
from attending.web import captures
from attending.web.api.capture_forms import (
    CaptureForm,
    ChunkNumber,
    EndCapture,
    EndedForm,
    HeardForm,
    HeardSoFar,
    OpenCapture,
)
from attending.web.api.desk import IntakeDesk, IntakeStreaming, IntakeWriting, answer
from attending.web.api.types import Digest

router = APIRouter(prefix="/v1", tags=["captures"])
SOUND = "application/octet-stream"
_Sum = Annotated[Digest, Query(description="Hex SHA-256 of the chunk.")]
_After = Annotated[int, Query(ge=0, le=CHUNKS_AT_MOST, description="The last piece you have.")]


@router.post(
    "/encounters/{encounter}/captures",
    response_model=CaptureForm,
    status_code=201,
    summary="Begin to record a visit, or go on",
)
def open_capture(encounter: EncounterId, ask: OpenCapture, writing: IntakeWriting) -> Response:
    """The encounter's recording that was not ended is gone on with."""
    parts = writing.desk.parts.loop

    def opened(unit: Unit, by: Principal) -> CaptureForm:
        made = live.open_capture(parts, unit, encounter, ask.line, ask.hints, by)
        return CaptureForm.of(live.standing(unit, made.id))

    return writing.answer(opened, 201)


@router.get("/captures/{capture}", response_model=CaptureForm, summary="How far a recording is")
def read_capture(capture: CaptureId, desk: IntakeDesk) -> Response:
    return answer(desk.read(lambda unit, _by: CaptureForm.of(live.standing(unit, capture))))


@router.get("/captures/{capture}/heard", response_model=HeardSoFar, summary="What was heard so far")
def read_heard(capture: CaptureId, desk: IntakeDesk, after: _After = 0) -> Response:
    """Not final: speakers are told apart, and the last words heard, when it has ended."""

    def heard(unit: Unit) -> HeardSoFar:
        found = unit.captures.get(capture)
        return HeardSoFar(pieces=[HeardForm.of(p) for p in unit.captures.pieces(found, after)])

    return answer(desk.read(lambda unit, _by: heard(unit)))


@router.put(
    "/captures/{capture}/chunks/{number}",
    response_model=CaptureForm,
    summary="Send a chunk",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"Samples: 16 kHz, mono, 16 bits, little-endian; at most {CHUNK_LIMIT}"
            " bytes.",
            "content": {SOUND: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def put_chunk(
    capture: CaptureId,
    number: Annotated[ChunkNumber, Path()],
    request: Request,
    writing: IntakeStreaming,
    digest: _Sum,
) -> Response:
    """Answers once the chunk stands. It may be sent again, and in any order."""
    content = await request.body()
    return await run_in_threadpool(_kept, writing, capture, live.Offered(number, digest, content))


def _kept(writing: IntakeStreaming, capture: CaptureId, offered: live.Offered) -> Response:
    counted = writing.of_content(hashlib.sha256(offered.content).hexdigest())
    return counted.answer(
        lambda unit, by: CaptureForm.of(
            captures.keep_chunk(writing.desk, unit, by, capture, offered)
        )
    )


@router.post("/captures/{capture}/end", response_model=EndedForm, summary="End the recording")
def end_capture(capture: CaptureId, ask: EndCapture, writing: IntakeWriting) -> Response:
    """It becomes a source; the draft follows. Sent again, it gives the same answer."""
    ending = captures.begin_ending(writing.desk, capture, ask.chunks)
    return writing.answer(
        lambda unit, by: EndedForm.of(capture, captures.enter(ending, unit, by, capture))
    )
