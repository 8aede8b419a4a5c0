"""The statements behind the worklist, a case and a timeline, taken down as they are run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import psycopg

from attending.adapters.storage.database import Connection, Database, Row, TenantUnit
from attending.core.case import CaseState
from attending.core.errors import EngineFailed
from attending.core.ports import Unit
from benchmarks.ready_clinic import ReadyClinic

# The first table of a statement, and its alias if it has one.
_TABLE = re.compile(r"\bfrom\s+attending\.(\w+)(?:\s+(?!where\b|join\b|order\b)(\w+))?")
_KEYS = re.compile(r"select (p\.key|generation, key),")
_CLAUSE = re.compile(r"\bwhere\b")
_END = re.compile(r"\border by\b|\blimit\b")


@dataclass(frozen=True)
class Visit:
    """The ids of one filled case."""

    tenant: UUID
    encounter: UUID
    source: UUID
    case: UUID
    patient: UUID


@dataclass(frozen=True)
class Statement:
    """``values``: a name of Visit's fields where the product bound that id, else the value."""

    query: str
    values: tuple[object, ...]

    @property
    def of_keys(self) -> bool:
        """Reads a wrapped key and nothing else: what plain tables would not ask for."""
        return _KEYS.match(self.query.lstrip()) is not None

    def bound(self, visit: Visit, *, policies: bool) -> tuple[str, tuple[object, ...]]:
        """For another case. Without policies the tenant is asked for in the statement."""
        ids = vars(visit)
        values = tuple(ids[v.name] if isinstance(v, _Slot) else v for v in self.values)
        if policies:
            return self.query, values
        return self._plain(), self._with_tenant(values, visit.tenant)

    def _plain(self) -> str:
        at, joint = self._place()
        return f"{self.query[:at]} {joint.format(alias=self._alias())} {self.query[at:]}"

    def _with_tenant(self, values: tuple[object, ...], tenant: UUID) -> tuple[object, ...]:
        before = self.query[: self._place()[0]].count("%s")
        return (*values[:before], tenant, *values[before:])

    def _alias(self) -> str:
        found = _TABLE.search(self.query)
        if found is None:
            raise EngineFailed("A hot statement reads no table: say here what it reads.")
        return found.group(2) or found.group(1)

    def _place(self) -> tuple[int, str]:
        """Where the condition goes, and how it joins what stands there."""
        where = _CLAUSE.search(self.query)
        if where is not None:
            return where.end(), "{alias}.tenant_id = %s and"
        end = _END.search(self.query)
        return end.start() if end else len(self.query), "where {alias}.tenant_id = %s"


@dataclass(frozen=True)
class _Slot:
    name: str


@dataclass
class _Recorder:
    """Stands in for a connection: passes statements on and keeps them."""

    inner: Connection
    kept: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)

    def execute(self, query: str, values: Sequence[object] = ()) -> psycopg.Cursor[Row]:
        self.kept.append((query, tuple(values)))
        return self.inner.execute(query.encode(), values)


def recorded(clinic: ReadyClinic) -> Mapping[str, tuple[Statement, ...]]:
    """By what people wait for; taken from one case that went through the loop."""
    case = clinic.in_review()
    with clinic.web.storage.transaction(clinic.tenant, "web") as unit:
        known = unit.cases.case(case)
    ids = {
        known.tenant: "tenant",
        known.encounter: "encounter",
        known.source: "source",
        known.id: "case",
        known.patient: "patient",
    }
    review, every = (CaseState.IN_REVIEW,), tuple(CaseState)
    asked: dict[str, Callable[[Unit], Any]] = {
        "worklist of one state": lambda unit: unit.cases.worklist(review, None, 51),
        "worklist of all states": lambda unit: unit.cases.worklist(every, None, 51),
        "case": lambda unit: (unit.cases.case(case), unit.signing.releases(case)),
        "timeline": lambda unit: unit.timeline.events(known.encounter),
    }
    return {name: _taken_down(clinic, work, ids) for name, work in asked.items()}


def _taken_down(
    clinic: ReadyClinic, work: Callable[[Unit], Any], ids: Mapping[UUID, str]
) -> tuple[Statement, ...]:
    storage = cast(Database, clinic.web.storage)
    with storage.transaction(clinic.tenant, "web") as unit:
        recorder = _Recorder(unit.connection)
        noting = TenantUnit(cast(Connection, recorder), unit.tenant, unit.keys)
        work(noting)
    return tuple(
        Statement(query, tuple(_slot(value, ids) for value in values))
        for query, values in recorder.kept
    )


def _slot(value: object, ids: Mapping[UUID, str]) -> object:
    return _Slot(ids[value]) if isinstance(value, UUID) and value in ids else value
