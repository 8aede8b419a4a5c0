"""A ticket that the process did not make for this role, tenant and time opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attending import app
from attending.adapters.storage import tickets
from attending.adapters.storage.database import Database
from attending.adapters.storage.tickets import LIFETIME, TicketKey
from attending.core.errors import Misconfigured, StorageUnavailable
from attending.core.ids import TenantId
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected, tenants_seen, ticket_of
from tests.attacks.stories import Story
from tests.clinic import PROCESSES, Clinic

Connection = psycopg.Connection[Any]
ROLES = (*APP_ROLES, "attending_queue", "attending_owner")
REFUSED = "42501"
PLACE = "backtrace_functions"  # where the tenant stands


def secret(clinic: Clinic, process: str = "web") -> bytes:
    return clinic.installation.settings(process).key("ticket_key_file")


def holds(db: Connection, text: str) -> Any:
    """The tenant for whom the database acts on a ticket."""
    entered = db.execute("select attending.enter(%s)", (text,)).fetchone()
    tenant = db.execute("select attending.tenant()").fetchone()
    assert entered is not None
    assert entered == tenant
    return entered[0]


@pytest.fixture(scope="module")
def web(ours: Story, theirs: Story) -> Iterator[Connection]:
    """The web role's session, in the hands of somebody at the neighbour's."""
    with connected(theirs.clinic, "attending_web") as db:
        yield db


# Of a right ticket of the neighbour, what an attacker makes to read our rows.
Forger = Callable[[Story, Story], str]


def _under(key: bytes, said: str) -> str:
    return f"{said}.{hmac.digest(key, said.encode(), 'sha256').hex()}"


def _said(story: Story, key_id: str) -> str:
    return f"{key_id}.{story.clinic.tenant}.{int(time.time()) + 60}"


def _other_tenant(ours: Story, theirs: Story) -> str:
    mine = ticket_of(theirs.clinic)
    return mine.replace(str(theirs.clinic.tenant), str(ours.clinic.tenant))


def _later(ours: Story, theirs: Story) -> str:
    key, tenant, expires, mac = ticket_of(ours.clinic, ago=600).split(".")
    return f"{key}.{tenant}.{int(expires) + 600}.{mac}"


def _own_key(ours: Story, theirs: Story) -> str:
    key = secrets.token_bytes(32)
    return _under(key, _said(ours, TicketKey.of(key).id))


def _own_key_under_a_known_id(ours: Story, theirs: Story) -> str:
    known = TicketKey.of(secret(ours.clinic)).id
    return _under(secrets.token_bytes(32), _said(ours, known))


def _empty_key(ours: Story, theirs: Story) -> str:
    return _under(b"", _said(ours, ""))


def _hash_alone(ours: Story, theirs: Story) -> str:
    said = _said(ours, TicketKey.of(secret(ours.clinic)).id)
    return f"{said}.{hashlib.sha256(said.encode()).hexdigest()}"


FORGERIES: dict[str, Forger] = {
    "the MAC of nothing": lambda ours, _: ticket_of(ours.clinic)[:-64] + "0" * 64,
    "our name with their MAC": _other_tenant,
    "an old one with a later end": _later,
    "a key of the attacker's": _own_key,
    "such a key under a known id": _own_key_under_a_known_id,
    "no key": _empty_key,
    "a hash without a key": _hash_alone,
    "cut by one": lambda ours, _: ticket_of(ours.clinic)[:-1],
    "without its MAC": lambda ours, _: ticket_of(ours.clinic)[:-65],
    "without its dot": lambda ours, _: "".join(ticket_of(ours.clinic).rsplit(".", 1)),
    "longer by one": lambda ours, _: ticket_of(ours.clinic) + "0",
    "a line longer": lambda ours, _: ticket_of(ours.clinic) + "\n",
    "in capitals": lambda ours, _: ticket_of(ours.clinic).upper(),
    "the releaser's": lambda ours, _: ticket_of(ours.clinic, "attending_releaser"),
    "the inference process's": lambda ours, _: ticket_of(ours.clinic, "attending_inference"),
    "empty": lambda *_: "",
    "a dot": lambda *_: ".",
    "dots": lambda *_: "..." * 40,
    "the tenant": lambda ours, _: str(ours.clinic.tenant),
    "garbage": lambda *_: "\\x00'; select 'é",
}


def test_a_right_ticket_opens_its_tenant_alone(web: Connection, ours: Story, theirs: Story) -> None:
    for story in (ours, theirs):
        with web.transaction(force_rollback=True):
            assert holds(web, ticket_of(story.clinic)) == story.clinic.tenant
            assert tenants_seen(web) == {story.clinic.tenant}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_ticket_opens_nothing(
    web: Connection, ours: Story, theirs: Story, name: str
) -> None:
    with web.transaction(force_rollback=True):
        assert holds(web, FORGERIES[name](ours, theirs)) is None
        assert tenants_seen(web) == set()
        wrote = _writes(web, ours.clinic.tenant)
        assert wrote == {"row": REFUSED, "audit": REFUSED, "job": "AT015"}


def test_without_any_ticket_nothing_is_opened(ours: Story) -> None:
    with connected(ours.clinic, "attending_web") as db:
        assert tenants_seen(db) == set()
        db.execute("select set_config('attending.tenant', %s, true)", (str(ours.clinic.tenant),))
        assert tenants_seen(db) == set()
        assert _outcome(db, "select queue.enqueue('decode', 'q', null, null, 1, null)") == "AT015"


def _writes(db: Connection, tenant: TenantId) -> dict[str, str]:
    """How each way to write for a tenant ends."""
    ways = {
        "row": (
            f"insert into attending.consents (tenant_id, id, patient_id, purpose, granted,"
            f" principal_id) values ('{tenant}', '{uuid4()}', '{uuid4()}', 'record', true,"
            f" '{uuid4()}')"
        ),
        "audit": "select attending.audit('me', 'forged', '', '{}')",
        "job": f"select queue.enqueue('decode', 'q', '{tenant}', '{uuid4()}', 1, null)",
    }
    return {name: _outcome(db, query) for name, query in ways.items()}


def _outcome(db: Connection, query: str) -> str:
    """The error's class, or nothing."""
    try:
        with db.transaction(force_rollback=True):
            db.execute(query.encode())
    except psycopg.Error as error:
        return str(error.sqlstate)
    return ""


