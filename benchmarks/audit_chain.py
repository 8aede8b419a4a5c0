"""How fast the audit history is written, and how fast it is verified from its beginning."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from uuid import uuid4

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attending import app
from attending.adapters.storage import audit
from attending.adapters.storage.checkpoints import (
    key_id,
    load_private_key,
    load_public_key,
    read_checkpoints,
)
from attending.adapters.storage.tickets import TicketKey
from attending.core.checkpoint import WRITTEN, Checkpoint
from attending.core.errors import EngineFailed
from attending.core.ids import TenantId
from attending.core.merkle import Frontier, leaf_hash
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median, spread

PER_SIGNATURE = 70  # entries; a case has 14, so that this is five cases to a delivery
_LIMIT = 10.0  # seconds for a million entries

# As a decision writes them, 50 to a transaction.
_FILL = """
do $$ begin
  for number in 1..{rows} loop
    perform attending.enter('{ticket}');
    perform attending.audit(
      gen_random_uuid()::text, 'section.accept', gen_random_uuid()::text,
      jsonb_build_object('section', 'history_of_present_illness', 'version', number));
    if number % 50 = 0 then commit; end if;
  end loop;
end $$
"""


def measure(bench: Bench) -> list[Figure]:
    rows, written, rounds = bench.pick((1_000_000, 50_000, 3), (200_000, 10_000, 3), (500, 100, 1))
    installation = bench.installation("audit", "ready_line")
    installation.prepare()
    bench.tell(f"audit: writing {written} entries")
    rate = _written(installation, written)
    bench.tell(f"audit: laying down {rows} entries")
    points = _lay_down(installation, rows)
    bench.tell(f"audit: verifying {rows} entries")
    took = [_verified(installation, rows) for _ in range(rounds)]
    wall, processor = zip(*took, strict=True)
    return [
        Figure.at_most(
            "Audit: a million entries verified",
            median(wall) * 1_000_000 / rows,
            "s",
            _LIMIT,
            f"chain, tree and {points:,} checkpoints over {rows:,} entries;"
            f" {spread(wall)}; {median(processor) * 1_000_000 / rows:.1f} s of the verifier's"
            " own processor time, the rest is the database's and waiting",
        ),
        Figure(
            "Audit: entries written per second, one tenant, one writer",
            rate,
            "/s",
            "inside the database, 50 to a transaction: chain and tree, without most commits",
        ),
    ]


def _written(installation: Installation, rows: int) -> float:
    """Entries per second."""
    settings = installation.settings("web")
    key = TicketKey.of(settings.key("ticket_key_file"))
    ticket = key.ticket(installation.tenant, time.time())
    started = time.perf_counter()
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(_FILL.format(rows=rows, ticket=ticket).encode())
    return rows / (time.perf_counter() - started)


def _lay_down(installation: Installation, rows: int) -> int:
    """A whole history in place of the tenant's own, and its checkpoints; how many of these.

    A superuser's work, and what the function would have written: the verifier says so.
    """
    tenant = installation.tenant
    with psycopg.connect(installation.admin_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        for table in ("audit_log", "audit_heads"):
            connection.execute(
                f"delete from attending.{table} where tenant_id = %s".encode(), (tenant,)
            )
        laid = _History(tenant, load_private_key(installation.home / "checkpoint.pem"))
        copying = "copy attending.audit_log (tenant_id, seq, entry, hash) from stdin"
        with connection.cursor() as cursor, cursor.copy(copying) as copy:
            for row in laid.rows(rows):
                copy.write_row(row)
        connection.execute(
            "insert into attending.audit_heads (tenant_id, seq, hash, peaks)"
            " values (%s, %s, %s, %s)",
            (tenant, rows, laid.chain, laid.tree.peaks),
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze attending.audit_log")
    installation.checkpoints.mkdir(exist_ok=True)
    path = installation.checkpoints / f"{tenant}.jsonl"
    path.write_text("".join(f"{point.line()}\n" for point in laid.points))
    return len(laid.points)


class _History:
    def __init__(self, tenant: TenantId, key: Ed25519PrivateKey) -> None:
        self.tenant, self.key = tenant, key
        self.chain = hashlib.sha256(str(tenant).encode()).digest()
        self.tree = Frontier()
        self.points: list[Checkpoint] = []

    def rows(self, number: int) -> Iterator[tuple[TenantId, int, str, bytes]]:
        actor, subject = uuid4(), uuid4()
        for seq in range(1, number + 1):
            follows = seq % PER_SIGNATURE == 0
            if follows:
                self._checkpoint()
            action = WRITTEN if follows else "section.accept"
            entry = (
                f'{{"at": "2026-11-21T10:00:00.123456+00:00", "seq": {seq}, "role":'
                f' "attending_web", "actor": "{actor}", "action": "{action}", "detail":'
                f' {{"section": "history_of_present_illness", "checkpoint": {seq - 1}}},'
                f' "subject": "{subject}"}}'
            )
            leaf = leaf_hash(entry.encode())
            self.chain = hashlib.sha256(self.chain + leaf).digest()
            self.tree.append(leaf)
            yield self.tenant, seq, entry, self.chain

    def _checkpoint(self) -> None:
        bare = Checkpoint(
            tenant=str(self.tenant),
            size=self.tree.size,
            root=self.tree.root().hex(),
            chain=self.chain.hex(),
            at="2026-11-21T10:00:00+00:00",
            previous=self.points[-1].name if self.points else "",
            key=key_id(self.key.public_key()),
        )
        signature = self.key.sign(bare.signed_bytes()).hex()
        self.points.append(replace(bare, signature=signature))


def _verified(installation: Installation, rows: int) -> tuple[float, float]:
    """Seconds, by the clock and of this process. Raises EngineFailed if it does not hold."""
    settings = installation.settings("web")
    tenant = installation.tenant
    database = app.connect("web", settings)
    began = time.process_time()
    try:
        kept = partial(read_checkpoints, installation.checkpoints, tenant)
        key = load_public_key(installation.checkpoint_public_key)
        verdict = audit.verify(database, tenant, kept, key)
    finally:
        database.close()
    if verdict.problems or verdict.entries != rows:
        raise EngineFailed("The history of the measurement does not hold.")
    return verdict.seconds, time.process_time() - began
