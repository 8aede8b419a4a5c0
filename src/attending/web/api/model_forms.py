"""What is sent and told about versions: how they did, who promoted them, whom they answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from attending.core.ids import VersionId
from attending.core.ports import Unit
from attending.core.promotion import Promotion, SignedPromotion, digest
from attending.core.registry import Evaluation, ModelVersion, VersionKind
from attending.core.rollout import EVERYONE, Answered, Cohort, Role, Rollout
from attending.loop.promote import PromotionRequest
from attending.loop.roll import RolloutRequest, parts
from attending.web.api.proof_forms import PreparedForm, ProvedAsk
from attending.web.api.types import Ask, Name, Told


class MeasureForm(Told):
    value: float
    low: float
    high: float
    n: int


class EvaluationForm(Told):
    """``dataset_digest``: of the data; ``digest``: of the evaluation, which a promotion names."""

    id: UUID
    task: str
    dataset: str
    dataset_digest: str
    digest: str
    added_by: str
    at: datetime
    measures: dict[str, MeasureForm]

    @classmethod
    def of(cls, each: Evaluation) -> Self:
        told = each.document
        return cls(
            id=each.id,
            task=told.task,
            dataset=told.dataset,
            dataset_digest=told.digest,
            digest=each.digest,
            added_by=each.added_by,
            at=each.at,
            measures={n: MeasureForm.model_validate(m) for n, m in told.measures.items()},
        )


class RolloutForm(Told):
    """``by``: null for an administrator, who did it by command."""

    id: UUID
    line: str
    cohort: str
    version: UUID
    role: Role
    share: float
    by: UUID | None
    at: datetime

    @classmethod
    def of(cls, act: Rollout) -> Self:
        return cls(**{**vars(act), "cohort": act.cohort.text})


class PromotionForm(Told):
    """A promotion that a clinician of this clinic signed."""

    id: UUID
    version: UUID
    digest: str
    by: UUID
    at: datetime


class RegisteredForm(Told):
    """A version; ``parts``: what it does here now."""

    id: UUID
    kind: VersionKind
    name: str
    version: str
    digest: str
    registered_by: str
    trained_by: str
    at: datetime
    evaluations: list[EvaluationForm]
    promotions: list[PromotionForm]
    parts: list[RolloutForm]


class RegistryForm(Told):
    versions: list[RegisteredForm]

    @classmethod
    def of(cls, unit: Unit) -> Self:
        acts, promotions = parts(unit), unit.registry.promotions()
        known = unit.registry.versions()
        return cls(versions=[_registered(unit, each, promotions, acts) for each in known])


def _registered(
    unit: Unit,
    version: ModelVersion,
    promotions: Iterable[SignedPromotion],
    acts: Iterable[Rollout],
) -> RegisteredForm:
    return RegisteredForm(
        **{
            name: getattr(version, name)
            for name in RegisteredForm.model_fields
            if hasattr(version, name)
        },
        evaluations=[EvaluationForm.of(each) for each in unit.registry.evaluations(version.id)],
        promotions=[PromotionForm.model_validate(p) for p in promotions if p.version == version.id],
        parts=[RolloutForm.of(act) for act in acts if act.version == version.id],
    )


class PreparedPromotionForm(PreparedForm):
    version: UUID
    passed: bool
    payload: Promotion

    @classmethod
    def of(cls, promotion: Promotion) -> Self:
        return cls(
            version=UUID(promotion.version_id),
            digest=digest(promotion),
            prepared_at=promotion.prepared_at,
            passed=promotion.passed,
            payload=promotion,
        )


class PromotionAsk(ProvedAsk):
    def request(self, version: VersionId) -> PromotionRequest:
        return PromotionRequest(version, self.prepared_at, self.digest, self.proof.made())


class RolloutAsk(Ask):
    """``share``: of the visits, for a canary; ``cohort``: `*`, `site:ID` or `clinician:ID`."""

    line: Name
    version: UUID
    role: Role
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    cohort: Name = EVERYONE

    def request(self) -> RolloutRequest:
        """Raises InvalidInput."""
        cohort = Cohort.read(self.cohort)
        return RolloutRequest(self.line, VersionId(self.version), self.role, self.share, cohort)


class RollbackAsk(Ask):
    """``cohort``: of this one alone; else whatever was rolled out last on the line."""

    line: Name
    cohort: Name | None = None

    def of_cohort(self) -> Cohort | None:
        """Raises InvalidInput."""
        return None if self.cohort is None else Cohort.read(self.cohort)


class AnswerForm(Told):
    """That a version answered: ids and a moment. ``why``: by which part of the rollout."""

    encounter: UUID
    case: UUID
    run: UUID
    line: str
    name: str
    version: str
    step: str
    why: str
    at: datetime


class AnswersForm(Told):
    """``parts``: who was to answer at the moment that was asked for, or now."""

    parts: list[RolloutForm]
    answers: list[AnswerForm]

    @classmethod
    def of(cls, acts: Iterable[Rollout], found: Iterable[Answered]) -> Self:
        told = [AnswerForm.model_validate(each) for each in found]
        return cls(parts=[RolloutForm.of(act) for act in acts], answers=told)