@pytest.mark.parametrize("role", APP_ROLES)
@pytest.mark.parametrize("process", PROCESSES)
def test_a_key_serves_one_role(ours: Story, role: str, process: str) -> None:
    with connected(ours.clinic, role) as db:
        is_own = role == f"attending_{process}"
        assert holds(db, ticket_of(ours.clinic, f"attending_{process}")) == (
            ours.clinic.tenant if is_own else None
        )


def test_the_owners_key_serves_no_process(ours: Story) -> None:
    with as_superuser(ours.clinic) as db:
        made = tickets.owners_key(db).ticket(ours.clinic.tenant, time.time())
        assert holds(db, made) == ours.clinic.tenant
    for role in APP_ROLES:
        with connected(ours.clinic, role) as db:
            assert holds(db, made) is None


def test_the_queues_role_takes_no_ticket(ours: Story) -> None:
    with connected(ours.clinic, "attending_queue") as db, pytest.raises(psycopg.Error) as told:
        holds(db, ticket_of(ours.clinic))
    assert told.value.sqlstate == REFUSED


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_no_text_is_a_ticket(web: Connection, text: str) -> None:
    assert holds(web, text) is None


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 128), put=st.sampled_from("0123456789abcdefABCDEF.-+ \n\\é"))
def test_no_altered_ticket_is_one(web: Connection, ours: Story, place: int, put: str) -> None:
    right = ticket_of(ours.clinic)
    assert len(right) == 129
    if right[place] != put:
        assert holds(web, right[:place] + put + right[place + 1 :]) is None


def test_a_ticket_is_an_hmac(ours: Story) -> None:
    said, mac = ticket_of(ours.clinic).rsplit(".", 1)
    assert mac == hmac.new(secret(ours.clinic), said.encode(), "sha256").hexdigest()
    assert secret(ours.clinic).hex() not in repr(TicketKey.of(secret(ours.clinic)))


class TestTime:
    def test_an_old_ticket_is_none(self, web: Connection, ours: Story) -> None:
        life = LIFETIME.total_seconds()
        with web.transaction(force_rollback=True):
            assert holds(web, ticket_of(ours.clinic, ago=life - 5)) == ours.clinic.tenant
            assert holds(web, ticket_of(ours.clinic, ago=life + 2)) is None
            assert tenants_seen(web) == set()

    def test_it_is_old_by_the_clock_not_by_the_transaction(self, ours: Story) -> None:
        """Who keeps a transaction open from before cannot use what has expired since."""
        with connected(ours.clinic, "attending_web") as db:
            assert holds(db, "") is None
            ends_soon = ticket_of(ours.clinic, ago=LIFETIME.total_seconds() - 1.5)
            assert holds(db, ends_soon) == ours.clinic.tenant
            db.execute("select pg_sleep(2.1)")
            assert tenants_seen(db) == {ours.clinic.tenant}  # a long read does not go blind
            assert holds(db, ends_soon) is None
            assert tenants_seen(db) == set()

    def test_the_tenant_ends_with_the_transaction(self, ours: Story) -> None:
        with connected(ours.clinic, "attending_web") as db:
            for end in (db.commit, db.rollback):
                assert holds(db, ticket_of(ours.clinic)) == ours.clinic.tenant
                end()
                assert tenants_seen(db) == set()
            with db.transaction(force_rollback=True):
                assert holds(db, ticket_of(ours.clinic)) == ours.clinic.tenant
            assert tenants_seen(db) == set()


