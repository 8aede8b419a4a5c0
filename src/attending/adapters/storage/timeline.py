"""The timeline of an encounter: the steps of its state machines and the spans of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from attending.core.ids import EncounterId
from attending.core.work import TimelineEvent

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


@dataclass(frozen=True)
class SpanRow:
    """A finished span. ``failed`` is the error's code, or ""."""

    span_id: str
    trace_id: str
    parent_id: str
    encounter: EncounterId
    name: str
    process: str
    started_at: datetime
    ended_at: datetime
    failed: str
    attributes: Mapping[str, Any]


# Of a span in which a model ran, that model's version: the run ended within it.
_SPANS = """
select s.*, m.model
from attending.spans s
left join lateral (
  select r.model_name || ' ' || r.model_version as model
  from attending.sources o
  join attending.cases c on c.tenant_id = o.tenant_id and c.source_id = o.id
  join attending.runs r on r.tenant_id = o.tenant_id and r.source_id = o.id
  where o.tenant_id = s.tenant_id and o.encounter_id = s.encounter_id
    and s.name in ('decode', 'infer') and r.step = s.name
    and (s.attributes ->> 'source' = o.id::text or s.attributes ->> 'case' = c.id::text)
    and r.started_at <= s.ended_at and r.finished_at >= s.started_at
  order by r.finished_at limit 1) m on s.failed = ''
where s.encounter_id = %s
"""


class TimelineTables:
    """Implements ``core.ports.Timeline``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def add_spans(self, spans: Sequence[SpanRow]) -> None:
        for span in spans:
            self.unit.run(
                """insert into attending.spans
                     (tenant_id, span_id, trace_id, parent_id, encounter_id, name, process,
                      started_at, ended_at, failed, attributes)
                   values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
                   on conflict do nothing""",
                self.unit.tenant,
                span.span_id,
                span.trace_id,
                span.parent_id,
                span.encounter,
                span.name,
                span.process,
                span.started_at,
                span.ended_at,
                span.failed,
                Jsonb(dict(span.attributes)),
            )

    def events(self, encounter: EncounterId) -> tuple[TimelineEvent, ...]:
        """In order of time; a span stands at its start. Raises NotFound."""
        self.unit.people.encounter(encounter)
        steps = self.unit.all(
            "select * from attending.transitions where encounter_id = %s", encounter
        )
        spans = self.unit.all(_SPANS, encounter)
        events = [*map(_step, steps), *map(_span, spans)]
        return tuple(sorted(events, key=lambda event: event.at))


def _step(row: Mapping[str, Any]) -> TimelineEvent:
    return TimelineEvent(
        at=row["at"],
        kind="state",
        name=f"{row['subject']}: {row['from_state'] or 'new'} → {row['to_state']}",
        process=row["actor"],
        seconds=None,
        outcome=row["reason"],
        attributes={
            "id": str(row["subject_id"]),
            "version": row["version"],
            "subject": row["subject"],
            "from": row["from_state"],
            "to": row["to_state"],
        },
    )


def _span(row: Mapping[str, Any]) -> TimelineEvent:
    return TimelineEvent(
        at=row["started_at"],
        kind="span",
        name=row["name"],
        process=row["process"],
        seconds=(row["ended_at"] - row["started_at"]).total_seconds(),
        outcome=row["failed"] or "done",
        attributes=row["attributes"] | ({"model": row["model"]} if row["model"] else {}),
    )
