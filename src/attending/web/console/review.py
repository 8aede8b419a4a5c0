"""The review page: the source beside the draft, and a decision on each section."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Form
from fastapi.responses import Response

from attending.core.case import DecisionKind
from attending.core.errors import AttendingError, Conflict, InvalidInput, NotSeen
from attending.core.identity import Principal
from attending.core.ids import CaseId
from attending.core.ports import Unit
from attending.loop import review
from attending.web.api.desk import seals_of
from attending.web.api.types import Ask, Name, Passage, Reason, Token, Version
from attending.web.console.case_page import NOTHING, Typed, laid_out
from attending.web.console.pages import page_router, see_other
from attending.web.console.shown import opened
from attending.web.console.visit import Reader, Reviewer, Visit
from attending.web.problems import problem_of
from attending.web.seals import Seals

router = page_router("/cases/{case}")
Sealing = Annotated[Seals, Depends(seals_of)]


class SeenForm(Ask):
    csrf: str
    shown: Token


class WarningForm(SeenForm):
    statement: Name


class DecisionForm(SeenForm):
    """``section`` only says where to show again what was typed; ``shown`` decides."""

    version: Version
    section: Name
    kind: DecisionKind
    reason: Reason = ""
    text: Passage = ""


class CaseVersionForm(Ask):
    csrf: str
    version: Version


class RejectionForm(CaseVersionForm):
    reason: Reason = ""


@router.get("")
def show_case(case: CaseId, visit: Reader, seals: Sealing) -> Response:
    """Showing is no view yet: a decision or an opened warning brings the proof back."""
    return _page(case, visit, seals)


@router.post("/views")
def saw(
    case: CaseId, form: Annotated[SeenForm, Form()], visit: Reviewer, seals: Sealing
) -> Response:
    def see(unit: Unit, by: Principal) -> str:
        shown = opened(seals, form.shown, case, by.id)
        review.see(unit, case, shown.section, shown.revision, None, by)
        return shown.section

    return _done(case, visit, seals, see)


@router.post("/warnings")
def open_warning(
    case: CaseId, form: Annotated[WarningForm, Form()], visit: Reviewer, seals: Sealing
) -> Response:
    def see(unit: Unit, by: Principal) -> str:
        shown = opened(seals, form.shown, case, by.id)
        review.see(unit, case, shown.section, shown.revision, form.statement, by)
        return shown.section

    return _done(case, visit, seals, see)


@router.post("/decisions")
def decide(
    case: CaseId, form: Annotated[DecisionForm, Form()], visit: Reviewer, seals: Sealing
) -> Response:
    """On the section as it was shown; then on to the next one that waits."""

    def decided(unit: Unit, by: Principal) -> str:
        shown = opened(seals, form.shown, case, by.id)
        review.see(unit, case, shown.section, shown.revision, None, by)
        choice = review.Choice(shown.section, shown.revision, form.kind, form.reason, form.text)
        after = review.decide(unit, case, form.version, choice, by)
        return next(iter(after.undecided()), shown.section)

    typed = Typed(form.section, form.text, form.reason, form.kind)
    return _done(case, visit, seals, decided, typed)


@router.post("/rejection")
def reject(
    case: CaseId, form: Annotated[RejectionForm, Form()], visit: Reviewer, seals: Sealing
) -> Response:
    def rejected(unit: Unit, by: Principal) -> str:
        review.reject_case(unit, case, form.version, form.reason, by)
        return ""

    return _done(case, visit, seals, rejected, Typed(reason=form.reason))


@router.post("/amendments")
def amend(
    case: CaseId, form: Annotated[CaseVersionForm, Form()], visit: Reviewer, seals: Sealing
) -> Response:
    def amended(unit: Unit, by: Principal) -> str:
        review.reopen(unit, case, form.version, by)
        return ""

    return _done(case, visit, seals, amended)


def _done(
    case: CaseId,
    visit: Visit,
    seals: Seals,
    work: Callable[[Unit, Principal], str],
    typed: Typed = NOTHING,
) -> Response:
    """Back to the case, at the section that the work names.

    What cannot be done is said on the case as it stands now, with what was typed.
    """
    try:
        section = visit.desk.write(work)
    except (Conflict, NotSeen, InvalidInput) as error:
        return _page(case, visit, seals, error, typed)
    return see_other(f"/cases/{case}{f'#section-{section}' if section else ''}")


def _page(
    case: CaseId,
    visit: Visit,
    seals: Seals,
    error: AttendingError | None = None,
    typed: Typed = NOTHING,
) -> Response:
    problem = problem_of(error) if error else None
    layout = visit.desk.read(lambda unit, by: laid_out(visit.desk, unit, seals, case, by, typed))
    status = problem.status if problem else 200
    return visit.page("case.html", status, page=layout, problem=problem)
