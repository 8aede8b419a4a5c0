"""What the API and the capture page both do with a live recording, over one desk."""

from __future__ import annotations

from attending.core.errors import AttendingError
from attending.core.identity import Principal
from attending.core.ids import CaptureId
from attending.core.ports import Unit
from attending.core.work import CaseHead
from attending.loop.capture import Ending, Offered, Standing, accept, end_empty
from attending.web.access import Desk


def keep_chunk(
    desk: Desk, unit: Unit, by: Principal, capture: CaptureId, offered: Offered
) -> Standing:
    """See ``loop.capture.accept``."""
    return accept(desk.parts.loop, unit, capture, offered, desk.parts.upload_limit, by)


def begin_ending(desk: Desk, capture: CaptureId, chunks: int) -> Ending | None:
    """The recording as one file that is not entered yet; None if there is none to make."""
    parts = desk.parts
    ending = desk.read(
        lambda unit, _by: Ending.begin(parts.loop, unit, capture, chunks, parts.upload_limit)
    )
    if ending is not None:
        ending.assemble()
    return ending


def enter(ending: Ending | None, unit: Unit, by: Principal, capture: CaptureId) -> CaseHead | None:
    """Its case, if there is one; what was made for nothing is removed."""
    if ending is None:
        return end_empty(unit, capture, by)
    try:
        return ending.enter(unit, by)
    except AttendingError:
        ending.drop()
        raise
