"""Cases: the worklist, and each case complete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from attending.core.case import CaseState
from attending.core.errors import Conflict, NotFound
from attending.core.identity import Principal
from attending.core.ids import CaseId, TenantId
from attending.core.ports import Unit
from attending.core.work import CaseHead, Run
from attending.loop.decode import STEP as DECODE
from attending.web.api.case_forms import CaseForm, CaseHeadForm, ReleaseForm
from attending.web.api.desk import JSON, ReadDesk, answer, seals_of
from attending.web.api.paging import Cursor, Limit
from attending.web.api.types import Listed
from attending.web.seals import Seals

router = APIRouter(prefix="/v1/cases", tags=["cases"])
Place = tuple[datetime, CaseId]
States = Annotated[list[CaseState], Query(alias="state", description="Any of these; else all.")]


@router.get("", response_model=Listed[CaseHeadForm], summary="The worklist, latest change first")
def list_cases(
    desk: ReadDesk,
    seals: Annotated[Seals, Depends(seals_of)],
    states: States = [],  # noqa: B006 - the framework copies it
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    tenant, wanted = desk.caller.tenant, tuple(states) or tuple(CaseState)

    def page(unit: Unit, _by: Principal) -> tuple[CaseHead, ...]:
        before = place_of(seals, tenant, cursor) if cursor is not None else None
        return unit.cases.worklist(wanted, before, limit + 1)

    found = desk.read(page)
    shown = found[:limit]
    following = cursor_of(seals, tenant, shown[-1]) if len(found) > limit else None
    items = list(map(CaseHeadForm.model_validate, shown))
    return answer(Listed[CaseHeadForm](items=items, next=following))


@router.get("/{case}", response_model=CaseForm, summary="One case, complete")
def read_case(case: CaseId, desk: ReadDesk) -> Response:
    """Draft, evidence, findings, revisions, decisions and releases. Reading is no view."""
    return answer(
        desk.read(
            lambda unit, by: CaseForm.of(
                unit.cases.case(case),
                unit.signing.releases(case),
                by.id,
                unit.pauses.pauses(),
                unit.guards.off_for(case),
                unit.guards.budgets_for(case),
            )
        )
    )


@router.get("/{case}/releases", response_model=Listed[ReleaseForm], summary="What was written")
def read_releases(case: CaseId, desk: ReadDesk) -> Response:
    """Each with the resource as it was read back from the record system."""
    found = desk.read(lambda unit, _by: unit.signing.releases(unit.cases.head(case).id))
    return answer(Listed[ReleaseForm](items=list(map(ReleaseForm.model_validate, found))))


@router.get(
    "/{case}/rendition",
    response_class=Response,
    responses={200: {"content": {JSON: {"schema": {}}}}},
    summary="The source, made readable",
)
def read_rendition(case: CaseId, desk: ReadDesk) -> Response:
    """The line's own JSON document: of a recording, its transcript."""
    return Response(desk.read(lambda unit, _by: rendition(unit, case)).output, media_type=JSON)


def rendition(unit: Unit, case: CaseId) -> Run:
    """Raises Conflict while the source is not decoded."""
    head = unit.cases.head(case)
    run = unit.intake.run(head.source, DECODE)
    if run is None:
        raise Conflict("The source is not decoded yet.", state=head.state, version=head.version)
    return run


def cursor_of(seals: Seals, tenant: TenantId, last: CaseHead) -> str:
    """Where the next page begins; it opens for this tenant alone."""
    return seals.seal(_purpose(tenant), f"{last.changed_at.isoformat()} {last.id}".encode())


def place_of(seals: Seals, tenant: TenantId, cursor: str) -> Place:
    """Raises NotFound alike for nonsense and for a cursor of another tenant."""
    opened = seals.open(_purpose(tenant), cursor)
    if opened is None:
        raise NotFound("There is no such page.")
    moment, _, case = opened.decode().partition(" ")
    return datetime.fromisoformat(moment), CaseId(UUID(case))


def _purpose(tenant: TenantId) -> str:
    return f"cursor/{tenant}"
