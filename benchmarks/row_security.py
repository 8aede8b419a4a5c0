"""What row-level security costs on the queries that people wait for, and all of it together.

Two roles read the same rows of one database, in the same transaction frame and with the
product's own statements. One is under the policies; the other is not (BYPASSRLS), and its
statements say ``tenant_id = …`` instead, as they would have to without policies.

Then the same against plain tables: no ticket, no policies, no keys to look up, and what
was read is text already. The other side opens its ticket, unwraps the keys and decrypts
every value that it reads.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psycopg
from psycopg import sql

from attending.adapters.storage.codec import TenantCipher, new_key
from attending.adapters.storage.database import BEGIN
from attending.adapters.storage.tickets import TicketKey
from attending.core.errors import EngineFailed
from attending.core.ids import TenantId, fresh
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median
from benchmarks.hot_queries import Statement, Visit, recorded
from benchmarks.ready_clinic import ReadyClinic

GOAL = 1.1
GOAL_IN_ALL = 1.3
_FILL = Path(__file__).with_name("many_clinics.sql")
_SEALED_MORE = 28  # bytes of nonce and tag
_WARM = 12  # of each side before the first that counts: plans are prepared by then


def measure(bench: Bench) -> list[Figure]:
    cases, tenants, rounds = bench.pick((100_000, 50, 1000), (10_000, 50, 400), (200, 5, 5))
    installation = bench.installation("rls", "ready_line")
    with ReadyClinic.opened(installation) as clinic:
        queries = recorded(clinic)
    bench.tell(f"rls: filling {cases:,} cases over {tenants} tenants (a minute or two)")
    visits = _filled(installation, cases, tenants, rounds + _WARM)
    with _sides(installation) as sides:
        figures = []
        for name, statements in queries.items():
            bench.tell(f"rls: {name}, {rounds} times each way")
            figures.append(_figure(name, _raced(sides, statements, visits), cases, tenants))
            whole = replace(sides[0], opener=Opener()), replace(sides[1], plain=True)
            figures.append(_figure_in_all(name, _raced(whole, statements, visits)))
    return figures


def _filled(installation: Installation, cases: int, tenants: int, wanted: int) -> list[Visit]:
    """Some of the filled cases, at random."""
    script = _FILL.read_text(encoding="utf-8").format(cases=cases, tenants=tenants)
    with psycopg.connect(installation.admin_dsn, autocommit=True) as connection:
        connection.execute(script.encode())
        connection.execute("vacuum (analyze)")
        rows = connection.execute(
            """select tenant_id, encounter_id, source_id, case_id, patient_id
               from public.bench_visit order by random() limit %s""",
            (wanted,),
        ).fetchall()
    return [Visit(*row) for row in rows]


@dataclass
class Opener:
    """Decrypts as much as was read: the filled tables hold noise of the true sizes.

    For each value a sealed one of the same size is opened, by the product's own codec.
    """

    cipher: TenantCipher = field(default_factory=lambda: TenantCipher(new_key(), TenantId(fresh())))
    sealed: dict[int, bytes] = field(default_factory=dict)

    def like(self, rows: Sequence[Sequence[object]]) -> list[bytes]:
        sizes = [len(value) for row in rows for value in row if isinstance(value, bytes)]
        for size in sizes:
            if size not in self.sealed:
                content = bytes(max(size - _SEALED_MORE, 0))
                self.sealed[size] = self.cipher.seal("bench", content)
        return [self.sealed[size] for size in sizes]

    def open(self, sealed: list[bytes]) -> None:
        for each in sealed:
            self.cipher.open("bench", each)


@dataclass
class _Side:
    """One role's way to ask, and the seconds it took.

    Both sides share one server process: two would lie on cores that are busy unequally.
    """

    connection: psycopg.Connection
    role: sql.Identifier
    key: TicketKey
    policies: bool
    plain: bool = False  # no ticket, and no keys are asked for
    opener: Opener | None = None
    frames: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)

    def ask(self, statements: tuple[Statement, ...], visit: Visit) -> int:
        """In a transaction as storage.database opens it; the number of rows."""
        asked = [
            (each.bound(visit, policies=self.policies), each.of_keys)
            for each in statements
            if not (self.plain and each.of_keys)
        ]
        rows, read = 0, []
        self.connection.execute(sql.SQL("set role {}").format(self.role))
        self.connection.commit()
        started = time.perf_counter()
        self._begin(visit)
        begun = time.perf_counter()
        for (query, values), of_keys in asked:
            found = self.connection.execute(query.encode(), values).fetchall()
            rows += 0 if of_keys else len(found)
            read += found
        self.alone.append(time.perf_counter() - begun)
        self.connection.commit()
        taken = time.perf_counter() - started
        self.frames.append(taken + self._opening(read))
        return rows

    def _opening(self, read: list[tuple[object, ...]]) -> float:
        """Seconds to decrypt as much as was read."""
        if self.opener is None:
            return 0.0
        sealed = self.opener.like(read)
        started = time.perf_counter()
        self.opener.open(sealed)
        return time.perf_counter() - started

    def _begin(self, visit: Visit) -> None:
        """A ticket on both sides, where the policies' own cost is asked for."""
        if self.plain:
            return
        ticket = self.key.ticket(TenantId(visit.tenant), time.time())
        self.connection.execute(BEGIN, ("web", ticket)).fetchone()


