"""The story of an encounter: every step and every piece of work, by time."""

from __future__ import annotations

from uuid import UUID

from fastapi.responses import Response

from attending.core.errors import NotFound
from attending.core.ids import EncounterId, PrincipalId
from attending.core.ports import Unit
from attending.core.work import CaseHead, TimelineEvent
from attending.web.console.pages import page_router
from attending.web.console.visit import TimelineReader

router = page_router()


@router.get("/encounters/{encounter}")
def show_timeline(encounter: EncounterId, visit: TimelineReader) -> Response:
    def told(unit: Unit) -> tuple[tuple[TimelineEvent, ...], tuple[CaseHead, ...], dict[str, str]]:
        events = unit.timeline.events(encounter)
        return events, unit.cases.of_encounter(encounter), _names(unit, events)

    events, cases, names = visit.desk.read(lambda unit, _by: told(unit))
    return visit.page("timeline.html", encounter=encounter, events=events, cases=cases, names=names)


def _names(unit: Unit, events: tuple[TimelineEvent, ...]) -> dict[str, str]:
    """People by the ids under which they acted; processes have none."""
    names = {}
    for actor in {event.process for event in events}:
        try:
            names[actor] = unit.people.principal_by_id(PrincipalId(UUID(actor))).name
        except (ValueError, NotFound):
            continue
    return names
