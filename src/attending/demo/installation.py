"""A whole installation in one folder: its keys, its database, its settings per process.

The demo, the tests and the benchmarks use it. What it makes, an administrator makes
by hand in production (docs/operations/processes.md).
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from psycopg import sql

from attending import app
from attending.adapters.ed25519 import FileKey, make_key, public_half, public_key
from attending.adapters.storage import enrol, registering, statements, tickets
from attending.adapters.storage.embedded import EmbeddedPostgres
from attending.adapters.storage.migrate import RolePasswords, dsn_as, migrate
from attending.core.identity import Principal, StaffRole
from attending.core.ids import PrincipalId, TargetId, TenantId, derived
from attending.core.trust import IssuerBody, StatementKind
from attending.core.work import Target, Tenant
from attending.demo.issuer import API_AUDIENCE, DemoUser, IssuerSettings
from attending.settings import Settings, read

CLIENT_ID = "attending-console"
HOST = "127.0.0.1"
NAME = "localhost"  # of the same machine: browsers offer passkeys for a name alone
_SERVICES = ("web", "issuer", "ehr")


@dataclass(frozen=True)
class Person:
    """Somebody of the demo tenant; the password is made once and kept in the folder."""

    username: str
    name: str
    role: StaffRole


PEOPLE = (
    Person("demo-clinician", "Dr Ada Lindqvist (demo)", StaffRole.CLINICIAN),
    Person("demo-second", "Dr Sam Okafor (demo)", StaffRole.CLINICIAN),
    Person("demo-safety", "Noor Haddad (demo)", StaffRole.SAFETY_OFFICER),
    Person("demo-auditor", "Jules Martin (demo)", StaffRole.AUDITOR),
    Person("demo-engineer", "Kim Soto (demo)", StaffRole.ENGINEER),
    Person("demo-admin", "Robin Vance (demo)", StaffRole.ADMIN),
)


@dataclass(frozen=True)
class Installation:
    """One folder. ``overrides``: settings of every process (ATTENDING_… names and values).

    own: those of one process alone, by its name.
    """

    home: Path
    tenant_name: str = "Demo clinic"
    record_kind: str = "fhir-r4"
    overrides: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fsync: bool = True
    server: Path | None = None  # another installation's folder, to share its server and roles
    database: str = ""  # another database on that server

    @cached_property
    def tenant(self) -> TenantId:
        return TenantId(derived("demo-tenant", self.tenant_name))

    @cached_property
    def target(self) -> TargetId:
        return TargetId(derived("demo-target", self.tenant_name))

    @cached_property
    def postgres(self) -> EmbeddedPostgres:
        return EmbeddedPostgres((self.server or self.home) / "postgres", fsync=self.fsync)

    @cached_property
    def secrets(self) -> Mapping[str, str]:
        """Passwords of database roles and demo users; made once, mode 0600."""
        names = ("web", "inference", "releaser", "queue", *(p.username for p in PEOPLE))
        return _kept(
            (self.server or self.home) / "secrets.json",
            lambda: {name: secrets.token_urlsafe(12) for name in names},
        )

    @cached_property
    def ports(self) -> Mapping[str, int]:
        """Chosen once, so that addresses stay the same from run to run."""
        made = _kept(
            self.home / "ports.json", lambda: dict(zip(_SERVICES, _free_ports(), strict=True))
        )
        return {name: int(port) for name, port in made.items()}

    @property
    def web_url(self) -> str:
        return f"http://{NAME}:{self.ports['web']}"

    @property
    def issuer_url(self) -> str:
        return f"http://{HOST}:{self.ports['issuer']}"

    @property
    def ehr_url(self) -> str:
        return f"http://{HOST}:{self.ports['ehr']}/fhir"

    @property
    def redirect_uri(self) -> str:
        return f"{self.web_url}/login/callback"

    @cached_property
    def admin_dsn(self) -> str:
        """Starts the embedded server if it does not run."""
        dsn = self.postgres.start()
        if not self.database:
            return dsn
        with psycopg.connect(dsn, autocommit=True) as connection:
            known = "select 1 from pg_database where datname = %s"
            if connection.execute(known, (self.database,)).fetchone() is None:
                name = sql.Identifier(self.database)
                connection.execute(sql.SQL("create database {}").format(name))
        return psycopg.conninfo.make_conninfo(dsn, dbname=self.database)

    def prepare(self) -> None:
        """Keys, schema, tenant, people and record target; idempotent."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._key("master.key")
        self._key("cookie.key")
        for process in tickets.PROCESSES:
            self._key(f"tickets/{process}.key")
        self._checkpoint_key()
        self._inference_key()
        if not self.trust_key.exists():
            make_key(self.trust_key)
        settings = self.settings("web")
        migrate(
            self.admin_dsn,
            RolePasswords(*(self.secrets[n] for n in ("web", "inference", "releaser", "queue"))),
            tickets.read_keys(self.home / "tickets"),
            app.line_migrations(settings),
        )
        registering.register_shipped(
            self.admin_dsn, app.shipped(settings), app.shipped_evaluations()
        )
        enrol.add_tenant(
            self.admin_dsn,
            Tenant(self.tenant, self.tenant_name, demo=True),
            settings.key("master_key_file"),
        )
        issuer = IssuerBody(API_AUDIENCE, CLIENT_ID)
        self.state(
            statements.Change(StatementKind.ISSUER, self.issuer_url, issuer),
            *(statements.principal(self.principal(person)) for person in PEOPLE),
            statements.target(Target(self.target, self.record_kind, self.ehr_url, "Stand-in EHR")),
        )

    def state(self, *changes: statements.Change) -> None:
        """Signed with the demo's admin key: a real installation keeps it away from here."""
        key = FileKey.read(self.trust_key)
        authority = statements.Authority(
            self.admin_dsn, key, public_key(public_half(self.trust_key))
        )
        statements.state(authority, self.tenant, *changes)

    @property
    def guide(self) -> Path:
        return self.home / "guide.json"

    @property
    def trust_key(self) -> Path:
        return self.home / "trust.pem"

    def principal(self, person: Person) -> Principal:
        return Principal(
            PrincipalId(derived(self.tenant, self.issuer_url, person.username)),
            self.issuer_url,
            person.username,
            person.name,
            frozenset({person.role}),
        )

    def issuer_settings(self) -> IssuerSettings:
        return IssuerSettings(
            url=self.issuer_url,
            key_path=self.home / "issuer-key.json",
            client_id=CLIENT_ID,
            redirect_uris=(self.redirect_uri,),
            users=tuple(
                DemoUser(
                    p.username, p.name, self.secrets[p.username], self.tenant, frozenset({p.role})
                )
                for p in PEOPLE
            ),
            tenant=self.tenant,
        )

    def environment(self, process: str) -> dict[str, str]:
        """The settings of one process, and no other's secrets."""
        shared = {
            "database_url": dsn_as(self.admin_dsn, f"attending_{process}", self.secrets[process]),
            "ticket_key_file": str(self.home / "tickets" / f"{process}.key"),
        }
        own = {
            "web": self._web_environment,
            "inference": self._inference_environment,
            "releaser": self._releaser_environment,
        }[process]()
        named = {f"ATTENDING_{name.upper()}": value for name, value in {**shared, **own}.items()}
        return {**named, **self.overrides, **self.own.get(process, {})}

    def settings(self, process: str) -> Settings:
        """The same as an object, for parts that run in this process."""
        if process not in self._settings:
            self._settings[process] = read(self.environment(process))
        return self._settings[process]

    @cached_property
    def _settings(self) -> dict[str, Settings]:
        """By process, each read once: nothing that they are made of changes."""
        return {}

    def _web_environment(self) -> dict[str, str]:
        return {
            "master_key_file": str(self.home / "master.key"),
            "inference_public_key_file": str(self.home / "inference.pub.pem"),
            "blobs_url": self._blobs_url,
            "issuers": json.dumps([{"issuer": self.issuer_url, "client_id": CLIENT_ID}]),
            "trust_root_file": str(public_half(self.trust_key)),
            "cookie_key_file": str(self.home / "cookie.key"),
            "checkpoint_folder": str(self.checkpoints),
            "checkpoint_public_key_file": str(self.checkpoint_public_key),
            "web_host": HOST,
            "web_port": str(self.ports["web"]),
            "public_url": self.web_url,
        }

    def _inference_environment(self) -> dict[str, str]:
        return {
            "inference_key_file": str(self.home / "inference.pem"),
            "trust_root_file": str(public_half(self.trust_key)),
            "blobs_url": self._blobs_url,
            "queue_url": self._queue_dsn,
        }

    def _releaser_environment(self) -> dict[str, str]:
        return {
            "master_key_file": str(self.home / "master.key"),
            "queue_url": self._queue_dsn,
            "trust_root_file": str(public_half(self.trust_key)),
            "trust_folder": str(self.home / "trust"),
            "checkpoint_folder": str(self.checkpoints),
            "checkpoint_key_file": str(self.home / "checkpoint.pem"),
        }

    @property
    def checkpoints(self) -> Path:
        return self.home / "checkpoints"

    @property
    def checkpoint_public_key(self) -> Path:
        return self.home / "checkpoint.pub.pem"

    @property
    def _blobs_url(self) -> str:
        return (self.home / "blobs").resolve().as_uri()

    @cached_property
    def _queue_dsn(self) -> str:
        return dsn_as(self.admin_dsn, "attending_queue", self.secrets["queue"])

    def _key(self, name: str) -> None:
        path = self.home / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_private(path, secrets.token_bytes(32))

    def _checkpoint_key(self) -> None:
        _key_pair(
            self.home / "checkpoint.pem", self.checkpoint_public_key, Ed25519PrivateKey.generate
        )

    def _inference_key(self) -> None:
        public = self.home / "inference.pub.pem"
        _key_pair(self.home / "inference.pem", public, X25519PrivateKey.generate)


def _key_pair(
    path: Path, public: Path, make: Callable[[], Ed25519PrivateKey | X25519PrivateKey]
) -> None:
    """The private half in one file, the public one in another; made once."""
    if path.exists():
        return
    key = make()
    _write_private(
        path,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _kept(path: Path, make: Callable[[], Mapping[str, str | int]]) -> dict[str, str]:
    """A small JSON file of words, made on first use; of two makers at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _write_private(path, json.dumps(make()).encode())
    return {name: str(value) for name, value in json.loads(path.read_bytes()).items()}


def _write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner alone."""
    part = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    part.rename(path)


def _free_ports() -> list[int]:
    """As many free loopback ports as there are services; held together, so they differ."""
    held = [socket.create_server((HOST, 0)) for _ in _SERVICES]
    ports = [int(server.getsockname()[1]) for server in held]
    for server in held:
        server.close()
    return ports
