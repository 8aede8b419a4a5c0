"""Transactions of one tenant over a pool of connections of one role."""

from __future__ import annotations

import logging
import re
import select
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from attending.adapters.storage.answers import AnswersTable
from attending.adapters.storage.captures import CaptureTables
from attending.adapters.storage.cases import CaseTables
from attending.adapters.storage.codec import TenantCipher
from attending.adapters.storage.failures import FailureTable
from attending.adapters.storage.guarding import GuardTables
from attending.adapters.storage.intake import IntakeTables
from attending.adapters.storage.keys import Keys
from attending.adapters.storage.learning import LearningTables
from attending.adapters.storage.passkeys import PasskeyTable
from attending.adapters.storage.pauses import PauseTables
from attending.adapters.storage.people import PeopleTables
from attending.adapters.storage.queue import queue_of
from attending.adapters.storage.registry import RegistryTables
from attending.adapters.storage.sessions import SessionTable
from attending.adapters.storage.signing import SigningTables
from attending.adapters.storage.tickets import TicketKey
from attending.adapters.storage.timeline import TimelineTables
from attending.adapters.storage.trail import TrailTables
from attending.adapters.storage.trust import TrustTable
from attending.adapters.storage.waiting import WaitingJobs
from attending.adapters.storage.worklist import WorklistTables
from attending.core.errors import AttendingError, Conflict, NotFound, Paused, StorageUnavailable
from attending.core.ids import CaptureId, CaseId, PatientId, SourceId, TenantId
from attending.core.work import Job, Step

_log = logging.getLogger(__name__)

Row = dict[str, Any]
Connection = psycopg.Connection[Row]

# Raised by our triggers when a state, version, view or signature does not allow a step.
_RULES = {f"AT{number:03}" for number in range(1, 100)}
_PAUSED = "AT040"  # its detail is the pause's id
_STANDS = re.compile(r"([a-z_]+) ([0-9]+)")  # the detail of a rule
NOW = timedelta(0)
_NEEDS_KEY = {Step.DECODE, Step.INFER, Step.PROPOSE}  # of the patient whose source it is

# For whom, and by whom. Both end with the transaction.
# Psycopg prepares statements by the protocol: one that was prepared by SQL was planted,
# perhaps under the name of one of ours, to run for whichever tenant comes next. So this
# one, which looks for them, is never prepared itself.
BEGIN = """select pg_catalog.set_config('attending.actor', %s, true),
  attending.enter(%s) as tenant,
  exists (select from pg_catalog.pg_prepared_statement() where from_sql) as planted"""
_AUDIT = "select attending.audit(%s, %s, %s, %s)"
# A transaction by itself: nothing is written where a statement was planted, or for nobody.
_LONE = """select case
  when exists (select from pg_catalog.pg_prepared_statement() where from_sql) then null
  when attending.enter(%s) = %s then attending.audit(%s, %s, %s, %s) end as seq"""

# A process that is paused inside a transaction keeps its locks no longer than the first,
# and whoever waits for one is told so after the second.
_LIMITS = "-c idle_in_transaction_session_timeout=10s -c lock_timeout=15s"


