"""Stopping a line or a model of this clinic, and the second signed act that lets it go on."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.ids import PauseId
from attending.loop import stop
from attending.web.api.desk import ReadDesk, StopDesk, StopWriting, answer
from attending.web.api.stop_forms import (
    PauseAsk,
    PauseForm,
    ResumptionAsk,
    ResumptionForm,
    StopsForm,
)

router = APIRouter(prefix="/v1", tags=["stops"])


@router.get("/stops", response_model=StopsForm, summary="What runs, and what is paused")
def list_stops(desk: ReadDesk) -> Response:
    lines = desk.parts.loop.lines
    return answer(desk.read(lambda unit, _by: StopsForm.of(unit, stop.known(unit, lines))))


@router.post("/pauses", response_model=PauseForm, status_code=201, summary="Stop it now")
def pause(ask: PauseAsk, writing: StopWriting) -> Response:
    """Once this answers, no new draft appears. What is in review stays reviewable."""
    lines = writing.desk.parts.loop.lines
    return writing.answer(
        lambda unit, by: PauseForm.of(unit, stop.pause(unit, lines, ask.stop(), ask.reason, by)),
        201,
    )


@router.get(
    "/pauses/{pause}/resumption", response_model=ResumptionForm, summary="What resuming it signs"
)
def prepare_resumption(pause: PauseId, desk: StopDesk) -> Response:
    """Its digest is the nonce for a log-in with `prompt=login`, whose ID token signs it."""
    prepared = desk.read(lambda unit, by: stop.prepare_resumption(unit, pause, by))
    return answer(ResumptionForm.of(prepared))


@router.post(
    "/pauses/{pause}/resumption",
    response_model=PauseForm,
    status_code=201,
    summary="Let it go on",
)
def resume(pause: PauseId, ask: ResumptionAsk, writing: StopWriting) -> Response:
    """As it was prepared, at most 15 minutes ago. What waited goes on by itself."""
    trust = writing.desk.parts.trust
    return writing.answer(
        lambda unit, by: PauseForm.of(unit, stop.resume(unit, ask.request(pause), by, trust)),
        201,
    )
