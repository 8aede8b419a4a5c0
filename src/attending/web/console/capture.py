"""The page on which a visit is recorded, and what its script sends and asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Form, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from attending.core.capture import CHUNKS_AT_MOST, SAMPLE_RATE, CaptureState, Piece
from attending.core.case import CaseState
from attending.core.entry import PatientIdentity
from attending.core.identity import Principal
from attending.core.ids import CaptureId
from attending.core.ports import Unit
from attending.core.work import CaseHead
from attending.loop import capture as live
from attending.web import captures
from attending.web.api.capture_forms import ChunkNumber
from attending.web.api.desk import seals_of
from attending.web.api.types import Digest
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import Receptionist, Visit
from attending.web.seals import Seals

router = page_router("/captures")
OPEN = 50  # recordings that were not ended, on the worklist
_JSON = "application/json"
_Number = Annotated[ChunkNumber, Path()]
_After = Annotated[int, Query(ge=0, le=CHUNKS_AT_MOST)]


@dataclass(frozen=True)
class Left:
    """A recording that was not ended, as the worklist shows it."""

    id: CaptureId
    patient: PatientIdentity
    opened_at: datetime


def left_open(unit: Unit) -> list[Left]:
    return [
        Left(found.id, unit.people.patient(found.patient).identity, found.opened_at)
        for found in unit.captures.open(OPEN)
    ]


@dataclass(frozen=True)
class _Shown:
    standing: live.Standing
    patient: PatientIdentity
    case: CaseHead | None
    is_mine: bool
    heard: tuple[Piece, ...] = ()


def _shown(unit: Unit, by: Principal, capture: CaptureId, after: int | None = None) -> _Shown:
    standing = live.standing(unit, capture)
    found = standing.capture
    return _Shown(
        standing=standing,
        patient=unit.people.patient(found.patient).identity,
        case=None if found.source is None else unit.cases.head_by_source(found.source),
        is_mine=found.by == by.id,
        heard=() if after is None else unit.captures.pieces(found, after),
    )


@router.get("/{capture}")
def show(capture: CaptureId, visit: Receptionist) -> Response:
    shown = visit.desk.read(lambda unit, by: _shown(unit, by, capture))
    return visit.page("capture.html", microphone=True, shown=shown, state=CaptureState)


@router.get("/{capture}/state")
def state(
    capture: CaptureId,
    visit: Receptionist,
    seals: Annotated[Seals, Depends(seals_of)],
    after: _After = 0,
) -> Response:
    """What the page's script needs to go on.

    ``key``: under it the browser seals what is not acknowledged yet. It is given to whoever
    records, while logged in, and never kept there: what a browser still holds after the
    log-off is of no use to anybody.
    """
    shown = visit.desk.read(lambda unit, by: _shown(unit, by, capture, after))
    standing, case = shown.standing, shown.case
    key = seals.derived(f"capture/{visit.desk.caller.tenant}/{capture}").hex()
    return JSONResponse(
        {
            "state": standing.capture.state,
            "mine": shown.is_mine,
            "chunks": standing.chunks,
            "next": standing.following,
            "samples": standing.samples,
            "key": key if shown.is_mine else "",
            "csrf": visit.session.form_token,
            "heard": [_heard(piece) for piece in shown.heard],
            "case": str(case.id) if case else "",
            "ready": case is not None and case.state is not CaseState.DRAFTING,
        }
    )


def _heard(piece: Piece) -> dict[str, object]:
    return {"number": piece.number, "at": piece.start / SAMPLE_RATE, "words": piece.words}


@router.post("/{capture}/chunks/{number}")
async def keep_chunk(
    capture: CaptureId, number: _Number, request: Request, visit: Receptionist, digest: Digest
) -> Response:
    content = await request.body()
    return await run_in_threadpool(_kept, visit, capture, live.Offered(number, digest, content))


def _kept(visit: Visit, capture: CaptureId, offered: live.Offered) -> Response:
    standing = visit.desk.write(
        lambda unit, by: captures.keep_chunk(visit.desk, unit, by, capture, offered)
    )
    answer = JSONResponse({"chunks": standing.chunks, "pieces": standing.pieces})
    # Whoever records is there, although no page is loaded.
    visit.cookies.keep_session(answer, visit.session)
    return answer


@router.post("/{capture}/end")
def end(
    capture: CaptureId,
    visit: Receptionist,
    chunks: Annotated[int, Form(ge=0, le=CHUNKS_AT_MOST)],
    accept: Annotated[str, Header()] = "",
) -> Response:
    """A script is told the case; a person is led to it."""
    ending = captures.begin_ending(visit.desk, capture, chunks)
    case = visit.desk.write(lambda unit, by: captures.enter(ending, unit, by, capture))
    if accept == _JSON:
        return JSONResponse({"case": str(case.id) if case else ""})
    return see_other(f"/cases/{case.id}" if case else "/")