@dataclass
class TenantUnit:
    """Implements ``core.ports.Unit`` over one open transaction."""

    connection: Connection
    tenant: TenantId
    keys: Keys
    _ciphers: dict[PatientId, TenantCipher] = field(default_factory=dict)
    _entries: list[tuple[str, str, str, Jsonb]] = field(default_factory=list)  # of the audit

    @cached_property
    def people(self) -> PeopleTables:
        return PeopleTables(self)

    @cached_property
    def intake(self) -> IntakeTables:
        return IntakeTables(self)

    @cached_property
    def captures(self) -> CaptureTables:
        return CaptureTables(self)

    @cached_property
    def cases(self) -> CaseTables:
        return CaseTables(self)

    @cached_property
    def worklist(self) -> WorklistTables:
        return WorklistTables(self)

    @cached_property
    def signing(self) -> SigningTables:
        return SigningTables(self)

    @cached_property
    def failures(self) -> FailureTable:
        return FailureTable(self)

    @cached_property
    def pauses(self) -> PauseTables:
        return PauseTables(self)

    @cached_property
    def registry(self) -> RegistryTables:
        return RegistryTables(self)

    @cached_property
    def guards(self) -> GuardTables:
        return GuardTables(self)

    @cached_property
    def learning(self) -> LearningTables:
        return LearningTables(self)

    @cached_property
    def trust(self) -> TrustTable:
        return TrustTable(self)

    @cached_property
    def queue(self) -> WaitingJobs:
        return WaitingJobs(self)

    @cached_property
    def timeline(self) -> TimelineTables:
        return TimelineTables(self)

    @cached_property
    def answers(self) -> AnswersTable:
        return AnswersTable(self)

    @cached_property
    def sessions(self) -> SessionTable:
        return SessionTable(self)

    @cached_property
    def passkeys(self) -> PasskeyTable:
        return PasskeyTable(self)

    @cached_property
    def trail(self) -> TrailTables:
        return TrailTables(self)

    def one(self, query: str, *values: object) -> Row:
        """The single row, or NotFound: absent and another tenant's look the same."""
        row = self.maybe(query, *values)
        if row is None:
            raise NotFound("There is no such resource.")
        return row

    def maybe(self, query: str, *values: object) -> Row | None:
        return self.connection.execute(query, values).fetchone()

    def all(self, query: str, *values: object) -> list[Row]:
        return self.connection.execute(query, values).fetchall()

    def run(self, query: str, *values: object) -> int:
        """Rows affected."""
        return self.connection.execute(query, values).rowcount

    def hold(self, *name: object) -> None:
        """Whoever else holds this name in the tenant waits until we have committed."""
        place = "/".join(map(str, (self.tenant, *name)))
        self.run("select pg_advisory_xact_lock(hashtextextended(%s, 0))", place)

    def share(self, *name: object) -> None:
        """Waits for whoever holds this name, not for those who share it; then they wait."""
        place = "/".join(map(str, (self.tenant, *name)))
        self.run("select pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", place)

    @cached_property
    def clinic_cipher(self) -> TenantCipher:
        """Of what is the tenant's and of no patient."""
        return TenantCipher(self.keys.clinic(self), self.tenant)

    def cipher(self, patient: PatientId) -> TenantCipher:
        """Under the patient's key. Raises KeyMissing if this process was not given it."""
        return self.ciphers((patient,))[patient]

    def ciphers(self, patients: Collection[PatientId]) -> Mapping[PatientId, TenantCipher]:
        """The same for many, of whom the keys are read in one statement."""
        missing = [patient for patient in patients if patient not in self._ciphers]
        if missing:
            for patient, key in self.keys.patients(self, missing).items():
                self._ciphers[patient] = TenantCipher(key, self.tenant)
        return self._ciphers

    def enqueue(self, job: Job, delay: timedelta = NOW) -> None:
        if job.step is Step.LISTEN:
            self.keys.hand_over_capture(self, CaptureId(job.subject))
        if job.step in _NEEDS_KEY:
            self.keys.hand_over(self, self._source_of(job))
        self.run(
            "select queue.enqueue(%s, %s, %s, %s, %s, %s)",
            job.step,
            queue_of(job.step),
            job.tenant,
            job.subject,
            job.version,
            delay,
        )

    def _source_of(self, job: Job) -> SourceId:
        if job.step is Step.DECODE:
            return SourceId(job.subject)
        return self.cases.head(CaseId(job.subject)).source

    def audit(self, actor: str, action: str, subject: object, **detail: object) -> None:
        """Written when the transaction ends, with its commit."""
        self._entries.append((actor, action, str(subject), Jsonb(detail)))

    def commit(self) -> None:
        """In one round trip with the audit entries: their head is locked no longer than that."""
        with self.connection.pipeline():
            for entry in self._entries:
                self.connection.execute(_AUDIT, entry)
            self.connection.commit()


