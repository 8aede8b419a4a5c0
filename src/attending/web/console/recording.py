"""The source's content, as it was uploaded: played beside the draft, a second at a time.

Only what is asked for is decrypted, and nothing of it is parsed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from fastapi import Header
from fastapi.responses import Response, StreamingResponse

from attending.core.ids import CaseId
from attending.core.ports import Cipher, Unit
from attending.core.work import Source
from attending.web.console.pages import page_router
from attending.web.console.visit import Reader, Visit
from attending.web.ranges import Part, part_of

router = page_router("/cases/{case}")
OK, PARTIAL, UNSATISFIABLE = 200, 206, 416
UNNAMED = "application/octet-stream"
# What a browser plays as sound, and shows in no other way. The rest is named by its first type.
_AUDIO = {
    "audio/wav": ("audio/x-wav", "audio/wave", "audio/vnd.wave"),
    "audio/mpeg": ("audio/mp3",),
    "audio/mp4": ("audio/m4a", "audio/x-m4a", "video/mp4"),
    "audio/aac": (),
    "audio/ogg": ("audio/opus", "application/ogg"),
    "audio/webm": ("video/webm",),  # what browsers call a sound-only recording
    "audio/flac": ("audio/x-flac",),
}
_TOLD = {name: told for told, others in _AUDIO.items() for name in (told, *others)}


@router.get("/recording")
def recording(
    case: CaseId,
    visit: Reader,
    asked: Annotated[str, Header(alias="range")] = "",
    unless: Annotated[str, Header(alias="if-range")] = "",
) -> Response:
    """Hearing keeps no session open: only a page does.

    We name no version of a content, so whoever has one in ``If-Range`` gets the whole.
    """
    source, cipher = visit.desk.read(lambda unit, _by: _found(unit, case))
    part = part_of(asked, source.size) if asked and not unless else None
    if part is not None and not part.span:
        return Response(None, UNSATISFIABLE, {"content-range": part.content_range})
    return _answer(visit, source, cipher, part)


def media_type(named: str) -> str:
    """The type that a content is sent with, by what its uploader called it."""
    return _TOLD.get(named, UNNAMED)


def _found(unit: Unit, case: CaseId) -> tuple[Source, Cipher]:
    source = unit.intake.source(unit.cases.head(case).source)
    return source, unit.cipher(source.patient)


def _answer(visit: Visit, source: Source, cipher: Cipher, part: Part | None) -> Response:
    span = part.span if part else range(source.size)
    kind = media_type(source.media_type)
    headers = {"accept-ranges": "bytes", "content-length": str(len(span))}
    headers |= {"content-range": part.content_range} if part else {}
    headers |= {"content-disposition": "attachment"} if kind == UNNAMED else {}
    content = _opened(visit, source, cipher, span)
    return StreamingResponse(content, PARTIAL if part else OK, headers, media_type=kind)


def _opened(visit: Visit, source: Source, cipher: Cipher, span: range) -> Iterator[bytes]:
    """Its first piece is opened before the answer begins: a damaged content is told so."""
    if not span:
        return iter(())
    blobs, tenant = visit.desk.parts.loop.blobs, visit.desk.caller.tenant
    pieces = blobs.stretch(tenant, source.blob, cipher, source.size, span)
    return chain((next(pieces),), pieces)
