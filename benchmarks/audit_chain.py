"""How fast the audit chain is written, and how fast it is verified from its beginning."""

from __future__ import annotations

import time

import psycopg
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from attending import app
from attending.adapters.storage import audit
from attending.adapters.storage.database import Database
from attending.adapters.storage.tickets import TicketKey
from attending.core.errors import EngineFailed
from attending.core.ids import TenantId
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median, spread

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
    rows, rounds = bench.pick((200_000, 3), (50_000, 3), (500, 1))
    installation = bench.installation("audit", "ready_line")
    installation.prepare()
    bench.tell(f"audit: writing {rows} entries")
    written = _fill(installation, rows)
    bench.tell(f"audit: verifying {rows} entries")
    verified = [_verified(installation, rows) for _ in range(rounds)]
    return [
        Figure(
            "Audit: entries verified per second",
            median(verified),
            "/s",
            f"a chain of {rows:,}, the whole of it, with a checkpoint; {spread(verified)}",
        ),
        Figure(
            "Audit: entries written per second, one tenant, one writer",
            written,
            "/s",
            "inside the database, 50 to a transaction: the chain alone, without its commits",
        ),
    ]


def _fill(installation: Installation, rows: int) -> float:
    """Entries per second."""
    settings = installation.settings("web")
    key = TicketKey.of(settings.key("ticket_key_file"))
    ticket = key.ticket(installation.tenant, time.time())
    started = time.perf_counter()
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(_FILL.format(rows=rows, ticket=ticket).encode())
    return rows / (time.perf_counter() - started)


def _verified(installation: Installation, rows: int) -> float:
    """Entries per second. Raises EngineFailed if the chain does not hold."""
    settings = installation.settings("web")
    tenant = installation.tenant
    database = app.connect("web", settings)
    try:
        _checkpoint(installation, database, tenant)
        points = audit.read_checkpoints(installation.checkpoints, tenant)
        key = load_pem_public_key(installation.checkpoint_public_key.read_bytes())
        verdict = audit.verify(database, tenant, points, key)  # type: ignore[arg-type]
    finally:
        database.close()
    if verdict.problems or verdict.entries < rows:
        raise EngineFailed("The chain of the measurement does not hold.")
    return verdict.entries / verdict.seconds


def _checkpoint(installation: Installation, database: Database, tenant: TenantId) -> None:
    key = audit.load_private_key(installation.home / "checkpoint.pem")
    audit.FileCheckpoints(database, installation.checkpoints, key).record(tenant)
