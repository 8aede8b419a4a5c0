"""Cases, their drafts and findings, and what reviewing leaves: views, decisions, revisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attending.adapters.storage import forms
from attending.adapters.storage.codec import TenantCipher
from attending.core.case import (
    Case,
    CaseState,
    Decided,
    Decision,
    DecisionKind,
    ModelUse,
    Revision,
    View,
)
from attending.core.draft import Draft, Finding, Severity
from attending.core.errors import Conflict
from attending.core.ids import (
    CaseId,
    DraftId,
    EncounterId,
    PatientId,
    PrincipalId,
    RunId,
    SourceId,
    fresh,
)
from attending.core.work import CaseHead, Source

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_HEAD = """
select id, encounter_id, source_id, line, state, version, reason, opened_at, changed_at
from attending.cases
"""


class CaseTables:
    """Implements ``core.ports.Cases``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def open_case(self, case: CaseId, source: Source) -> None:
        self.unit.run(
            """insert into attending.cases
                 (tenant_id, id, source_id, encounter_id, line, state, version)
               values (%s, %s, %s, %s, %s, %s, 1)""",
            self.unit.tenant,
            case,
            source.id,
            source.encounter,
            source.line,
            CaseState.DRAFTING,
        )

    def head(self, case: CaseId, *, lock: bool = False) -> CaseHead:
        return head_of(self.unit.one(f"{_HEAD} where id = %s{' for update' if lock else ''}", case))

    def head_by_source(self, source: SourceId) -> CaseHead:
        return head_of(self.unit.one(f"{_HEAD} where source_id = %s", source))

    def of_encounter(self, encounter: EncounterId) -> tuple[CaseHead, ...]:
        rows = self.unit.all(f"{_HEAD} where encounter_id = %s order by opened_at", encounter)
        return tuple(map(head_of, rows))

    def worklist(
        self, states: tuple[CaseState, ...], before: tuple[datetime, CaseId] | None, limit: int
    ) -> tuple[CaseHead, ...]:
        """Newest change first. ``before``: the last one of the page before."""
        cut = "and (changed_at, id) < (%s, %s)" if before else ""
        rows = self.unit.all(
            f"""{_HEAD} where state = any (%s) {cut}
                order by changed_at desc, id desc limit %s""",
            [str(state) for state in states],
            *(before or ()),
            limit,
        )
        return tuple(map(head_of, rows))

    def case(self, case: CaseId, *, lock: bool = False) -> Case:
        head = self.head(case, lock=lock)
        patient = self._patient(head.encounter)
        return Case(
            id=head.id,
            tenant=self.unit.tenant,
            patient=patient,
            encounter=head.encounter,
            source=head.source,
            line=head.line,
            state=head.state,
            version=head.version,
            reason=self._rejection(case, patient) or head.reason,
            draft=self._draft(case, patient),
            findings=self._findings(case, patient),
            views=self._views(case),
            decisions=self._decisions(case, patient),
            revisions=self._revisions(case, patient),
            models=self._models(head.source),
        )

    def _patient(self, encounter: EncounterId) -> PatientId:
        row = self.unit.one("select patient_id from attending.encounters where id = %s", encounter)
        return PatientId(row["patient_id"])

    def _draft(self, case: CaseId, patient: PatientId) -> Draft | None:
        row = self.unit.maybe("select id, body from attending.drafts where case_id = %s", case)
        if row is None:
            return None
        opened = self.unit.cipher(patient).open(f"drafts/body/{row['id']}", row["body"])
        return forms.drafts.validate_json(opened)

    def _findings(self, case: CaseId, patient: PatientId) -> tuple[Finding, ...]:
        rows = self.unit.all("select * from attending.findings where case_id = %s", case)
        cipher = self.unit.cipher(patient)
        found = []
        for row in rows:
            text = forms.finding_texts.validate_json(
                cipher.open(f"findings/body/{row['id']}", row["body"])
            )
            found.append(_finding(row, text))
        return tuple(sorted(found, key=lambda f: (f.section, f.statement, f.check)))

    def _views(self, case: CaseId) -> tuple[View, ...]:
        rows = self.unit.all(
            """select section, revision, principal_id, statement
               from attending.views where case_id = %s order by at""",
            case,
        )
        return tuple(
            View(row["section"], row["revision"], row["principal_id"], row["statement"] or None)
            for row in rows
        )

    def _decisions(self, case: CaseId, patient: PatientId) -> tuple[Decision, ...]:
        rows = self.unit.all(
            "select * from attending.decisions where case_id = %s order by version", case
        )
        cipher = self.unit.cipher(patient)
        return tuple(
            Decision(
                section=row["section"],
                revision=row["revision"],
                kind=DecisionKind(row["kind"]),
                reason=cipher.open(f"decisions/reason/{row['id']}", row["reason"]).decode(),
                by=row["principal_id"],
                version=row["version"],
                at=row["at"],
            )
            for row in rows
        )

    def _revisions(self, case: CaseId, patient: PatientId) -> tuple[Revision, ...]:
        rows = self.unit.all(
            "select * from attending.revisions where case_id = %s order by section, number", case
        )
        if not rows:
            return ()
        cipher = self.unit.cipher(patient)
        found = self._revision_findings(case, cipher)
        return tuple(
            Revision(
                section=row["section"],
                number=row["number"],
                statements=forms.statements.validate_json(
                    cipher.open(_revision_place(case, row["section"], row["number"]), row["body"])
                ),
                by=row["principal_id"],
                at=row["at"],
                findings=tuple(found.get((row["section"], row["number"]), ())),
            )
            for row in rows
        )

    def _revision_findings(
        self, case: CaseId, cipher: TenantCipher
    ) -> dict[tuple[str, int], list[Finding]]:
        """By section and number of the revision."""
        rows = self.unit.all(
            """select * from attending.revision_findings where case_id = %s
               order by section, number, statement, check_name""",
            case,
        )
        found: dict[tuple[str, int], list[Finding]] = {}
        for row in rows:
            place = f"revision_findings/body/{row['id']}"
            text = forms.finding_texts.validate_json(cipher.open(place, row["body"]))
            found.setdefault((row["section"], row["number"]), []).append(_finding(row, text))
        return found

    def _rejection(self, case: CaseId, patient: PatientId) -> str:
        row = self.unit.maybe("select reason from attending.rejections where case_id = %s", case)
        if row is None:
            return ""
        return self.unit.cipher(patient).open(f"rejections/reason/{case}", row["reason"]).decode()

    def add_rejection(self, case: Case, version: int, reason: str, by: PrincipalId) -> None:
        self.unit.run(
            """insert into attending.rejections
                 (tenant_id, case_id, version, reason, principal_id)
               values (%s, %s, %s, %s, %s)""",
            self.unit.tenant,
            case.id,
            version,
            self.unit.cipher(case.patient).seal(f"rejections/reason/{case.id}", reason.encode()),
            by,
        )

    def _models(self, source: SourceId) -> tuple[ModelUse, ...]:
        rows = self.unit.all(
            """select step, model_name, model_version, engine, prompt_version
               from attending.runs where source_id = %s and step <> 'beside'
               order by started_at""",
            source,
        )
        return tuple(ModelUse(*row.values()) for row in rows)

    def advance(self, case: CaseId, seen: int, state: CaseState, reason: str = "") -> int:
        changed = self.unit.run(
            """update attending.cases
               set state = %s, version = version + 1, reason = %s, changed_at = clock_timestamp()
               where id = %s and version = %s""",
            state,
            reason,
            case,
            seen,
        )
        if changed == 0:
            now = self.head(case)
            raise Conflict(
                "The case was changed since you read it.",
                case=case,
                state=now.state,
                version=now.version,
                seen=seen,
            )
        return seen + 1

    def propose(
        self,
        case: CaseId,
        patient: PatientId,
        run: RunId,
        draft: Draft,
        found: tuple[Finding, ...],
    ) -> None:
        cipher, draft_id = self.unit.cipher(patient), DraftId(fresh())
        self.unit.run(
            """insert into attending.drafts (tenant_id, id, case_id, run_id, body)
               values (%s, %s, %s, %s, %s)""",
            self.unit.tenant,
            draft_id,
            case,
            run,
            cipher.seal(f"drafts/body/{draft_id}", forms.drafts.dump_json(draft)),
        )
        for ordinal, section in enumerate(draft.sections):
            self.unit.run(
                """insert into attending.draft_sections (tenant_id, case_id, section, ordinal)
                   values (%s, %s, %s, %s)""",
                self.unit.tenant,
                case,
                section.key,
                ordinal,
            )
        for finding in found:
            self._add_finding(case, cipher, finding)

    def _add_finding(self, case: CaseId, cipher: TenantCipher, finding: Finding) -> None:
        finding_id = fresh()
        text = forms.FindingText(finding.explanation, finding.quote)
        self.unit.run(
            """insert into attending.findings
                 (tenant_id, id, case_id, section, statement, check_name, severity, body)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            finding_id,
            case,
            finding.section,
            finding.statement,
            finding.check,
            finding.severity,
            cipher.seal(f"findings/body/{finding_id}", forms.finding_texts.dump_json(text)),
        )

    def add_view(self, case: Case, view: View) -> None:
        self.unit.run(
            """insert into attending.views
                 (tenant_id, case_id, section, revision, statement, principal_id)
               values (%s, %s, %s, %s, %s, %s) on conflict do nothing""",
            self.unit.tenant,
            case.id,
            view.section,
            view.revision,
            view.statement or "",
            view.by,
        )

    def add_decision(self, case: Case, decision: Decision) -> None:
        decision_id = fresh()
        self.unit.run(
            """insert into attending.decisions
                 (tenant_id, id, case_id, section, revision, kind, reason, principal_id, version,
                  at)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            decision_id,
            case.id,
            decision.section,
            decision.revision,
            decision.kind,
            self.unit.cipher(case.patient).seal(
                f"decisions/reason/{decision_id}", decision.reason.encode()
            ),
            decision.by,
            decision.version,
            decision.at,
        )

    def decided_since(self, by: PrincipalId, since: datetime) -> tuple[Decided, ...]:
        rows = self.unit.all(
            """select case_id, section, kind, at from attending.decisions
               where principal_id = %s
                 and at > greatest(%s, (select max(s.signed_at) from attending.signatures s
                                        where s.principal_id = %s))
               order by at limit 200""",
            by,
            since,
            by,
        )
        return tuple(
            Decided(row["case_id"], row["section"], DecisionKind(row["kind"]), row["at"])
            for row in rows
        )

    def add_revision(self, case: Case, revision: Revision) -> None:
        place = _revision_place(case.id, revision.section, revision.number)
        self.unit.run(
            """insert into attending.revisions
                 (tenant_id, case_id, section, number, body, principal_id, at)
               values (%s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            case.id,
            revision.section,
            revision.number,
            self.unit.cipher(case.patient).seal(
                place, forms.statements.dump_json(revision.statements)
            ),
            revision.by,
            revision.at,
        )
        for finding in revision.findings:
            self._add_revision_finding(case, revision.number, finding)

    def _add_revision_finding(self, case: Case, number: int, finding: Finding) -> None:
        finding_id = fresh()
        text = forms.FindingText(finding.explanation, finding.quote)
        self.unit.run(
            """insert into attending.revision_findings
                 (tenant_id, id, case_id, section, number, statement, check_name, severity, body)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            finding_id,
            case.id,
            finding.section,
            number,
            finding.statement,
            finding.check,
            finding.severity,
            self.unit.cipher(case.patient).seal(
                f"revision_findings/body/{finding_id}", forms.finding_texts.dump_json(text)
            ),
        )


def _finding(row: Mapping[str, Any], text: forms.FindingText) -> Finding:
    return Finding(
        row["check_name"],
        row["section"],
        row["statement"],
        Severity(row["severity"]),
        text.explanation,
        text.quote,
    )


def head_of(row: Mapping[str, Any]) -> CaseHead:
    return CaseHead(
        id=row["id"],
        encounter=row["encounter_id"],
        source=row["source_id"],
        line=row["line"],
        state=CaseState(row["state"]),
        version=row["version"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
    )


def _revision_place(case: CaseId, section: str, number: int) -> str:
    return f"revisions/body/{case}/{section}/{number}"
