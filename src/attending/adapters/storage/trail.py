"""The tenant's own audit chain, read link by link, and looked through."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from attending.core.ids import CaseId
from attending.core.work import CaseHead, ChainEntry, Found, Wanted

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

REACH = 200_000  # entries that one look goes through: some tenths of a second

# What belongs to a case or an encounter, by the case.
_BELONGING = """
select c.id as case_id, c.encounter_id, c.id as subject from attending.cases c
union all
select c.id, c.encounter_id, c.source_id from attending.cases c
union all
select c.id, c.encounter_id, r.id
from attending.releases r
join attending.cases c on c.tenant_id = r.tenant_id and c.id = r.case_id
"""
_OF_FAILURES = """
select b.case_id, b.encounter_id, f.id as subject
from attending.failures f
join belonging b on b.encounter_id = f.encounter_id and b.subject = f.subject_id
"""


# What is asked of each entry. Text that is no JSON fits nothing.
_MATCHES = """
 and (%s::text is null or case when entry is json object then entry::json ->> 'actor' end = %s)
 and (%s::text is null or case when entry is json object then entry::json ->> 'action' end = %s)
 order by seq desc limit %s"""
_ANY = "select seq, entry, hash from attending.audit_log where seq >= %s and seq < %s" + _MATCHES
_ABOUT = (
    "select seq, entry, hash from attending.audit_log where seq >= %s and seq < %s"
    " and seq in (select seq from attending.audit_subjects where subject = any (%s))" + _MATCHES
)


class TrailTables:
    """Implements ``core.ports.Trail``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def last(self) -> int:
        row = self.unit.maybe("select seq from attending.audit_heads")
        return int(row["seq"]) if row else 0

    def entries(self, after: int, limit: int) -> tuple[ChainEntry, ...]:
        rows = self.unit.all(
            """select seq, entry, hash from attending.audit_log
               where seq > %s order by seq limit %s""",
            after,
            limit,
        )
        return tuple(ChainEntry(**row) for row in rows)

    def newest(self, wanted: Wanted, before: int, limit: int) -> Found:
        """The subject has an index; anything else is looked for entry by entry, so far back

        as REACH says.
        """
        end = min(before, wanted.until or before)
        start = wanted.since if wanted.subjects else max(wanted.since, end - REACH)
        rows = self.unit.all(
            _ABOUT if wanted.subjects else _ANY, *_values(wanted, start, end), limit
        )
        found = tuple(ChainEntry(**row) for row in rows)
        return Found(found, found[-1].seq if len(found) == limit else max(1, start))

    def since(self, moment: datetime) -> int:
        """By halves: the clock of one chain goes forward."""
        low, high = 1, self.last() + 1
        while low < high:
            middle = (low + high) // 2
            at = self._at(middle)
            if at is None or at < moment:
                low = middle + 1
            else:
                high = middle
        return low

    def _at(self, seq: int) -> datetime | None:
        """None for an entry that is gone, or says no time: verification tells of it."""
        row = self.unit.maybe("select entry from attending.audit_log where seq = %s", seq)
        try:
            return datetime.fromisoformat(json.loads(row["entry"])["at"]) if row else None
        except (ValueError, KeyError, TypeError):
            return None

    def about(self, subject: UUID) -> frozenset[str]:
        rows = self.unit.all(
            f"""with belonging as not materialized ({_BELONGING}), everything as not materialized (
                  select * from belonging union all {_OF_FAILURES})
                select subject from everything where %s in (case_id, encounter_id)""",
            subject,
        )
        return frozenset({str(subject), *(str(row["subject"]) for row in rows)})

    def cases(self, subjects: Collection[str]) -> Mapping[str, CaseHead]:
        rows = self.unit.all(
            f"""with belonging as not materialized ({_BELONGING}), everything as not materialized (
                  select * from belonging union all {_OF_FAILURES})
                select subject, case_id from everything where subject = any (%s)""",
            list(filter(None, map(_uuid, subjects))),
        )
        return {str(row["subject"]): self.unit.cases.head(CaseId(row["case_id"])) for row in rows}


def _values(wanted: Wanted, start: int, end: int) -> list[object]:
    """In the order of the statements; nothing asked for fits every entry."""
    subjects = [sorted(wanted.subjects)] if wanted.subjects else []
    actor, action = wanted.actor or None, wanted.action or None
    return [start, end, *subjects, actor, actor, action, action]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
