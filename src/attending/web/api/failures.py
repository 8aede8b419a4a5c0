"""Work that waits for a person."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from attending.core.identity import Principal
from attending.core.ids import FailureId, PrincipalId
from attending.core.ports import Unit
from attending.loop import recover
from attending.web.api.desk import FailureDesk, FailureWriting, answer
from attending.web.api.forms import FailureForm, HandoverAsk, Reopened
from attending.web.api.paging import Paged, moment_of
from attending.web.api.types import Listed

router = APIRouter(prefix="/v1/failures", tags=["failures"])


@router.get("", response_model=Listed[FailureForm], summary="Open failures, oldest first")
def list_failures(desk: FailureDesk, paging: Paged) -> Response:
    page = paging.of(desk.caller.tenant, "failures")
    place = page.after_moment()
    after = (place[0], FailureId(place[1])) if place else None
    found = desk.read(lambda unit, _by: unit.failures.open(after, page.wanted))
    return answer(
        page.listed(found, lambda f: moment_of(f.opened_at, f.id), FailureForm.model_validate)
    )


@router.post("/{failure}/take", response_model=FailureForm, summary="Say that it is yours")
def take(failure: FailureId, writing: FailureWriting) -> Response:
    def taken(unit: Unit, by: Principal) -> FailureForm:
        recover.take(unit, failure, by)
        return FailureForm.model_validate(unit.failures.get(failure))

    return writing.answer(taken)


@router.post(
    "/{failure}/handover",
    response_model=FailureForm,
    status_code=201,
    summary="Give it to somebody",
)
def hand_over(failure: FailureId, ask: HandoverAsk, writing: FailureWriting) -> Response:
    def handed(unit: Unit, by: Principal) -> FailureForm:
        recover.hand_over(unit, failure, PrincipalId(ask.to), ask.note, by)
        return FailureForm.model_validate(unit.failures.get(failure))

    return writing.answer(handed, 201)


@router.post("/{failure}/retry", response_model=FailureForm, summary="Try the work again")
def retry(failure: FailureId, writing: FailureWriting) -> Response:
    def retried(unit: Unit, by: Principal) -> FailureForm:
        recover.retry(unit, failure, by)
        return FailureForm.model_validate(unit.failures.get(failure))

    return writing.answer(retried)


@router.post("/{failure}/reopen", response_model=Reopened, summary="Back into review")
def reopen(failure: FailureId, writing: FailureWriting) -> Response:
    """Give up a release that failed; its case is reviewed and signed anew."""

    def reopened(unit: Unit, by: Principal) -> Reopened:
        head = recover.reopen_failed(unit, failure, by)
        return Reopened(case=head.id, state=head.state, version=head.version)

    return writing.answer(reopened)