class TestPlace:
    """What the policies read is written by one function."""

    @pytest.mark.parametrize("role", ROLES)
    def test_no_role_sets_it(self, ours: Story, role: str) -> None:
        with as_superuser(ours.clinic) as db:
            db.execute(f"set local role {role}".encode())
            for query in (
                f"set {PLACE} = '{ours.clinic.tenant.hex}'",
                f"select set_config('{PLACE}', '{ours.clinic.tenant.hex}', true)",
                f"reset {PLACE}",
            ):
                assert _outcome(db, query) == REFUSED, query

    def test_the_keeper_alone_has_the_right(self, ours: Story) -> None:
        with as_superuser(ours.clinic) as db:
            rows = db.execute(
                """select parname, grantee::regrole::text, privilege_type, is_grantable
                   from pg_parameter_acl, aclexplode(paracl)
                   where grantee <> grantor or grantee = 0"""
            ).fetchall()
            assert rows == [(PLACE, "attending_keeper", "SET", False)]
            context = "select context from pg_settings where name = %s"
            assert db.execute(context, (PLACE,)).fetchone() == ("superuser",)

    def test_nobody_becomes_the_keeper(self, ours: Story) -> None:
        with as_superuser(ours.clinic) as db:
            members = db.execute(
                "select member::regrole::text from pg_auth_members"
                " where roleid = 'attending_keeper'::regrole"
            ).fetchall()
            assert members in ([], [(db.info.user,)])


class TestKeys:
    @pytest.mark.parametrize("role", ROLES)
    def test_no_role_reads_or_writes_them(self, ours: Story, role: str) -> None:
        with as_superuser(ours.clinic) as db:
            db.execute(f"set local role {role}".encode())
            for query in (
                "select * from attending_keys.ticket_pads",
                "select id from attending_keys.ticket_pads",
                "table attending_keys.ticket_pads",
                "copy attending_keys.ticket_pads to stdout",
                "insert into attending_keys.ticket_pads select 'x', 'attending_web', '', ''",
                "update attending_keys.ticket_pads set role = role",
                "delete from attending_keys.ticket_pads",
                "create table attending_keys.extra ()",
                "grant attending_keeper to current_user",
            ):
                assert _outcome(db, query) == REFUSED, query

    def test_the_keeper_reads_and_does_nothing_else(self, ours: Story) -> None:
        with as_superuser(ours.clinic) as db:
            owned = db.execute(
                "select proname, prosecdef, pronargs, prorettype::regtype::text from pg_proc"
                " where proowner = 'attending_keeper'::regrole"
            ).fetchall()
            assert owned == [("enter", True, 1, "uuid")]
            mentions = db.execute(
                "select oid::regprocedure::text from pg_proc where prosrc ~ 'attending_keys'"
                " or pronamespace = 'attending_keys'::regnamespace"
            ).fetchall()
            assert mentions == [("attending.enter(text)",)]
            db.execute("set local role attending_keeper")
            assert _outcome(db, "select * from attending_keys.ticket_pads") == ""
            assert _outcome(db, "update attending_keys.ticket_pads set role = role") == REFUSED
            assert _outcome(db, "create table attending_keys.extra ()") == REFUSED
            assert _outcome(db, "create table attending.extra ()") == REFUSED
            assert _outcome(db, "select * from attending.cases") == REFUSED

    def test_nothing_else_is_in_their_schema(self, ours: Story) -> None:
        with as_superuser(ours.clinic) as db:
            found = db.execute(
                "select relname, relacl::text from pg_class where relkind <> 'i'"
                " and relnamespace = 'attending_keys'::regnamespace"
            ).fetchall()
            granted = db.execute(
                "select nspacl::text from pg_namespace where nspname = 'attending_keys'"
            ).fetchone()
        assert [name for name, _ in found] == ["ticket_pads"]
        # The administrator, then the keeper.
        assert found[0][1].count("=") == 2
        assert "attending_keeper=r/" in found[0][1]
        assert granted is not None
        assert granted[0].count("=") == 2
        assert "attending_keeper=U/" in granted[0]

    def test_no_message_and_no_statistic_tells_them(self, ours: Story) -> None:
        told: list[str] = []
        with as_superuser(ours.clinic) as db:
            db.execute("analyze attending_keys.ticket_pads")
            db.commit()
        with connected(ours.clinic, "attending_web") as db:
            db.add_notice_handler(
                lambda d: told.append(f"{d.message_primary} {d.message_detail} {d.context}")
            )
            for name in ("parse", "rewritten", "plan"):
                db.execute(f"set local debug_print_{name} = on".encode())
            db.execute("set local client_min_messages = debug5")
            assert holds(db, ticket_of(ours.clinic)) == ours.clinic.tenant
            assert (
                db.execute("select * from pg_stats where tablename = 'ticket_pads'").rowcount == 0
            )
            told.append(str(db.execute("select prosrc from pg_proc").fetchall()))
        text = "\n".join(told)
        assert "ticket_pads" in text
        assert "constbyval" in text  # the plans were told, with their constants
        for process in PROCESSES:
            key = TicketKey.of(secret(ours.clinic, process))
            for pad in (key.inner, key.outer):
                assert pad.hex() not in text
                assert " ".join(str(byte) for byte in pad[:8]) not in text

    def test_no_sql_sees_a_ticket(self, clinic: Clinic) -> None:
        """Neither in its own session nor in another of its role."""
        key = TicketKey.of(secret(clinic)).id
        with (
            clinic.web.transaction(clinic.tenant, "tests") as unit,
            connected(clinic, "attending_web") as db,
        ):
            # Begun, and nothing more: its last statement is the one with the ticket.
            rows = db.execute("select pid, query from pg_stat_activity").fetchall()
            own = [
                unit.all(f"select * from {name}")
                for name in ("pg_settings", "pg_prepared_statements", "pg_cursors")
            ]
        assert "attending.enter" in dict(rows)[unit.connection.info.backend_pid]
        assert str(clinic.tenant) not in str(rows)
        assert key not in str(rows)
        assert clinic.tenant.hex in str(own)
        assert key not in str(own)


