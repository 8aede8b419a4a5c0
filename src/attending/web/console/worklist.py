"""The first page: what waits for the clinician, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Form, Query
from fastapi.responses import Response
from pydantic import TypeAdapter

from attending.core.errors import NotFound
from attending.core.identity import Principal, Scope
from attending.core.ids import TenantId
from attending.core.pause import Standing
from attending.core.ports import Unit
from attending.core.worklist import COUNTED, SEARCHED, Listed, Place, Which
from attending.web.api.desk import seals_of
from attending.web.console.capture import Left, left_open
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import Anyone, Reader, Visit
from attending.web.seals import Seals

router = page_router()
PAGE = 50  # cases
MOST = 500  # on one page, for who asks for them
FOUND = 100  # of a search
_PLACES: TypeAdapter[Place] = TypeAdapter(Place)
_NAMES = {
    Which.REVIEW: "To review",
    Which.DRAFTING: "Being drafted",
    Which.SIGNED: "Signed",
    Which.ALL: "All",
}
_BY_AGE = (Which.REVIEW, Which.DRAFTING)


_ROOMS = ((Scope.FAILURES, "/failures"), (Scope.AUDIT, "/audit"), (Scope.SYSTEM, "/admin"))


@dataclass(frozen=True)
class Row:
    """``since``: when its age begins."""

    case: Listed
    line: str
    paused: bool
    since: datetime


@dataclass(frozen=True)
class Tab:
    which: Which
    name: str
    count: str


@dataclass(frozen=True)
class Shown:
    """``sought``: the words that a name was looked for by, or None."""

    which: Which
    tabs: list[Tab]
    rows: list[Row]
    following: str
    at_most: int
    cursor: str
    sought: str | None = None
    more: bool = False  # than a search shows
    left_open: list[Left] = field(default_factory=list)  # recordings that were not ended

    @property
    def is_empty(self) -> bool:
        """Whether the clinic has no case at all."""
        return all(tab.count == "0" for tab in self.tabs)


@router.get("/")
def worklist(
    visit: Anyone,
    seals: Annotated[Seals, Depends(seals_of)],
    which: Which = Which.REVIEW,
    cursor: Annotated[str, Query(max_length=400)] = "",
    rows: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> Response:
    """Who may not read cases is led to what they may, or told where to go."""
    if Scope.READ not in visit.desk.caller.scopes:
        return _elsewhere(visit)
    purpose = _purpose(visit.desk.caller.tenant, which)

    def shown(unit: Unit, by: Principal) -> Shown:
        after = _place(seals, purpose, cursor) if cursor else None
        found = unit.worklist.page(by.id, which, after, rows + 1)
        last = found[rows - 1].place if len(found) > rows else None
        return Shown(
            which,
            _tabs(unit, by),
            _rows(visit, unit, found[:rows], which),
            seals.seal(purpose, _PLACES.dump_json(last)) if last else "",
            rows,
            cursor,
            left_open=left_open(unit),
        )

    return visit.page("worklist.html", shown=visit.desk.read(shown))


@router.post("/search")
def search(visit: Reader, name: Annotated[str, Form(max_length=200)] = "") -> Response:
    """By a form, so that no name stands in an address, a log or the browser's history."""

    def shown(unit: Unit, by: Principal) -> Shown:
        found = unit.worklist.named(name) if name.strip() else ()
        listed = unit.worklist.of(by.id, found[:FOUND])
        rows = _rows(visit, unit, listed, Which.ALL)
        more = len(found) > FOUND
        return Shown(Which.ALL, _tabs(unit, by), rows, "", PAGE, "", name.strip(), more)

    return visit.page("worklist.html", shown=visit.desk.read(shown), searched=SEARCHED)


def _tabs(unit: Unit, by: Principal) -> list[Tab]:
    counts = unit.worklist.counts(by.id)
    return [Tab(which, name, _counted(counts[which])) for which, name in _NAMES.items()]


def _counted(number: int) -> str:
    return f"{number - 1:,}+" if number == COUNTED else str(number)


def _rows(visit: Visit, unit: Unit, listed: Iterable[Listed], which: Which) -> list[Row]:
    lines = visit.desk.parts.loop.lines
    standing = unit.pauses.standing()
    return [
        Row(
            case,
            lines[case.head.line].title if case.head.line in lines else case.head.line,
            _is_paused(standing, case),
            case.head.opened_at if which in _BY_AGE else case.head.changed_at,
        )
        for case in listed
    ]


def _is_paused(standing: Iterable[Standing], case: Listed) -> bool:
    return any(each.stop.holds(case.head.line, case.models) for each in standing)


def _elsewhere(visit: Visit) -> Response:
    """The first room that is theirs, for those who treat nobody."""
    held = visit.desk.caller.scopes
    return see_other(next((page for scope, page in _ROOMS if scope in held), "/session"))


def _place(seals: Seals, purpose: str, cursor: str) -> Place:
    """Raises NotFound alike for nonsense and for a cursor of another list or tenant."""
    opened = seals.open(purpose, cursor)
    if opened is None:
        raise NotFound("There is no such page.")
    return _PLACES.validate_json(opened)


def _purpose(tenant: TenantId, which: Which) -> str:
    return f"worklist/{tenant}/{which}"
