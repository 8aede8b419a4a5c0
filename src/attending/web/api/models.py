"""Versions of models, prompts and check sets: promoted by a clinician, rolled out by an engineer."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BeforeValidator

from attending.core.identity import Principal
from attending.core.ids import VersionId
from attending.core.ports import Unit
from attending.core.rollout import AnswersWanted
from attending.loop import roll
from attending.loop.promote import prepare_promotion, promote
from attending.web.api.desk import (
    ModelsWriting,
    SignDesk,
    SignWriting,
    SystemDesk,
    answer,
)
from attending.web.api.model_forms import (
    AnswersForm,
    PreparedPromotionForm,
    PromotionAsk,
    PromotionForm,
    RegistryForm,
    RollbackAsk,
    RolloutAsk,
    RolloutForm,
)
from attending.web.api.types import Moment, Words

router = APIRouter(prefix="/v1", tags=["models"])
BEFORE = timedelta(hours=1)  # a moment that is asked for, and the answers up to it


def _written(value: object) -> object:
    """ISO 8601: a plain number would be taken for seconds since 1970."""
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("it is no moment with a date, a time and a zone")
    return value


At = Annotated[
    Annotated[Moment, BeforeValidator(_written)] | None,
    Query(description="A moment, and the hour before it."),
]
OfName = Annotated[Words, Query(description="Of the version; without it, every one.")]
OfVersion = Annotated[Words, Query(description="Of that name; without it, every one.")]


@router.get("/models", response_model=RegistryForm, summary="Every version, and what it does here")
def list_models(desk: SystemDesk) -> Response:
    return answer(desk.read(lambda unit, _by: RegistryForm.of(unit)))


@router.get(
    "/models/{version}/promotion",
    response_model=PreparedPromotionForm,
    summary="What promoting it signs",
)
def prepare_model(version: VersionId, desk: SignDesk) -> Response:
    """Its digest is the nonce for a log-in with `prompt=login`, whose ID token signs it."""
    lines, policy = desk.parts.loop.lines, desk.parts.policy

    def prepared(unit: Unit, by: Principal) -> PreparedPromotionForm:
        return PreparedPromotionForm.of(prepare_promotion(unit, lines, version, policy, by))

    return answer(desk.read(prepared))


@router.post(
    "/models/{version}/promotion",
    response_model=PromotionForm,
    status_code=201,
    summary="Promote it",
)
def promote_model(version: VersionId, ask: PromotionAsk, writing: SignWriting) -> Response:
    """As it was prepared, at most 15 minutes ago, by a clinician who is not its author."""
    parts = writing.desk.parts

    def promoted(unit: Unit, by: Principal) -> PromotionForm:
        request = ask.request(version)
        signed = promote(unit, parts.loop.lines, request, parts.policy, by, parts.trust)
        return PromotionForm.model_validate(signed)

    return writing.answer(promoted, 201)


@router.post("/rollouts", response_model=RolloutForm, status_code=201, summary="Give it a part")
def roll_out(ask: RolloutAsk, writing: ModelsWriting) -> Response:
    """The next draft goes by it. A champion or canary was promoted by a clinician."""
    lines = writing.desk.parts.loop.lines
    return writing.answer(
        lambda unit, by: RolloutForm.of(roll.roll_out(unit, lines, ask.request(), by)), 201
    )


@router.post("/rollbacks", response_model=RolloutForm, status_code=201, summary="Take it back")
def roll_back(ask: RollbackAsk, writing: ModelsWriting) -> Response:
    """What was rolled out last on the line; who was champion before answers again."""
    return writing.answer(
        lambda unit, by: RolloutForm.of(roll.roll_back(unit, ask.line, by, ask.of_cohort())),
        201,
    )


@router.get("/answers", response_model=AnswersForm, summary="Which version answered whom")
def list_answers(
    desk: SystemDesk, at: At = None, name: OfName = "", version: OfVersion = ""
) -> Response:
    """The latest first, at most 200; and who was to answer then. Ids alone."""
    since = None if at is None else at - BEFORE

    def found(unit: Unit, _by: Principal) -> AnswersForm:
        wanted = AnswersWanted(name, version, since, at)
        return AnswersForm.of(roll.parts(unit, at), unit.registry.answered(wanted))

    return answer(desk.read(found))
