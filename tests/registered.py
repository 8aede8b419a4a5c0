"""A registry with something in it: versions with evaluations, promoted, rolled out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from attending.adapters.storage import registering
from attending.assurance.gates import Policy
from attending.assurance.installed import engine_digest
from attending.assurance.manifest import Manifest
from attending.core.identity import Principal
from attending.core.ids import CaseId, EncounterId
from attending.core.promotion import Promotion, SignedPromotion, digest
from attending.core.registry import Evaluation, ModelVersion, VersionKind
from attending.core.rollout import ALL, Cohort, Role, Rollout
from attending.core.work import Run
from attending.loop import promote, roll
from tests.clinic import Clinic, proof_of
from tests.plugins.two_engines import FailingRate, SlowestRate
from tests.plugins.vitals_line.steps import MeanRate, VitalsLine

DATA = "da" * 32
SECOND = SlowestRate()


def document(
    subject: ModelVersion, task: str = "draft", **measures: float | tuple[float, float, float]
) -> str:
    """As `attending evaluate --json` prints it."""
    told = {}
    for name, given in measures.items():
        value, low, high = (
            given if isinstance(given, tuple) else (given, given - 0.05, given + 0.05)
        )
        told[name.replace("__", "/")] = {"value": value, "low": low, "high": high, "n": 100}
    return json.dumps(
        {
            "dataset": "visits.json",
            "digest": DATA,
            "task": task,
            "subject": {
                "name": subject.name,
                "version": subject.version,
                "digest": subject.digest,
            },
            "measures": told,
        }
    )


@dataclass
class Registry:
    """Of one clinic, whose vitals line offers engines besides its own."""

    clinic: Clinic
    engines: tuple[MeanRate, ...] = (SlowestRate(), FailingRate())

    def __post_init__(self) -> None:
        self.clinic.lines["vitals"] = replace(VitalsLine(), others=self.engines)

    @property
    def admin(self) -> str:
        return self.clinic.installation.admin_dsn

    @cached_property
    def own(self) -> ModelVersion:
        """The line's own engine, as it was registered by itself."""
        return registering.found(self.admin, "mean-rate", "1")

    def register(
        self, engine: MeanRate = SECOND, by: str = "demo-engineer", **told: Any
    ) -> ModelVersion:
        model = engine.model
        return registering.register(
            self.admin,
            Manifest(
                VersionKind.MODEL,
                model.name,
                model.version,
                str(told.pop("digest", engine_digest(engine))),
                str(told.pop("trained_by", "")),
                {"line": "vitals", "intended_use": "Tests.", "limits": "All.", **told},
            ),
            by,
        )

    def evaluated(self, version: ModelVersion, **measures: Any) -> Evaluation:
        text = document(version, **(measures or {"recall": 0.9}))
        return registering.add_evaluation(self.admin, text, "demo-engineer")

    def prepared(
        self, version: ModelVersion, by: Principal | None = None, policy: Policy | None = None
    ) -> Promotion:
        person = by or self.clinic.person()
        with self.clinic.web.transaction(self.clinic.tenant, str(person.id)) as unit:
            return promote.prepare_promotion(
                unit, self.clinic.lines, version.id, policy or Policy(), person
            )

    def request(
        self, version: ModelVersion, by: Principal | None = None, age: float = 0.0
    ) -> promote.PromotionRequest:
        person = by or self.clinic.person()
        made = self.prepared(version, person)
        at, signed = datetime.fromisoformat(made.prepared_at), digest(made)
        return promote.PromotionRequest(version.id, at, signed, proof_of(person, signed, age))

    def promote(
        self,
        version: ModelVersion,
        by: Principal | None = None,
        request: promote.PromotionRequest | None = None,
        policy: Policy | None = None,
    ) -> SignedPromotion:
        person = by or self.clinic.person()
        asked = request or self.request(version, person)
        with self.clinic.web.transaction(self.clinic.tenant, str(person.id)) as unit:
            return promote.promote(
                unit, self.clinic.lines, asked, policy or Policy(), person, self.clinic.trust
            )

    def promoted(self, engine: MeanRate = SECOND) -> ModelVersion:
        version = self.register(engine)
        self.evaluated(version)
        self.promote(version)
        return version

    def roll(
        self,
        version: ModelVersion,
        role: Role,
        share: float = 0.0,
        cohort: Cohort = ALL,
        by: str = "demo-engineer",
    ) -> Rollout:
        person = self.clinic.person(by)
        asked = roll.RolloutRequest("vitals", version.id, role, share, cohort)
        with self.clinic.web.transaction(self.clinic.tenant, str(person.id)) as unit:
            return roll.roll_out(unit, self.clinic.lines, asked, person)

    def roll_back(self, by: str = "demo-engineer") -> Rollout:
        person = self.clinic.person(by)
        with self.clinic.web.transaction(self.clinic.tenant, str(person.id)) as unit:
            return roll.roll_back(unit, "vitals", person)

    def answer(self, encounter: EncounterId | None = None) -> tuple[CaseId, Run]:
        """A new visit's case, with the run that became its draft."""
        case = self.clinic.in_review(encounter=encounter)
        return case, self.run(case)

    def run(self, case: CaseId, step: str = "infer") -> Run:
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            found = unit.intake.run(unit.cases.head(case).source, step)
        assert found is not None
        return found

    def runs(self, case: CaseId) -> Mapping[str, str]:
        """Step and model of every run on the case's source."""
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            rows = unit.all(
                "select step, model_name from attending.runs where source_id = %s",
                unit.cases.head(case).source,
            )
        return {row["step"]: row["model_name"] for row in rows}