def _opened(clinic: Clinic, key: bytes) -> Database:
    given = clinic.installation.settings("web")
    return Database.connect(given.database_url, app.keys_of("web", given), key, 1)


class TestChange:
    """One key after the other, while the process serves."""

    def test_both_hold_until_one_is_taken_away(self, clinic: Clinic) -> None:
        before = {process: [secret(clinic, process)] for process in PROCESSES}
        new = secrets.token_bytes(32)
        person = clinic.person()
        with closing(_opened(clinic, new)) as database:
            _is_refused(database, clinic.tenant)
            try:
                _load(clinic, {**before, "web": [*before["web"], new]})
                for each in (database, clinic.web):
                    with each.transaction(clinic.tenant, str(person.id)) as unit:
                        assert unit.people.tenant().id == clinic.tenant
                _load(clinic, {**before, "web": [new]})
                _is_refused(clinic.web, clinic.tenant)
                with database.transaction(clinic.tenant, str(person.id)) as unit:
                    assert unit.people.tenant().id == clinic.tenant
            finally:
                _load(clinic, before)
            _is_refused(database, clinic.tenant)

    def test_no_process_is_left_without(self, clinic: Clinic) -> None:
        before = {process: [secret(clinic, process)] for process in PROCESSES}
        for process in PROCESSES:
            with pytest.raises(Misconfigured, match=process):
                _load(clinic, {**before, process: []})
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            assert unit.people.tenant().id == clinic.tenant

    def test_keys_are_read_from_a_folder(self, folder: Path) -> None:
        for name in ("web.key", "web-2027.key", "inference.key", "releaser.key"):
            (folder / name).write_bytes(name.encode().ljust(32))
        found = tickets.read_keys(folder)
        assert {process: len(keys) for process, keys in found.items()} == {
            "web": 2,
            "inference": 1,
            "releaser": 1,
        }
        (folder / "web.key").write_bytes(b"short")
        with pytest.raises(Misconfigured, match="32 bytes"):
            tickets.read_keys(folder)


def _load(clinic: Clinic, keys: tickets.TicketKeys) -> None:
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        tickets.load(db, keys)


def _is_refused(database: Database, tenant: TenantId) -> None:
    with (
        pytest.raises(StorageUnavailable, match="does not accept"),
        database.transaction(tenant, "tests"),
    ):
        pass


def test_acts_for_is_what_the_product_does(ours: Story) -> None:
    """The tests' own way to a ticket is no other door."""
    with connected(ours.clinic, "attending_releaser") as db:
        acts_for(db, ours.clinic)
        assert tenants_seen(db) == {ours.clinic.tenant}
