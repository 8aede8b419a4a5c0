"""Work that waits for a person: try it again, give it to somebody, or review anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Query
from fastapi.responses import Response

from attending.core.entry import PatientIdentity
from attending.core.identity import Principal, Scope
from attending.core.ids import CaseId, FailureId, PrincipalId, ReleaseId, SourceId
from attending.core.ports import Unit
from attending.core.work import CaseHead, Failure, Queued
from attending.loop import recover
from attending.web.api.desk import seals_of
from attending.web.api.paging import Page, moment_of
from attending.web.api.types import Ask, Reason
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import FailureOwner, Visit
from attending.web.seals import Seals

router = page_router("/failures")
PAGE = 20  # failures
AGAIN = 20  # of those that are tried again by themselves, at most so many are listed


class HandoverForm(Ask):
    csrf: str
    to: UUID
    reason: Reason  # by this name the words come back if the session has ended


@dataclass(frozen=True)
class Row:
    """One failure. reason, said, remedy: its explanation's parts; said may hold a record

    system's words. patient: None for who may read no case. next_try: by itself.
    """

    failure: Failure
    reason: str
    said: str
    remedy: str
    case: CaseHead
    patient: PatientIdentity | None
    owner: Principal | None
    giver: Principal | None
    next_try: Queued | None


@dataclass(frozen=True)
class FailuresPage:
    """again: tried again by itself, before a person is asked. dealt: what was just done."""

    rows: tuple[Row, ...]
    total: int
    following: str
    owners: tuple[Principal, ...]
    again: tuple[tuple[Queued, CaseHead], ...]
    dealt: Row | None


@router.get("")
def show_failures(
    visit: FailureOwner,
    seals: Annotated[Seals, Depends(seals_of)],
    cursor: Annotated[str, Query(max_length=300)] = "",
    mine: bool = False,
    dealt: UUID | None = None,
) -> Response:
    """Oldest first. dealt: the failure that this person has just done something about."""
    purpose = f"cursor/failures page/{visit.desk.caller.tenant}"
    page = Page(seals, purpose, cursor or None, PAGE)
    shown = visit.desk.read(lambda unit, by: _page(visit, unit, page, by if mine else None, dealt))
    return visit.page("failures.html", page=shown, mine=mine)


@router.post("/{failure}/retry")
def retry(failure: FailureId, visit: FailureOwner) -> Response:
    visit.desk.write(lambda unit, by: recover.retry(unit, failure, by))
    return see_other(f"/failures?dealt={failure}")


@router.post("/{failure}/reopen")
def reopen(failure: FailureId, visit: FailureOwner) -> Response:
    head = visit.desk.write(lambda unit, by: recover.reopen_failed(unit, failure, by))
    may_read = Scope.READ in visit.desk.caller.scopes
    return see_other(f"/cases/{head.id}" if may_read else f"/failures?dealt={failure}")


@router.post("/{failure}/take")
def take(failure: FailureId, visit: FailureOwner) -> Response:
    visit.desk.write(lambda unit, by: recover.take(unit, failure, by))
    return see_other(f"/failures?dealt={failure}")


@router.post("/{failure}/handover")
def hand_over(
    failure: FailureId, form: Annotated[HandoverForm, Form()], visit: FailureOwner
) -> Response:
    to = PrincipalId(form.to)
    visit.desk.write(lambda unit, by: recover.hand_over(unit, failure, to, form.reason, by))
    return see_other(f"/failures?dealt={failure}")


def _page(
    visit: Visit, unit: Unit, page: Page, owner: Principal | None, dealt: UUID | None
) -> FailuresPage:
    place = page.after_moment()
    after = (place[0], FailureId(place[1])) if place else None
    found = unit.failures.open(after, page.wanted, owner.id if owner else None)
    jobs = unit.queue.waiting()
    reading = _Reading(visit, unit, {job.subject: job for job in jobs})
    shown = found[: page.limit]
    return FailuresPage(
        rows=tuple(map(reading.row, shown)),
        total=unit.failures.count(),
        following=_following(page, shown) if len(found) > len(shown) else "",
        owners=tuple(filter(recover.may_own, unit.people.principals())),
        again=tuple(_again(unit, jobs)),
        dealt=reading.row(unit.failures.get(FailureId(dealt))) if dealt else None,
    )


def _following(page: Page, shown: tuple[Failure, ...]) -> str:
    last = shown[-1]
    return page.seals.seal(page.purpose, moment_of(last.opened_at, last.id).encode())


def _again(unit: Unit, jobs: tuple[Queued, ...]) -> list[tuple[Queued, CaseHead]]:
    """Jobs that failed in passing, with the case that waits for them."""
    tried = [job for job in jobs if job.tries and job.step in _SUBJECTS]
    return [(job, _case(unit, _SUBJECTS[job.step], job.subject)) for job in tried[:AGAIN]]


_SUBJECTS = {"decode": "source", "infer": "case", "propose": "case", "release": "release"}


def _case(unit: Unit, subject: str, subject_id: UUID) -> CaseHead:
    """The case that waits for this work."""
    match subject:
        case "source":
            return unit.cases.head_by_source(SourceId(subject_id))
        case "case":
            return unit.cases.head(CaseId(subject_id))
        case _:
            return unit.cases.head(unit.signing.release(ReleaseId(subject_id)).case)


@dataclass(frozen=True)
class _Reading:
    """How failures are told to this visitor. jobs: by the subject of each."""

    visit: Visit
    unit: Unit
    jobs: dict[UUID, Queued]

    def row(self, failure: Failure) -> Row:
        case = _case(self.unit, failure.subject, failure.subject_id)
        reason, *said = failure.explanation.split("\n")
        remedy = said.pop() if said else ""
        return Row(
            failure=failure,
            reason=reason,
            said="\n".join(said),
            remedy=remedy,
            case=case,
            patient=self._patient(case),
            owner=self._person(failure.owner),
            giver=self._person(failure.handed.giver if failure.handed else None),
            next_try=self.jobs.get(failure.subject_id),
        )

    def _patient(self, case: CaseHead) -> PatientIdentity | None:
        if Scope.READ not in self.visit.desk.caller.scopes:
            return None
        patient = self.unit.people.encounter(case.encounter).patient
        return self.unit.people.patient(patient).identity

    def _person(self, person: PrincipalId | None) -> Principal | None:
        return self.unit.people.principal_by_id(person) if person else None