def _raced(
    sides: tuple[_Side, _Side], statements: tuple[Statement, ...], visits: list[Visit]
) -> tuple[_Side, _Side]:
    """Each case is asked for by both, now by one first and now by the other."""
    under, free = (replace(side, frames=[], alone=[]) for side in sides)
    for number, visit in enumerate(visits):
        if number == _WARM:
            for side in (under, free):
                side.frames.clear()
                side.alone.clear()
        first, second = (under, free) if number % 2 else (free, under)
        if first.ask(statements, visit) != second.ask(statements, visit):
            raise EngineFailed("The two sides do not read the same rows.")
    return under, free


def _figure(name: str, raced: tuple[_Side, _Side], cases: int, tenants: int) -> Figure:
    under, free = raced
    return Figure.at_most(
        f"Row-level security: {name}, with / without policies",
        _of_pairs(under.frames, free.frames),
        "",
        GOAL,
        f"medians {_ms(under.frames)} / {_ms(free.frames)} ms a transaction"
        f" = {_ratio(under.frames, free.frames)}; statements alone"
        f" {_ms(under.alone)} / {_ms(free.alone)} ms, of pairs"
        f" {_of_pairs(under.alone, free.alone):.3f};"
        f" n = {len(under.frames)}; {cases:,} cases, {tenants} tenants",
    )


def _figure_in_all(name: str, raced: tuple[_Side, _Side]) -> Figure:
    whole, plain = raced
    return Figure.at_most(
        f"All together: {name}, with ticket, policies and decryption / plain tables",
        _of_pairs(whole.frames, plain.frames),
        "",
        GOAL_IN_ALL,
        f"medians {_ms(whole.frames)} / {_ms(plain.frames)} ms a transaction"
        f" = {_ratio(whole.frames, plain.frames)}; n = {len(whole.frames)}",
    )


def _ms(seconds: list[float]) -> str:
    return f"{1000 * median(seconds):.2f}"


def _ratio(one: list[float], other: list[float]) -> str:
    return f"{median(one) / median(other):.3f}"


def _of_pairs(one: list[float], other: list[float]) -> float:
    """The median of the ratios of neighbours in time: steadier than that of the medians."""
    return float(np.median(np.array(one) / np.array(other)))


@contextmanager
def _sides(installation: Installation) -> Iterator[tuple[_Side, _Side]]:
    """Both roles inherit the web's rights; one is exempt from the policies."""
    under, free = (f"bench_{name}_{secrets.token_hex(4)}" for name in ("under", "free"))
    key = TicketKey.of(installation.settings("web").key("ticket_key_file"))
    with psycopg.connect(installation.admin_dsn) as connection:
        _make(connection, under, "nobypassrls")
        _make(connection, free, "bypassrls")
        connection.commit()
        try:
            yield (
                _Side(connection, sql.Identifier(under), key, policies=True),
                _Side(connection, sql.Identifier(free), key, policies=False),
            )
        finally:
            connection.rollback()
            connection.execute("reset role")
            for role in (under, free):
                connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def _make(connection: psycopg.Connection, role: str, exempt: str) -> None:
    connection.execute(
        sql.SQL("create role {} {} in role attending_web").format(
            sql.Identifier(role), sql.SQL(exempt)
        )
    )
