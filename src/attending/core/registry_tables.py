"""What one open transaction offers of the registry. ``ports.Unit`` holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from attending.core.ids import EncounterId, VersionId
from attending.core.promotion import SignedPromotion
from attending.core.registry import Evaluation, ModelVersion
from attending.core.rollout import Answered, AnswersWanted, Paired, Rollout, Visit


class Registry(Protocol):
    """Versions and how they did; what the clinic promoted, and who answers whom."""

    def versions(self) -> tuple[ModelVersion, ...]:
        """By name, the first registered first."""
        ...

    def version(self, version: VersionId) -> ModelVersion: ...
    def evaluations(self, version: VersionId) -> tuple[Evaluation, ...]:
        """The first added first."""
        ...

    def add_promotion(self, signed: SignedPromotion) -> None:
        """Raises Conflict for a signature that is kept already."""
        ...

    def promotions(self, version: VersionId | None = None) -> tuple[SignedPromotion, ...]:
        """Of one version, or all; the latest first. Whether they hold is not looked at."""
        ...

    def add_rollout(self, act: Rollout) -> None:
        """From the commit on; its ``at`` is the database's."""
        ...

    def hold_rollouts(self, line: str) -> None:
        """Whoever else changes what is rolled out on the line waits until we have committed."""
        ...

    def rollouts(self, line: str = "", until: datetime | None = None) -> tuple[Rollout, ...]:
        """All acts, of a line or of all, up to a moment; the latest first."""
        ...

    def visit(self, encounter: EncounterId) -> Visit: ...
    def answered(self, wanted: AnswersWanted) -> tuple[Answered, ...]:
        """Which version answered whom; the latest first."""
        ...

    def paired(self, line: str, wanted: AnswersWanted) -> tuple[Paired, ...]:
        """Of versions that ran beside the one that was shown, where nobody reviews any more."""
        ...
