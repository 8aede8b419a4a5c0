"""The registry as a clinic reads it, and what the clinic adds: promotions and rollouts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attending.adapters.storage import forms
from attending.core.errors import Conflict
from attending.core.ids import CaseId, EncounterId, VersionId
from attending.core.promotion import SignedPromotion
from attending.core.registry import Evaluation, ModelVersion, VersionKind
from attending.core.rollout import Answered, AnswersWanted, Cohort, Paired, Role, Rollout, Visit

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

VERSIONS = "select * from attending.model_versions order by name, at, id"
EVALUATIONS = "select * from attending.evaluations where version_id = %s order by at, id"
# Whose answer became the draft of a case; what ran beside it did not answer.
_ANSWERED = """
select e.id as encounter, c.id as case, r.id as run, c.line, r.model_name as name,
       r.model_version as version, r.step, coalesce(r.parameters->>'rollout', '') as why,
       r.finished_at as at
from attending.runs r
join attending.cases c on c.tenant_id = r.tenant_id and c.source_id = r.source_id
join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
where (r.step = 'decode' or exists (
    select from attending.drafts d where d.tenant_id = r.tenant_id and d.run_id = r.id))
  and (%s = '' or r.model_name = %s) and (%s = '' or r.model_version = %s)
  and r.finished_at >= coalesce(%s, '-infinity'::timestamptz)
  and r.finished_at <= coalesce(%s, 'infinity'::timestamptz)
order by r.finished_at desc, r.id limit %s
"""
# Only of what nobody reviews any more: a pair shows what the reviewer was not shown.
_PAIRED = """
select c.encounter_id as encounter, c.id as case, d.run_id as shown, b.id as beside
from attending.runs b
join attending.cases c on c.tenant_id = b.tenant_id and c.source_id = b.source_id
join attending.drafts d on d.tenant_id = c.tenant_id and d.case_id = c.id
where b.step = 'beside' and c.line = %s and c.state not in ('drafting', 'in_review', 'failed')
  and (%s = '' or b.model_name = %s) and (%s = '' or b.model_version = %s)
order by b.finished_at desc, b.id limit %s
"""


class RegistryTables:
    """Implements ``core.ports.Registry``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def versions(self) -> tuple[ModelVersion, ...]:
        return tuple(map(version_of, self.unit.all(VERSIONS)))

    def version(self, version: VersionId) -> ModelVersion:
        row = self.unit.one("select * from attending.model_versions where id = %s", version)
        return version_of(row)

    def evaluations(self, version: VersionId) -> tuple[Evaluation, ...]:
        return tuple(map(evaluation_of, self.unit.all(EVALUATIONS, version)))

    def add_promotion(self, signed: SignedPromotion) -> None:
        written = self.unit.run(
            """insert into attending.promotions
                 (tenant_id, id, version_id, statement, digest, proof, principal_id, at)
               values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing""",
            self.unit.tenant,
            signed.id,
            signed.version,
            signed.text,
            signed.digest,
            forms.proofs.dump_json(signed.proof).decode(),
            signed.by,
            signed.at,
        )
        if written == 0:
            raise Conflict("This signature promoted the version already.", promotion=signed.id)

    def promotions(self, version: VersionId | None = None) -> tuple[SignedPromotion, ...]:
        rows = self.unit.all(
            """select * from attending.promotions
               where %s::uuid is null or version_id = %s order by at desc, id""",
            version,
            version,
        )
        return tuple(map(_promotion, rows))

    def add_rollout(self, act: Rollout) -> None:
        self.unit.run(
            """insert into attending.rollouts
                 (tenant_id, id, line, cohort, version_id, role, share, principal_id)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            act.id,
            act.line,
            act.cohort.text,
            act.version,
            act.role,
            act.share,
            act.by,
        )

    def hold_rollouts(self, line: str) -> None:
        self.unit.hold("rollouts", line)

    def rollouts(self, line: str = "", until: datetime | None = None) -> tuple[Rollout, ...]:
        rows = self.unit.all(
            """select * from attending.rollouts
               where (%s = '' or line = %s) and at <= coalesce(%s, 'infinity'::timestamptz)
               order by at desc, id""",
            line,
            line,
            until,
        )
        return tuple(map(_rollout, rows))

    def visit(self, encounter: EncounterId) -> Visit:
        row = self.unit.one(
            "select target_id, principal_id from attending.encounters where id = %s", encounter
        )
        return Visit(encounter, row["target_id"], row["principal_id"])

    def answered(self, wanted: AnswersWanted) -> tuple[Answered, ...]:
        rows = self.unit.all(
            _ANSWERED,
            wanted.name,
            wanted.name,
            wanted.version,
            wanted.version,
            wanted.since,
            wanted.until,
            wanted.limit,
        )
        return tuple(Answered(**row) for row in rows)

    def paired(self, line: str, wanted: AnswersWanted) -> tuple[Paired, ...]:
        rows = self.unit.all(
            _PAIRED, line, wanted.name, wanted.name, wanted.version, wanted.version, wanted.limit
        )
        return tuple(
            Paired(EncounterId(row["encounter"]), CaseId(row["case"]), row["shown"], row["beside"])
            for row in rows
        )


def version_of(row: Mapping[str, Any]) -> ModelVersion:
    return ModelVersion(
        id=VersionId(row["id"]),
        kind=VersionKind(row["kind"]),
        name=row["name"],
        version=row["version"],
        digest=row["digest"],
        manifest=row["manifest"],
        registered_by=row["registered_by"],
        trained_by=row["trained_by"],
        at=row["at"],
    )


def evaluation_of(row: Mapping[str, Any]) -> Evaluation:
    return Evaluation(
        row["id"], row["version_id"], row["document"], row["digest"], row["added_by"], row["at"]
    )


def _promotion(row: Mapping[str, Any]) -> SignedPromotion:
    return SignedPromotion(
        id=row["id"],
        version=row["version_id"],
        text=row["statement"],
        proof=forms.proofs.validate_json(row["proof"]),
        by=row["principal_id"],
        at=row["at"],
    )


def _rollout(row: Mapping[str, Any]) -> Rollout:
    return Rollout(
        id=row["id"],
        line=row["line"],
        cohort=Cohort(row["cohort"]),
        version=row["version_id"],
        role=Role(row["role"]),
        share=row["share"],
        by=row["principal_id"],
        at=row["at"],
    )
