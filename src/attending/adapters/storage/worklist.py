"""The worklist: counted from columns; of what is sealed, only the patients are opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attending.adapters.storage import forms
from attending.adapters.storage.cases import head_of
from attending.core.case import CaseState, ModelUse
from attending.core.entry import PatientIdentity
from attending.core.ids import CaseId, PatientId, PrincipalId, SourceId
from attending.core.worklist import COUNTED, SEARCHED, STATES, Act, Listed, Place, Which

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

# What failed is mine if I took it, or nobody did and it came from me or I had signed it.
_MINE = """exists (
  select from attending.failures f
  where f.tenant_id = c.tenant_id and f.encounter_id = c.encounter_id and f.state = 'open'
    and (f.owner_id = %(reader)s or f.owner_id is null and (
      e.principal_id = %(reader)s or exists (
        select from attending.signatures s
        where s.tenant_id = c.tenant_id and s.case_id = c.id and s.principal_id = %(reader)s))))"""
_UNOPENED = """from attending.standing_findings(c.id) f
  where f.severity = 'serious'
    and not exists (
      select from attending.views v
      where v.tenant_id = c.tenant_id and v.case_id = c.id and v.section = f.section
        and v.principal_id = %(reader)s and v.statement = f.statement)"""
_COLUMNS = """c.tenant_id, c.id, c.encounter_id, c.source_id, c.line, c.state, c.version, c.reason,
  c.opened_at, c.changed_at, e.patient_id"""
_CASES = """attending.cases c
  join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id"""

_URGENT = f"""select * from (
  select {_COLUMNS}, c.opened_at as placed_at,
    case when c.state = 'in_review' and exists (select {_UNOPENED}) then 0
         when c.state = 'failed' then 1 else 2 end as urgency
  from {_CASES}
  where c.state = any (%(states)s) and (c.state <> 'failed' or {_MINE})) ranked
where %(urgency)s::integer is null
   or (urgency, placed_at, id) > (%(urgency)s, %(at)s, %(case)s)
order by urgency, placed_at, id limit %(limit)s"""
_RECENT = f"""select {_COLUMNS}, c.changed_at as placed_at, 0 as urgency from {_CASES}
where c.state = any (%(states)s)
  and (%(at)s::timestamptz is null or (c.changed_at, c.id) < (%(at)s, %(case)s))
order by c.changed_at desc, c.id desc limit %(limit)s"""
_GIVEN = f"""select {_COLUMNS}, c.changed_at as placed_at, 0 as urgency from {_CASES}
where c.id = any (%(cases)s) order by c.changed_at desc, c.id desc"""

_ROWS = f"""
select c.*, p.identity, found.*, work.*, st.progress,
  acted.name as last_by, acted.at as last_at, signed.name as signed_by, signed.signed_at,
  reads.name as read_by, reads.at as read_at
from ({{page}}) c
join attending.patients p on p.tenant_id = c.tenant_id and p.id = c.patient_id
join attending.source_states st on st.tenant_id = c.tenant_id and st.source_id = c.source_id
cross join lateral (
  select count(*) filter (where f.severity = 'serious') as serious,
    count(*) filter (where f.severity = 'caution') as caution,
    count(*) filter (where f.severity = 'info') as info
  from attending.standing_findings(c.id) f) found
cross join lateral (
  select (select count(*) {_UNOPENED}) as unopened,
    (select count(*) from attending.draft_sections d
     where d.tenant_id = c.tenant_id and d.case_id = c.id) as sections,
    (select count(distinct d.section) from attending.decisions d
     where d.tenant_id = c.tenant_id and d.case_id = c.id) as decided) work
left join lateral (
  select w.name, d.at from attending.decisions d
  join attending.principals w on w.tenant_id = d.tenant_id and w.id = d.principal_id
  where d.tenant_id = c.tenant_id and d.case_id = c.id
  order by d.version desc limit 1) acted on true
left join lateral (
  select w.name, s.signed_at from attending.signatures s
  join attending.principals w on w.tenant_id = s.tenant_id and w.id = s.principal_id
  where s.tenant_id = c.tenant_id and s.case_id = c.id
  order by s.version desc limit 1) signed on true
left join lateral (
  select w.name, v.at from attending.views v
  join attending.principals w on w.tenant_id = v.tenant_id and w.id = v.principal_id
  where c.state = 'in_review' and v.tenant_id = c.tenant_id and v.case_id = c.id
    and v.principal_id <> %(reader)s and v.at > now() - interval '10 minutes'
  order by v.at desc limit 1) reads on true
