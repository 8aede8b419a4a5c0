"""The auditor's pages: who did what, when and in which case; and whether the history holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BeforeValidator, Field, TypeAdapter

from attending.core.checkpoint import Checkpoint, Verified
from attending.core.identity import Principal
from attending.core.ports import Unit
from attending.core.work import CaseHead, ChainEntry, Wanted
from attending.web.api.audit import LINES, exported
from attending.web.api.desk import seals_of
from attending.web.api.types import Ask
from attending.web.console.pages import page_router
from attending.web.console.visit import Auditor, FreshAuditor, Visit
from attending.web.console.words import ACTIONS
from attending.web.seals import Seals

router = page_router("/audit")
PAGE = 50  # entries
STEP = 100_000  # entries verified in one request: about a second
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
_VERIFIED: TypeAdapter[Verified] = TypeAdapter(Verified)


def _blank(value: object) -> object:
    """A field of a form that was left empty asks for nothing."""
    return None if value == "" else value


Day = Annotated[Annotated[date, Field(ge=_FIRST_DAY, le=_LAST_DAY)] | None, BeforeValidator(_blank)]
Id = Annotated[UUID | None, BeforeValidator(_blank)]


@dataclass(frozen=True)
class Filter:
    """What the page was asked for. First and last: days (UTC), the last one with all of it."""

    first: date | None
    last: date | None
    person: UUID | None
    action: str
    about: UUID | None

    def wanted(self, unit: Unit) -> Wanted:
        return Wanted(
            since=unit.trail.since(_midnight(self.first)) if self.first else 1,
            until=unit.trail.since(_midnight(self.last) + timedelta(days=1)) if self.last else None,
            actor=str(self.person) if self.person else "",
            action=self.action,
            subjects=unit.trail.about(self.about) if self.about else frozenset(),
        )

    @property
    def is_empty(self) -> bool:
        return not any((self.first, self.last, self.person, self.action, self.about))


def asked(
    first: Day = None,
    last: Day = None,
    person: Id = None,
    action: Annotated[str, Query(max_length=60)] = "",
    about: Id = None,
) -> Filter:
    return Filter(first, last, person, action, about)


@dataclass(frozen=True)
class Entry:
    """One entry in words. at: None if it says none. who: a name, or what the process is."""

    seq: int
    at: datetime | None
    who: str
    action: str
    subject: str
    detail: str
    case: CaseHead | None


@dataclass(frozen=True)
class AuditPage:
    """older: where the next page goes on, or None. is_cut: only so far was looked through."""

    entries: tuple[Entry, ...]
    older: int | None
    is_cut: bool
    total: int
    people: tuple[Principal, ...]
    checkpoint: Checkpoint | None
    place: str


@router.get("")
def show_audit(
    visit: Auditor,
    wanted: Annotated[Filter, Depends(asked)],
    before: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
) -> Response:
    """Newest first."""
    page = visit.desk.read(lambda unit, _by: _page(visit, unit, wanted, before))
    return visit.page("audit.html", page=page, wanted=wanted, actions=ACTIONS)


class VerifyForm(Ask):
    """state: how far it came, as our own page was given it."""

    csrf: str
    state: Annotated[str, Field(max_length=20_000)] = ""


@router.post("/verification")
def verify(
    form: Annotated[VerifyForm, Form()],
    visit: Auditor,
    seals: Annotated[Seals, Depends(seals_of)],
) -> Response:
    """One step. The page goes on by itself; without script, by a button."""
    tenant = visit.desk.caller.tenant
    purpose = f"verified/{tenant}"
    visit.desk.read(lambda _unit, by: by)  # the right, and the session, as they are now
    opened = seals.open(purpose, form.state) if form.state else None
    before = _VERIFIED.validate_json(opened) if opened else None
    history = visit.desk.parts.history
    now = history.verify(tenant, before, STEP)
    if now.is_done:
        visit.desk.write(lambda unit, by: _tell(unit, by, now))
    state = "" if now.is_done else seals.seal(purpose, _VERIFIED.dump_json(now))
    return visit.page(
        "verification.html",
        verified=now,
        state=state,
        checkpoint=history.last(tenant),
        place=history.place,
    )


@router.get("/export")
def export(visit: FreshAuditor) -> Response:
    """A file for who verifies it elsewhere. Needs a log-in of the last minutes."""
    name = f"audit-{visit.desk.caller.tenant}-{datetime.now(UTC):%Y-%m-%d}.ndjson"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(exported(visit.desk), media_type=LINES, headers=headers)


def _tell(unit: Unit, by: Principal, now: Verified) -> None:
    unit.audit(
        str(by.id), "audit.verified", unit.tenant, entries=now.size, problems=len(now.problems)
    )


def _page(visit: Visit, unit: Unit, wanted: Filter, before: int | None) -> AuditPage:
    total, people = unit.trail.last(), unit.people.principals()
    look = wanted.wanted(unit)
    found = unit.trail.newest(look, min(before or total + 1, total + 1), PAGE)
    cases = unit.trail.cases([str(_said(each).get("subject")) for each in found.entries])
    names = {str(person.id): person.name for person in people}
    is_more = found.looked_to > max(1, look.since)
    history = visit.desk.parts.history
    return AuditPage(
        entries=tuple(_entry(each, names, cases) for each in found.entries),
        older=found.looked_to if is_more else None,
        is_cut=is_more and len(found.entries) < PAGE,
        total=total,
        people=people,
        checkpoint=history.last(unit.tenant),
        place=history.place,
    )


def _entry(entry: ChainEntry, names: Mapping[str, str], cases: Mapping[str, CaseHead]) -> Entry:
    said = _said(entry)
    actor, subject = str(said.get("actor", "")), str(said.get("subject", ""))
    return Entry(
        seq=entry.seq,
        at=_moment(said.get("at")),
        who=names.get(actor) or _process(actor, str(said.get("role", ""))),
        action=str(said.get("action", "an entry that cannot be read")),
        subject=names.get(subject, subject),
        detail=", ".join(_details(said.get("detail"), names)),
        case=cases.get(subject),
    )


def _said(entry: ChainEntry) -> Mapping[str, Any]:
    try:
        said = json.loads(entry.entry)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _process(actor: str, role: str) -> str:
    """Who acted that is no person of the clinic."""
    process = role.removeprefix("attending_")
    return (
        actor
        if actor == "administrator" or actor.startswith("admin key")
        else (f"the {process} process" if role.startswith("attending_") else actor or role)
    )


def _details(detail: object, names: Mapping[str, str]) -> Iterator[str]:
    """Ids and numbers; digests by their beginning, since the export has the whole."""
    if not isinstance(detail, dict):
        return
    for name, value in detail.items():
        text = names.get(str(value), str(value))
        if isinstance(value, bool):
            text = "yes" if value else "no"
        yield f"{name.replace('_', ' ')} {text[:12] + '…' if len(text) == 64 else text}"  # noqa: PLR2004 - hex of SHA-256


def _moment(at: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(at))
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
