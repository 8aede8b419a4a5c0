"""A clinic in one process: real database under the real roles, the sample line, no speech.

Fakes stand at two ports only: the prover (a proof is its digest, by a known person)
and the record (in memory). Both keep the contracts of the real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from attending import app
from attending.adapters.ed25519 import public_half, public_key
from attending.adapters.identity import TrustRoot
from attending.adapters.records.memory import MemoryRecord
from attending.adapters.storage import statements
from attending.adapters.storage.audit import StoredHistory
from attending.adapters.storage.blobs import ObjectBlobs
from attending.adapters.storage.checkpoints import (
    FileCheckpoints,
    load_private_key,
    load_public_key,
)
from attending.adapters.storage.database import Database
from attending.core.case import Case, DecisionKind
from attending.core.entry import PatientIdentity, Signature, digest
from attending.core.errors import ProofRefused
from attending.core.identity import Principal, Proof, ProofVerifier, Proven, StaffRole
from attending.core.ids import (
    CaseId,
    EncounterId,
    PatientId,
    PauseId,
    PrincipalId,
    TenantId,
    fresh,
)
from attending.core.line import Engines, Line
from attending.core.pause import Stop, StopScope
from attending.core.pause import digest as signed_resumption
from attending.core.ports import Unit
from attending.core.work import CaseHead, Job, Purpose, Release, Source, Step
from attending.demo.installation import Installation
from attending.loop import recheck, review, sign
from attending.loop import stop as stopping
from attending.loop.answering import Promotions
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.intake import Upload, open_encounter, record_consent, register_patient
from attending.loop.parts import LoopParts
from attending.loop.propose import propose
from attending.loop.release import ReleaserParts, release

CSV = b"0,80\n1,120\n2,90\n"  # one fast minute: one serious finding
# A suite asks more often than people do.
HURRIED = {
    "ATTENDING_REQUESTS_PER_PRINCIPAL": "1000000",
    "ATTENDING_REQUESTS_PER_TENANT": "1000000",
    "ATTENDING_REQUESTS_PER_ADDRESS": "1000000",
    "ATTENDING_UPLOADS_AT_ONCE": "100",
}
PROCESSES = ("web", "inference", "releaser")
VITALS = Stop(StopScope.LINE, "vitals")


class NoTelemetry:
    def span(self, *_: object, **__: object) -> Any:
        return nullcontext()


@dataclass
class FakeProver:
    """A proof's token is "issuer|subject|digest|seconds since log-in"."""

    def proven(self, proof: Proof) -> Proven:
        parts = proof.token.split("|")
        if len(parts) != 4:
            raise ProofRefused("This is no proof.")
        now = datetime.now(UTC)
        return Proven(
            issuer=parts[0],
            subject=parts[1],
            digest=parts[2],
            authenticated_at=now - timedelta(seconds=float(parts[3])),
            issued_at=now,
            expires_at=now + timedelta(minutes=5),
        )


def proof_of(person: Principal, signed: str, age: float = 0.0) -> Proof:
    return Proof(f"{person.issuer}|{person.subject}|{signed}|{age}")


def _keep_plans(installation: Installation) -> None:
    with psycopg.connect(installation.admin_dsn, autocommit=True) as admin:
        setting = sql.SQL("alter database {} set plan_cache_mode = force_generic_plan")
        admin.execute(setting.format(sql.Identifier(admin.info.dbname)))


