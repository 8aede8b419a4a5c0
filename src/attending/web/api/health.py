"""Whether the process answers. It says nothing of anybody, so it needs no token."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.web.api.desk import answer
from attending.web.api.forms import Health

router = APIRouter(tags=["health"])


@router.get("/health", response_model=Health, summary="Does the process answer?")
def health() -> Response:
    return answer(Health())
