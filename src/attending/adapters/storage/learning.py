"""Signed notes as their reviews left them: what learning reads, in one set of statements.

Five statements for any number of notes; each sealed column is opened under its patient's key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attending.adapters.storage import forms
from attending.core.case import DecisionKind, ModelUse
from attending.core.draft import Finding, Section, Severity, Statement
from attending.core.guarding import Judgement, Scored
from attending.core.ids import CaseId, PatientId
from attending.core.learned import (
    JudgedStatement,
    ReviewedNote,
    ReviewedSection,
    TrainingConsent,
)
from attending.core.support import Verdict

if TYPE_CHECKING:
    from attending.adapters.storage.codec import TenantCipher
    from attending.adapters.storage.database import TenantUnit

Rows = Mapping[Any, list[dict[str, Any]]]

# The first signature of each case, the latest first.
_NOTES = """
select s.case_id, s.version, s.signed_at, c.line, e.patient_id, d.id as draft, d.body, d.created_at,
  r.step, r.model_name, r.model_version, r.engine, r.prompt_version,
  (select min(v.at) from attending.views v
   where v.tenant_id = s.tenant_id and v.case_id = s.case_id) as seen_at,
  exists (select from attending.signatures t
          where t.tenant_id = s.tenant_id and t.case_id = s.case_id
            and t.action = 'retract') as retracted,
  k.granted, k.at as asked_at
from attending.signatures s
join attending.cases c on c.tenant_id = s.tenant_id and c.id = s.case_id
join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
join attending.drafts d on d.tenant_id = c.tenant_id and d.case_id = c.id
join attending.runs r on r.tenant_id = d.tenant_id and r.id = d.run_id
left join lateral (
  select n.granted, n.at from attending.consents n
  where n.tenant_id = e.tenant_id and n.patient_id = e.patient_id and n.purpose = 'training'
  order by n.at desc limit 1) k on true
where s.action = 'write' and s.signed_at >= %s
  and not exists (
    select from attending.signatures b
    where b.tenant_id = s.tenant_id and b.case_id = s.case_id and b.version < s.version)
order by s.signed_at desc
limit %s
"""
_DECISIONS = """
select case_id, id, section, revision, kind, reason, version from attending.decisions
where case_id = any (%s) order by version
"""
_REVISIONS = """
select case_id, section, number, body from attending.revisions where case_id = any (%s)
"""
_FINDINGS = """
select case_id, id, section, statement, check_name, severity, body from attending.findings
where case_id = any (%s) order by section, statement, check_name
"""


_JUDGED = """
select j.*, r.model_name || ' ' || r.model_version as model,
  array(select distinct f.check_name from attending.findings f
        where f.tenant_id = j.tenant_id and f.case_id = j.case_id and f.statement = j.statement
          and f.check_name <> j.check_name and f.severity <> 'info') as warned
from attending.judgements j
join attending.drafts d on d.tenant_id = j.tenant_id and d.case_id = j.case_id
join attending.runs r on r.tenant_id = d.tenant_id and r.id = d.run_id
where j.at >= %s
order by j.at desc, j.case_id, j.statement
limit %s
"""


class LearningTables:
    """Implements ``core.ports.Learning``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def reviewed(self, since: datetime, limit: int) -> tuple[ReviewedNote, ...]:
        notes = self.unit.all(_NOTES, since, limit)
        cases = [row["case_id"] for row in notes]
        self.unit.ciphers([PatientId(row["patient_id"]) for row in notes])
        parts = [self._by_case(query, cases) for query in (_DECISIONS, _REVISIONS, _FINDINGS)]
        found = (self._note(row, *(part[row["case_id"]] for part in parts)) for row in notes)
        return tuple(sorted(found, key=lambda note: (note.signed_at, note.case)))

    def judged(self, since: datetime, limit: int) -> tuple[JudgedStatement, ...]:
        rows = self.unit.all(_JUDGED, since, limit)
        return tuple(map(_judged, reversed(rows)))

    def _by_case(self, query: str, cases: list[CaseId]) -> Rows:
        found: dict[CaseId, list[dict[str, Any]]] = defaultdict(list)
        for row in self.unit.all(query, cases):
            found[row["case_id"]].append(row)
        return found

    def _note(
        self,
        row: dict[str, Any],
        decisions: list[dict[str, Any]],
        revisions: list[dict[str, Any]],
        findings: list[dict[str, Any]],
    ) -> ReviewedNote:
        case, cipher = CaseId(row["case_id"]), self.unit.cipher(PatientId(row["patient_id"]))
        body = cipher.open(f"drafts/body/{row['draft']}", row["body"])
        last = {d["section"]: d for d in decisions if d["version"] <= row["version"]}
        edits = {(r["section"], r["number"]): r["body"] for r in revisions}
        found = tuple(_findings(cipher, findings))
        return ReviewedNote(
            case=case,
            patient=PatientId(row["patient_id"]),
            line=row["line"],
            model=ModelUse(
                row["step"],
                row["model_name"],
                row["model_version"],
                row["engine"],
                row["prompt_version"],
            ),
            drafted_at=row["created_at"],
            seen_at=row["seen_at"],
            signed_at=row["signed_at"],
            retracted=row["retracted"],
            consent=TrainingConsent(row["granted"], row["asked_at"]) if row["asked_at"] else None,
            sections=tuple(
                _section(case, cipher, section, last[section.key], edits, found)
                for section in forms.drafts.validate_json(body).sections
            ),
        )


def _judged(row: dict[str, Any]) -> JudgedStatement:
    judgement = Judgement(
        check=row["check_name"],
        section=row["section"],
        statement=row["statement"],
        judge=row["judge"],
        verdict=Verdict(row["supported"], row["unsupported"], row["contradicted"]),
        scored=Scored(row["score"], row["doubt"], row["warns_from"]),
    )
    return JudgedStatement(
        CaseId(row["case_id"]), row["model"], judgement, frozenset(row["warned"]), row["at"]
    )


def _section(
    case: CaseId,
    cipher: TenantCipher,
    drafted: Section,
    decision: dict[str, Any],
    edits: Mapping[tuple[str, int], bytes],
    found: tuple[Finding, ...],
) -> ReviewedSection:
    kind, key = DecisionKind(decision["kind"]), drafted.key
    signed: tuple[Statement, ...] = ()
    if kind is not DecisionKind.REJECT:
        number = decision["revision"] + (kind is DecisionKind.EDIT)
        signed = drafted.statements
        if number:
            place = f"revisions/body/{case}/{key}/{number}"
            signed = forms.statements.validate_json(cipher.open(place, edits[key, number]))
    reason = cipher.open(f"decisions/reason/{decision['id']}", decision["reason"]).decode()
    own = tuple(finding for finding in found if finding.section == key)
    return ReviewedSection(key, drafted.title, drafted.statements, signed, kind, reason, own)


def _findings(cipher: TenantCipher, rows: list[dict[str, Any]]) -> Iterator[Finding]:
    for row in rows:
        opened = cipher.open(f"findings/body/{row['id']}", row["body"])
        text = forms.finding_texts.validate_json(opened)
        yield Finding(
            row["check_name"],
            row["section"],
            row["statement"],
            Severity(row["severity"]),
            text.explanation,
            text.quote,
        )
