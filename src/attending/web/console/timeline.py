"""The story of an encounter: what was done, by what, how long it took and what it waited for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from fastapi.responses import Response

from attending.core.errors import NotFound
from attending.core.ids import EncounterId, PrincipalId
from attending.core.ports import Unit
from attending.core.work import CaseHead, Release, TimelineEvent
from attending.web.console.chart import Chart, chart
from attending.web.console.course import Part, course, subject_of
from attending.web.console.pages import page_router
from attending.web.console.visit import TimelineReader, Visit

router = page_router()


@dataclass(frozen=True)
class CaseStory:
    """head: None for work that belongs to no case yet."""

    head: CaseHead | None
    line: str
    parts: tuple[Part, ...]
    chart: Chart | None
    releases: tuple[tuple[Release, str], ...]  # with the name of the record system


@router.get("/encounters/{encounter}")
def show_timeline(encounter: EncounterId, visit: TimelineReader) -> Response:
    stories = visit.desk.read(lambda unit, _by: _stories(visit, unit, encounter))
    return visit.page("timeline.html", encounter=encounter, stories=stories)


def _stories(visit: Visit, unit: Unit, encounter: EncounterId) -> list[CaseStory]:
    """One for each case, the first that was opened first."""
    events = unit.timeline.events(encounter)
    cases = sorted(unit.cases.of_encounter(encounter), key=lambda head: head.opened_at)
    releases = {head.id: unit.signing.releases(head.id) for head in cases}
    owners = {
        str(subject): head
        for head in cases
        for subject in (head.id, head.source, *(each.id for each in releases[head.id]))
    }
    held: dict[CaseHead | None, list[TimelineEvent]] = defaultdict(list)
    for event in events:
        held[owners.get(subject_of(event))].append(event)
    names, targets = _names(unit, events), {t.id: t.name for t in unit.people.targets()}
    made, now = [], datetime.now(UTC)
    for head in [*cases, *([None] if None in held else [])]:
        written = [(each, targets[each.target]) for each in releases[head.id]] if head else []
        parts = course(held[head], names, {str(each.id): name for each, name in written}, now)
        made.append(CaseStory(head, _line(visit, head), parts, chart(parts), tuple(written)))
    return made


def _line(visit: Visit, head: CaseHead | None) -> str:
    if head is None:
        return "Not of a case"
    line = visit.desk.parts.loop.lines.get(head.line)
    return line.title if line else head.line


def _names(unit: Unit, events: Iterable[TimelineEvent]) -> dict[str, str]:
    """People by the ids under which they acted; processes have none."""
    names = {}
    for actor in {event.process for event in events}:
        try:
            names[actor] = unit.people.principal_by_id(PrincipalId(UUID(actor))).name
        except (ValueError, NotFound):
            continue
    return names
