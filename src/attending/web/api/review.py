"""Reviewing a case. Every write carries the version it saw; the loser gets the present one."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.case import Case
from attending.core.identity import Principal
from attending.core.ids import CaseId
from attending.core.ports import Unit
from attending.loop import review
from attending.web.api.case_forms import (
    AmendmentAsk,
    CaseForm,
    CheckAsk,
    CheckedForm,
    DecisionAsk,
    RejectionAsk,
    ViewAsk,
    ViewForm,
)
from attending.web.api.checking import check, with_checks
from attending.web.api.desk import ReviewDesk, ReviewWriting, answer

router = APIRouter(prefix="/v1/cases/{case}", tags=["review"])


@router.post("/views", response_model=ViewForm, status_code=201, summary="You saw this")
def view(case: CaseId, ask: ViewAsk, writing: ReviewWriting) -> Response:
    """Records that a section, or a warning in it, was on your screen."""

    def see(unit: Unit, by: Principal) -> ViewForm:
        review.see(unit, case, ask.section, ask.revision, ask.statement, by)
        seen = unit.cases.case(case)
        return ViewForm(
            section=ask.section,
            revision=ask.revision,
            seen=seen.seen(ask.section, by.id),
            unopened=sorted(seen.serious(ask.section) - seen.opened(ask.section, by.id)),
        )

    return writing.answer(see, 201)


@router.post("/checks", response_model=CheckedForm, summary="What the guard says of an edit")
def check_edit(case: CaseId, ask: CheckAsk, desk: ReviewDesk) -> Response:
    """Of a section's text while it is being edited. Nothing is stored: the edit is checked

    again as it is kept, and its findings stand with it.
    """
    return answer(CheckedForm.of(check(desk, case, ask.section, ask.text)))


@router.post(
    "/decisions", response_model=CaseForm, status_code=201, summary="Accept, edit or reject"
)
def decide(case: CaseId, ask: DecisionAsk, writing: ReviewWriting) -> Response:
    """Of one section, as it stands and was seen by you. The answer is the case after it.

    An edit is checked by the guard as it is kept; its serious findings are to be opened next.
    """
    choice = with_checks(writing.desk, case, ask.choice())
    return writing.answer(
        lambda unit, by: _after(unit, review.decide(unit, case, ask.version, choice, by), by), 201
    )


@router.post(
    "/rejection", response_model=CaseForm, status_code=201, summary="Reject the whole draft"
)
def reject(case: CaseId, ask: RejectionAsk, writing: ReviewWriting) -> Response:
    return writing.answer(
        lambda unit, by: _after(
            unit, review.reject_case(unit, case, ask.version, ask.reason, by), by
        ),
        201,
    )


@router.post(
    "/amendments", response_model=CaseForm, status_code=201, summary="Review again, to amend"
)
def amend(case: CaseId, ask: AmendmentAsk, writing: ReviewWriting) -> Response:
    """What was released stands in the record until the amendment is signed."""
    return writing.answer(
        lambda unit, by: _after(unit, review.reopen(unit, case, ask.version, by), by), 201
    )


def _after(unit: Unit, case: Case, by: Principal) -> CaseForm:
    return CaseForm.of(
        case,
        unit.signing.releases(case.id),
        by.id,
        unit.pauses.pauses(),
        unit.guards.off_for(case.id),
        unit.guards.budgets_for(case.id),
    )