@dataclass
class Clinic:
    installation: Installation
    databases: dict[str, Database]
    record: MemoryRecord = field(default_factory=MemoryRecord)
    prover: ProofVerifier = field(default_factory=FakeProver)

    @classmethod
    @contextmanager
    def opened(
        cls, server: Path, lines: str, record_kind: str = "memory", *, kept_plans: bool = False
    ) -> Iterator[Clinic]:
        """kept_plans: as after many calls, when the database plans no statement anew.

        Such a plan asks for the rights of all that its statement could read.
        """
        name = f"t_{uuid4().hex[:12]}"
        installation = Installation(
            home=server / name,
            record_kind=record_kind,
            overrides={"ATTENDING_LINES": lines, **HURRIED},
            fsync=False,
            server=server,
            database=name,
        )
        if kept_plans:
            installation.prepare()
            _keep_plans(installation)
        with cls._wired(installation) as clinic:
            yield clinic

    @contextmanager
    def next_door(self) -> Iterator[Clinic]:
        neighbour = replace(self.installation, tenant_name="Neighbour clinic")
        with self._wired(neighbour) as clinic:
            yield clinic

    @classmethod
    @contextmanager
    def _wired(cls, installation: Installation) -> Iterator[Clinic]:
        installation.prepare()
        databases = {}
        for process in PROCESSES:
            databases[process] = app.connect(process, installation.settings(process))
        try:
            yield cls(installation, databases)
        finally:
            for database in databases.values():
                database.close()

    @property
    def tenant(self) -> TenantId:
        return self.installation.tenant

    @property
    def web(self) -> Database:
        return self.databases["web"]

    @cached_property
    def lines(self) -> dict[str, Line]:
        return dict(app.lines(self.installation.settings("web"), Engines()))

    def parts(self, process: str) -> LoopParts:
        blobs = ObjectBlobs(self.installation.settings("web").blobs_url)
        promotions = Promotions(self.trust if process == "inference" else None)
        return LoopParts(self.databases[process], blobs, NoTelemetry(), self.lines, promotions)

    def releaser(self) -> ReleaserParts:
        database = self.databases["releaser"]
        key = load_private_key(self.installation.home / "checkpoint.pem")
        return ReleaserParts(
            database,
            NoTelemetry(),
            self.trust,
            FileCheckpoints(database, self.installation.checkpoints, key),
            lambda _target: self.record,
        )

    @property
    def history(self) -> StoredHistory:
        """As the web process verifies it, with the checkpoints."""
        key = load_public_key(self.installation.checkpoint_public_key)
        return StoredHistory(self.web, self.installation.checkpoints, key)

    @property
    def trust(self) -> TrustRoot:
        return self.trusting(self.prover)

    def trusting(self, prover: ProofVerifier | None = None) -> TrustRoot:
        """The clinic's signed statements, with this prover, or the product's own."""
        root = public_key(public_half(self.installation.trust_key))
        if prover is None:
            return TrustRoot(root)
        return TrustRoot(root, provers=lambda _issuers: prover)

    def person(self, username: str = "demo-clinician") -> Principal:
        with self.web.transaction(self.tenant, "tests") as unit:
            found = unit.people.principal(self.installation.issuer_url, username)
        assert found is not None
        return found

    def enrolled(self, role: StaffRole = StaffRole.CLINICIAN) -> Principal:
        """Somebody whom nothing else needs."""
        made = PrincipalId(fresh())
        issuer = self.installation.issuer_url
        person = Principal(made, issuer, str(made), "Dr Alex Colleague", frozenset({role}))
        self.installation.state(statements.principal(person))
        return person

    def patient(self, name: str = "Ann Test") -> PatientId:
        """A patient of the record, who agreed to everything."""
        reference = f"Patient/{uuid4().hex[:8]}"
        identity = PatientIdentity(reference, name, "1970-01-01", (("urn:test", reference),))
        self.record.shelf.put(
            {
                "resourceType": "Patient",
                "id": reference.removeprefix("Patient/"),
                "name": [{"text": name}],
                "birthDate": "1970-01-01",
                "identifier": [{"system": "urn:test", "value": reference}],
            }
        )
        by = self.person()
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            patient = register_patient(unit, self.installation.target, identity, by)
            for purpose in Purpose:
                record_consent(unit, patient.id, purpose, granted=True, by=by)
        return patient.id

    def encounter(self, patient: PatientId | None = None) -> EncounterId:
        by = self.person()
        patient = patient or self.patient()
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            return open_encounter(unit, patient, "", datetime.now(UTC), by).id

    def upload(
        self, content: bytes = CSV, encounter: EncounterId | None = None
    ) -> tuple[Source, CaseHead]:
        by, parts = self.person(), self.parts("web")
        encounter = encounter or self.encounter()
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            upload = Upload.begin(parts, unit, encounter, "vitals", "text/csv", (), 1 << 20)
        upload.write(content)
        upload.finish()
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            return upload.enter(unit, by)

    def job(self, step: Step, subject: Any) -> Job:
        return Job(step, self.tenant, subject, 1)

    def in_review(self, content: bytes = CSV, encounter: EncounterId | None = None) -> CaseId:
        """A case whose draft waits for a clinician."""
        source, head = self.upload(content, encounter)
        parts = self.parts("inference")
        decode(parts, self.job(Step.DECODE, source.id))
        infer(parts, self.job(Step.INFER, head.id))
        propose(parts, self.job(Step.PROPOSE, head.id))
        return head.id

    def pause(self, stop: Stop = VITALS, reason: str = "It errs.") -> PauseId:
        """By the safety officer, for this clinic."""
        by = self.person("demo-safety")
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            return stopping.pause(unit, self.lines, stop, reason, by).id

    def resumption(self, pause: PauseId, age: float = 0.0) -> stopping.ResumeRequest:
        """As the safety officer prepared and signed it. age: seconds since the log-in."""
        by = self.person("demo-safety")
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            prepared = stopping.prepare_resumption(unit, pause, by)
        signed = signed_resumption(prepared)
        at = datetime.fromisoformat(prepared.prepared_at)
        return stopping.ResumeRequest(pause, at, signed, proof_of(by, signed, age))

    def resume(self, pause: PauseId) -> None:
        by, request = self.person("demo-safety"), self.resumption(pause)
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            stopping.resume(unit, request, by, self.trust)

    def case(self, case: CaseId) -> Case:
        with self.web.transaction(self.tenant, "tests") as unit:
            return unit.cases.case(case)

    def see_all(self, case_id: CaseId, by: Principal | None = None) -> None:
        """The clinician opens every section as it stands, and every serious finding."""
        by = by or self.person()
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            case = unit.cases.case(case_id)
            for section in case.proposal().sections:
                number = case.revision(section.key)
                review.see(unit, case_id, section.key, number, None, by)
                for statement in case.serious(section.key):
                    review.see(unit, case_id, section.key, number, statement, by)

    def decide(
        self, case_id: CaseId, section: str, kind: DecisionKind, reason: str = "", text: str = ""
    ) -> Case:
        by = self.person()
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            case = unit.cases.case(case_id)
            choice = review.Choice(section, case.revision(section), kind, reason, text)
            choice = self.checked(unit, case_id, choice)
            return review.decide(unit, case_id, case.version, choice, by)

    def checked(self, unit: Unit, case_id: CaseId, choice: review.Choice) -> review.Choice:
        """An edit as it is kept: with what the guard says of it."""
        if choice.kind is not DecisionKind.EDIT:
            return choice
        edit = recheck.take_up(unit, case_id, choice.section, choice.text)
        return replace(choice, checked=recheck.checked(self.parts("web"), edit))

    def decided(self, content: bytes = CSV) -> CaseId:
        """A case with every section seen and accepted."""
        case_id = self.in_review(content)
        self.see_all(case_id)
        for section in self.case(case_id).proposal().sections:
            self.decide(case_id, section.key, DecisionKind.ACCEPT)
        return case_id

    def sign(self, case_id: CaseId, *, retract: bool = False, age: float = 0.0) -> Signature:
        by = self.person()
        with self.web.transaction(self.tenant, str(by.id)) as unit:
            version = unit.cases.head(case_id).version
            prepared = sign.prepare(unit, self.lines, sign.Request(case_id, version, retract), by)
            at = datetime.fromisoformat(prepared.prepared_at)
            request = sign.Request(case_id, version, retract, at)
            signed = digest(prepared)
            return sign.sign(
                unit, self.lines, request, signed, proof_of(by, signed, age), by, self.trust
            )

    def releases(self, case_id: CaseId) -> tuple[Release, ...]:
        with self.web.transaction(self.tenant, "tests") as unit:
            return unit.signing.releases(case_id)

    def deliver(self, case_id: CaseId) -> Release:
        """Run the release job of the last signature."""
        wanted = self.releases(case_id)[-1]
        release(self.releaser(), self.job(Step.RELEASE, wanted.id))
        return self.releases(case_id)[-1]

    def released(self, content: bytes = CSV) -> CaseId:
        case_id = self.decided(content)
        self.sign(case_id)
        self.deliver(case_id)
        return case_id
