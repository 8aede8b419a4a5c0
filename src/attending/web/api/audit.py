"""The clinic's own audit chain, for who verifies it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from attending.core.identity import Principal
from attending.core.ports import Unit
from attending.core.work import ChainEntry
from attending.web.access import Desk
from attending.web.api.desk import FreshAuditDesk

router = APIRouter(prefix="/v1/audit", tags=["audit"])
LINES = "application/x-ndjson"
_BATCH = 2_000  # entries; each batch is a transaction of its own


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"content": {LINES: {"schema": {"type": "string"}}}}},
    summary="Every entry of the chain",
)
def export_audit(desk: FreshAuditDesk) -> Response:
    """One JSON document a line: `seq`, `entry` (the hashed text) and `hash` in hex.

    Needs a log-in of the last 5 minutes. The export is itself an entry: the last one of it,
    unless somebody was faster. Checkpoints lie outside: `attending audit export` adds them.
    """
    return StreamingResponse(exported(desk), media_type=LINES)


def exported(desk: Desk) -> Iterator[str]:
    """The lines. That they were asked for is told in the chain before this returns."""

    def told(unit: Unit, by: Principal) -> None:
        unit.audit(str(by.id), "audit.exported", unit.tenant)

    desk.write(told)
    last = desk.read(lambda unit, _by: unit.trail.last())
    return _lines(desk, last)


def _lines(desk: Desk, last: int) -> Iterator[str]:
    """A session that is ended meanwhile gets no further batch."""
    seq = 0
    while seq < last:
        batch = _batch(desk, seq, min(_BATCH, last - seq))
        if not batch:
            return
        yield "".join(map(_line, batch))
        seq = batch[-1].seq


def _batch(desk: Desk, after: int, limit: int) -> tuple[ChainEntry, ...]:
    return desk.read(lambda unit, _by: unit.trail.entries(after, limit))


def _line(link: ChainEntry) -> str:
    told = {
        "seq": link.seq,
        "entry": link.entry,
        "hash": link.hash.hex(),
    }
    return json.dumps(told, ensure_ascii=False) + "\n"
