"""The first page: what waits for the clinician."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from attending.core.case import CaseState
from attending.core.draft import Severity
from attending.core.entry import PatientIdentity
from attending.core.identity import Scope
from attending.core.line import Line
from attending.core.ports import Unit
from attending.core.work import CaseHead
from attending.web.api.cases import cursor_of, place_of
from attending.web.api.desk import seals_of
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import Anyone, Visit
from attending.web.seals import Seals

router = page_router()
PAGE = 25  # cases
OPEN = (CaseState.IN_REVIEW, CaseState.DRAFTING, CaseState.SIGNED, CaseState.FAILED)
DONE = (CaseState.RELEASED, CaseState.RETRACTED, CaseState.REJECTED)


@dataclass(frozen=True)
class Row:
    head: CaseHead
    patient: PatientIdentity
    line: str
    findings: int
    serious: int
    undecided: int


@router.get("/")
def worklist(
    visit: Anyone,
    seals: Annotated[Seals, Depends(seals_of)],
    done: bool = False,
    cursor: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Latest change first. Who may not read cases is led to what they may."""
    if Scope.READ not in visit.desk.caller.scopes:
        return (
            see_other("/failures") if Scope.FAILURES in visit.desk.caller.scopes else _none(visit)
        )
    tenant = visit.desk.caller.tenant
    before = place_of(seals, tenant, cursor) if cursor else None
    lines = visit.desk.parts.loop.lines

    def rows(unit: Unit) -> list[Row]:
        found = unit.cases.worklist(DONE if done else OPEN, before, PAGE + 1)
        return [_row(unit, lines.get(head.line), head) for head in found]

    found = visit.desk.read(lambda unit, _by: rows(unit))
    shown = found[:PAGE]
    following = cursor_of(seals, tenant, shown[-1].head) if len(found) > PAGE else ""
    return visit.page("worklist.html", rows=shown, following=following, done=done)


def _none(visit: Visit) -> Response:
    return visit.page("worklist.html", rows=[], following="", done=False)


def _row(unit: Unit, line: Line | None, head: CaseHead) -> Row:
    case = unit.cases.case(head.id)
    return Row(
        head=head,
        patient=unit.people.patient(case.patient).identity,
        line=line.title if line else head.line,
        findings=len(case.findings),
        serious=sum(finding.severity is Severity.SERIOUS for finding in case.findings),
        undecided=len(case.undecided()) if case.draft else 0,
    )
