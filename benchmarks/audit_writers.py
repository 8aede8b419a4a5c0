"""How many audited transactions a second eight tenants get through together.

Eight processes, one writer and one tenant each, under the web role and by the
application's own path (``Database.note``): a ticket opens the transaction, the event joins
chain and tree, the commit is durable. Meanwhile the releaser signs a checkpoint of each tenant every
second. Beside it, in turns, a bare chain: one call of a function that locks the head row,
hashes and commits; no ticket, no row security, no tree, no checkpoint.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.pool import Pool
from uuid import UUID, uuid4

import psycopg

from attending.adapters.storage import enrol
from attending.adapters.storage.checkpoints import (
    FileCheckpoints,
    load_private_key,
)
from attending.adapters.storage.database import Database
from attending.adapters.storage.keys import NoKeys
from attending.core.ids import TenantId
from attending.core.work import Tenant
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median, spread

Work = Callable[["Way", UUID, float], int]

WRITERS = 8
GOAL = 2500
_BARE = """
create schema bare;
create table bare.heads (tenant uuid primary key, seq bigint not null, hash bytea not null);
create table bare.log (tenant uuid, seq bigint, entry text, hash bytea, primary key (tenant, seq));
create function bare.append(to_tenant uuid, entry text) returns bigint language plpgsql as $$
declare head bare.heads; hashed bytea;
begin
  select * into strict head from bare.heads where tenant = to_tenant for update;
  hashed := sha256(head.hash || convert_to(entry, 'UTF8'));
  insert into bare.log values (to_tenant, head.seq + 1, entry, hashed);
  update bare.heads set seq = head.seq + 1, hash = hashed where tenant = to_tenant;
  return head.seq + 1;
end $$;
"""


@dataclass(frozen=True)
class Way:
    """What a writer needs to know; it goes to another process."""

    database_url: str
    admin_dsn: str
    ticket_key: bytes


def noted(way: Way, tenant: UUID, until: float) -> int:
    """Events that one writer commits until then (seconds since 1970), by themselves."""
    database = Database.connect(way.database_url, NoKeys(), way.ticket_key, 1)
    subject, done = uuid4(), 0
    while time.time() < until:
        database.note(
            TenantId(tenant), "bench", "section.accept", subject, section="history", version=done
        )
        done += 1
    database.close()
    return done


def audited(way: Way, tenant: UUID, until: float) -> int:
    """The same as the only act of a transaction that could hold others."""
    database = Database.connect(way.database_url, NoKeys(), way.ticket_key, 1)
    subject, done = uuid4(), 0
    while time.time() < until:
        with database.transaction(TenantId(tenant), "bench") as unit:
            unit.audit("bench", "section.accept", subject, section="history", version=done)
        done += 1
    database.close()
    return done


def bare(way: Way, tenant: UUID, until: float) -> int:
    entry = '{"at": "2026-11-21T10:00:00.000000+00:00", "seq": 1, "role": "attending_web"}' * 3
    done = 0
    with psycopg.connect(way.admin_dsn, autocommit=True) as connection:
        while time.time() < until:
            connection.execute("select bare.append(%s, %s)", (tenant, entry))
            done += 1
    return done


def measure(bench: Bench) -> list[Figure]:
    seconds, rounds = bench.pick((10.0, 3), (4.0, 3), (0.3, 1))
    installation = bench.installation("writers", "ready_line")
    installation.prepare()
    tenants = _tenants(installation)
    settings = installation.settings("web")
    way = Way(
        settings.database_url,
        installation.admin_dsn,
        settings.key("ticket_key_file"),
    )
    ours, theirs, wholes = [], [], []
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        pool.map(_ready, [time.time() + 1.0] * WRITERS, 1)
        for turn in range(rounds):
            bench.tell(f"audit writers: turn {turn + 1} of {rounds}")
            theirs.append(_rate(pool, bare, way, tenants, seconds))
            signing = _Checkpointing(installation, tenants)
            signing.start()
            ours.append(_rate(pool, noted, way, tenants, seconds))
            wholes.append(_rate(pool, audited, way, tenants, seconds))
            made = signing.end()
    ratio = median([one / other for one, other in zip(ours, theirs, strict=True)])
    return [
        Figure(
            "Audit: signed events committed per second, 8 tenants",
            median(ours),
            "/s",
            f"one writer each; {made} checkpoints in the last turn; {spread(ours)}",
            f"≥ {GOAL:,} /s",
            median(ours) >= GOAL,
        ),
        Figure(
            "Audit: the same as an act of a longer transaction",
            median(wholes),
            "/s",
            f"two round trips in place of one; {spread(wholes)}",
        ),
        Figure("Audit: a bare chain in the same minutes", median(theirs), "/s", spread(theirs)),
        Figure("Audit: signed events, as a part of the bare chain's", ratio, "times"),
    ]


def _tenants(installation: Installation) -> list[UUID]:
    made = [uuid4() for _ in range(WRITERS)]
    master = installation.settings("web").key("master_key_file")
    for number, each in enumerate(made):
        clinic = Tenant(TenantId(each), f"Clinic {number}", demo=True)
        enrol.add_tenant(installation.admin_dsn, clinic, master)
    with psycopg.connect(installation.admin_dsn) as connection:
        connection.execute(_BARE.encode())
        for tenant in made:
            connection.execute("insert into bare.heads values (%s, 0, '')", (tenant,))
    return made


def _rate(pool: Pool, work: Work, way: Way, tenants: list[UUID], seconds: float) -> float:
    """Commits per second of all writers together, from the first to the last."""
    began = time.time()
    done = pool.starmap(work, [(way, tenant, began + seconds) for tenant in tenants], 1)
    return sum(done) / (time.time() - began)


def _ready(until: float) -> None:
    """Until then every process has been started, and has one of these."""
    time.sleep(max(0.0, until - time.time()))


class _Checkpointing(threading.Thread):
    """The releaser's part: every tenant's head signed and synced, once a second."""

    def __init__(self, installation: Installation, tenants: list[UUID]) -> None:
        super().__init__()
        settings = installation.settings("releaser")
        self.database = Database.connect(
            settings.database_url, NoKeys(), settings.key("ticket_key_file"), 1
        )
        key = load_private_key(installation.home / "checkpoint.pem")
        self.checkpoints = FileCheckpoints(self.database, installation.checkpoints, key)
        self.tenants = tenants
        self.stopping, self.made = threading.Event(), 0

    def run(self) -> None:
        while not self.stopping.wait(1.0):
            for tenant in self.tenants:
                self.checkpoints.record(TenantId(tenant))
                self.made += 1

    def end(self) -> int:
        self.stopping.set()
        self.join()
        self.database.close()
        return self.made