@dataclass(frozen=True)
class Database:
    """Implements ``core.ports.Storage`` for one database role."""

    pool: ConnectionPool[Connection]
    keys: Keys
    ticket_key: TicketKey

    @classmethod
    def connect(cls, dsn: str, keys: Keys, ticket_key: bytes, size: int = 8) -> Database:
        """ticket_key: this role's own. size: connections of this process at most."""
        pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            min_size=1,
            max_size=size,
            kwargs={"row_factory": dict_row, "options": _LIMITS},
            timeout=15,
            check=_check,
            open=True,
        )
        return cls(pool, keys, TicketKey.of(ticket_key))

    @contextmanager
    def transaction(self, tenant: TenantId, actor: str) -> Iterator[TenantUnit]:
        """Everything done through the unit commits together, or not at all.

        Raises Conflict for a rule of the database that a step would break, and
        StorageUnavailable if the database is away, a lock is held too long, or the
        database does not accept our ticket.
        """
        try:
            with self._begun(tenant, actor) as connection:
                unit = TenantUnit(connection, tenant, self.keys)
                yield unit
                unit.commit()
        except psycopg.Error as error:
            told = _told(error)
            if told is None:
                raise
            raise told from error

    def note(
        self, tenant: TenantId, actor: str, action: str, subject: object, **detail: object
    ) -> None:
        """An audit entry that goes with no other change: committed in one round trip.

        Raises StorageUnavailable like ``transaction``.
        """
        ticket = self.ticket_key.ticket(tenant, time.time())
        values = (ticket, tenant, actor, action, str(subject), Jsonb(detail))
        try:
            with self.pool.connection() as connection:
                connection.autocommit = True
                written = connection.execute(_LONE, values, prepare=False).fetchone()
                connection.autocommit = False
                if written is None or written["seq"] is None:
                    connection.close()  # if it was tampered with, nobody gets it again
                    raise _refused()
        except psycopg.Error as error:
            told = _told(error)
            if told is None:
                raise
            raise told from error

    @contextmanager
    def _begun(self, tenant: TenantId, actor: str) -> Iterator[Connection]:
        """A connection that is as we left it, in a transaction of the tenant."""
        for _ in range(self.pool.max_size + 1):
            with self.pool.connection() as connection:
                if self._begin(connection, tenant, actor):
                    yield connection
                    return
        raise StorageUnavailable("No connection is as we left it.")

    def _begin(self, connection: Connection, tenant: TenantId, actor: str) -> bool:
        """False if the connection was tampered with: it is closed, and the pool drops it."""
        ticket = self.ticket_key.ticket(tenant, time.time())
        with connection.pipeline():
            cursor = connection.execute(BEGIN, (actor, ticket), prepare=False)
            begun = cursor.fetchone()
        if begun is not None and begun["planted"]:
            connection.close()
            _log.error("a statement was planted in a connection: SQL had been injected before")
            return False
        if begun is None or begun["tenant"] != tenant:
            raise _refused()
        return True

    def close(self) -> None:
        self.pool.close()


def _check(connection: Connection) -> None:
    """Before each use, without a round trip: the pool drops the connection if this raises.

    A server says nothing unasked, but that it ends.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        connection.close()
        raise psycopg.OperationalError("the connection was lost")


def _refused() -> StorageUnavailable:
    return StorageUnavailable(
        "The database does not accept the tickets of this process.",
        remedy="Compare ATTENDING_TICKET_KEY_FILE with the keys that `attending migrate`"
        " was given, and the clocks of both machines.",
    )


def _stands(detail: str) -> dict[str, Any]:
    """Present state and version of what was refused, where the rule tells them."""
    found = _STANDS.fullmatch(detail)
    return {"state": found[1], "version": int(found[2])} if found else {}


def _told(error: psycopg.Error) -> AttendingError | None:
    """The error in our own words, or None for one that nobody foresaw."""
    if error.sqlstate == _PAUSED:
        return Paused("The line, or a model, is paused.", pause=error.diag.message_detail)
    if error.sqlstate in _RULES:
        return Conflict(
            "The database refused the step: the state does not allow it.",
            rule=error.sqlstate,
            **_stands(error.diag.message_detail or ""),
        )
    if isinstance(error, psycopg.OperationalError):  # lost, refused, no connection, lock timeout
        return StorageUnavailable("The database cannot be used now.")
    return None