order by {{order}}"""
_OLDEST = "c.urgency, c.placed_at, c.id"
_LATEST = "c.placed_at desc, c.id desc"


class WorklistTables:
    """Implements ``core.ports.Worklist``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def page(
        self, reader: PrincipalId, which: Which, after: Place | None, limit: int
    ) -> tuple[Listed, ...]:
        urgent = which in (Which.REVIEW, Which.DRAFTING)
        return self._listed(
            _URGENT if urgent else _RECENT,
            _OLDEST if urgent else _LATEST,
            reader=reader,
            states=[str(state) for state in STATES[which]],
            urgency=after.urgency if after else None,
            at=after.at if after else None,
            case=after.case if after else None,
            limit=limit,
        )

    def of(self, reader: PrincipalId, cases: Collection[CaseId]) -> tuple[Listed, ...]:
        return self._listed(_GIVEN, _LATEST, reader=reader, cases=list(cases))

    def counts(self, reader: PrincipalId) -> Mapping[Which, int]:
        row = self._all(
            f"""select
              (select count(*) from (select {_COLUMNS} from {_CASES}
                where c.state = 'in_review' or c.state = 'failed' and {_MINE} limit {COUNTED}) x)
                as review,
              (select count(*) from (select from attending.cases c
                where c.state = any (%(drafting)s) limit {COUNTED}) x) as drafting,
              (select count(*) from (select from attending.cases c
                where c.state = any (%(signed)s) limit {COUNTED}) x) as signed,
              (select count(*) from (select from attending.cases limit {COUNTED}) x) as "all"
            """,
            {"reader": reader} | {str(w): [str(s) for s in STATES[w]] for w in STATES},
        )[0]
        return {which: row[which] for which in Which}

    def named(self, words: str) -> tuple[CaseId, ...]:
        """In the cases that were changed last: names are sealed, and no index knows them."""
        rows = self.unit.all(
            """select c.id, e.patient_id, p.identity
               from (select * from attending.cases
                     order by changed_at desc, id desc limit %s) c
               join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
               join attending.patients p on p.tenant_id = e.tenant_id and p.id = e.patient_id
               order by c.changed_at desc, c.id desc""",
            SEARCHED,
        )
        wanted = words.casefold().split()
        known = self._identities(rows)
        fits = {patient for patient, who in known.items() if _fits(who, wanted)}
        return tuple(CaseId(row["id"]) for row in rows if row["patient_id"] in fits)

    def _listed(self, page: str, order: str, **values: object) -> tuple[Listed, ...]:
        rows = self._all(_ROWS.format(page=page, order=order), values)
        known = self._identities(rows)
        models = self._models(rows) if rows and self.unit.pauses.standing() else {}
        return tuple(
            _row(row, known[row["patient_id"]], models.get(row["source_id"], ())) for row in rows
        )

    def _all(self, query: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
        return self.unit.connection.execute(query, values).fetchall()

    def _identities(self, rows: Sequence[Mapping[str, Any]]) -> dict[PatientId, PatientIdentity]:
        patients = {PatientId(row["patient_id"]): row["identity"] for row in rows}
        ciphers = self.unit.ciphers(patients.keys())
        return {
            patient: forms.identities.validate_json(
                ciphers[patient].open(f"patients/identity/{patient}", identity)
            )
            for patient, identity in patients.items()
        }

    def _models(self, rows: Sequence[Mapping[str, Any]]) -> dict[SourceId, tuple[ModelUse, ...]]:
        runs = self.unit.all(
            """select source_id, step, model_name, model_version, engine, prompt_version
               from attending.runs where source_id = any (%s) order by started_at""",
            [row["source_id"] for row in rows],
        )
        found: dict[SourceId, tuple[ModelUse, ...]] = defaultdict(tuple)
        for source, *model in (run.values() for run in runs):
            found[source] += (ModelUse(*model),)
        return found


def _fits(who: PatientIdentity, wanted: Sequence[str]) -> bool:
    said = f"{who.name} {who.birth_date} {who.reference}".casefold()
    return all(word in said for word in wanted)


def _row(row: Mapping[str, Any], who: PatientIdentity, models: tuple[ModelUse, ...]) -> Listed:
    head = head_of(row)
    is_drafting = head.state is CaseState.DRAFTING
    return Listed(
        head=head,
        place=Place(row["urgency"], row["placed_at"], head.id),
        patient=who,
        serious=row["serious"],
        caution=row["caution"],
        info=row["info"],
        unopened=row["unopened"],
        sections=row["sections"],
        decided=row["decided"],
        progress=row["progress"] if is_drafting else 1.0,
        last=_act(row["last_by"], row["last_at"]),
        signed=_act(row["signed_by"], row["signed_at"]),
        reading=_act(row["read_by"], row["read_at"]),
        models=models,
    )


def _act(by: str | None, at: datetime) -> Act | None:
    return None if by is None else Act(by, at)
