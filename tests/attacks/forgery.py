"""Signatures that nobody made, planted in the database by raw SQL.

The forger has the installation's keys, and so seals whatever he likes; he holds the web
role's password, or is a superuser whose triggers are off. What he has not is a proof:
only a person's log-in at the issuer makes one. ``Proofs`` plays that issuer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from attending.adapters.identity import OidcProofVerifier, TrustedIssuer
from attending.adapters.storage import forms
from attending.adapters.storage.database import TenantUnit
from attending.adapters.storage.worker import Patience, Worker
from attending.core.entry import EntryPayload, Signature, digest
from attending.core.errors import AttendingError
from attending.core.identity import Principal, Proof
from attending.core.ids import CaseId, ReleaseId, SignatureId, TenantId, derived
from attending.core.work import Failure, Job, Release, Step
from attending.demo.installation import CLIENT_ID
from attending.demo.issuer import API_AUDIENCE, RunningIssuer
from attending.demo.issuer.key import signing_key
from attending.loop import sign
from attending.loop.recover import give_up
from attending.loop.release import release
from tests.adapters.identity.forging import Forge
from tests.attacks.conftest import acts_for
from tests.clinic import Clinic

DAY = 86_400


@dataclass(frozen=True)
class Proofs:
    """The clinic's issuer, and the releaser's verifier that trusts it."""

    issuer: RunningIssuer
    verifier: OidcProofVerifier = field(init=False)
    forge: Forge = field(init=False)

    def __post_init__(self) -> None:
        url = self.issuer.url
        trusted = TrustedIssuer(url, API_AUDIENCE, CLIENT_ID)
        object.__setattr__(self, "verifier", OidcProofVerifier([trusted]))
        object.__setattr__(self, "forge", Forge(url, signing_key(self.issuer.settings.key_path)))

    def of(self, signed: str, subject: str = "demo-clinician", **claims: Any) -> str:
        """What the issuer gives to a person who logs in to sign this digest."""
        return self.forge.proof(**{"sub": subject, "nonce": signed, "aud": CLIENT_ID} | claims)

    def hours_ago(self, hours: int) -> dict[str, int]:
        then = int(time.time()) - 3600 * hours
        return {"auth_time": then, "iat": then, "exp": then + 300}


def prepared(clinic: Clinic, case_id: CaseId) -> EntryPayload:
    """What an honest clinician would be shown to sign."""
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        request = sign.Request(case_id, unit.cases.head(case_id).version)
        return sign.prepare(unit, clinic.lines, request, by)


@dataclass(frozen=True)
class Planted:
    """A signature as it will stand in the database."""

    payload: EntryPayload
    token: str
    by: Principal
    signed_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    digest: str = ""  # "": that of the payload
    id: UUID | None = None
    kind: Literal["oidc", "webauthn"] = "oidc"

    def signature(self, clinic: Clinic, case_id: CaseId) -> Signature:
        made = derived(clinic.tenant, case_id, clinic.case(case_id).version)
        return Signature(
            SignatureId(self.id or made),
            self.payload,
            self.digest or digest(self.payload),
            self.by.id,
            Proof(self.token, self.kind),
            self.signed_at,
        )


def plant(clinic: Clinic, case_id: CaseId, planted: Planted, *, superuser: bool) -> ReleaseId:
    """Signature, signed case and release, as the web process would have written them."""
    signature = planted.signature(clinic, case_id)
    target = clinic.installation.target
    # The columns that triggers compare with the release are told right: only what is
    # sealed, and the proof, is false.
    wanted = ReleaseId(derived(clinic.tenant, signature.id, target))
    dsn = clinic.installation.admin_dsn
    if not superuser:
        dsn = clinic.installation.settings("web").database_url or ""
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        if superuser:
            connection.execute("set local session_replication_role = replica")
        acts_for(connection, clinic)
        unit = TenantUnit(connection, clinic.tenant, clinic.web.keys)
        _write(unit, clinic.tenant, case_id, signature, wanted)
    return wanted


def _write(
    unit: TenantUnit, tenant: TenantId, case_id: CaseId, signature: Signature, wanted: ReleaseId
) -> None:
    head = unit.cases.head(case_id)
    patient = unit.people.encounter(head.encounter).patient
    target = unit.people.encounter(head.encounter).target
    cipher = unit.cipher(patient)
    unit.run(
        """insert into attending.signatures
             (tenant_id, id, case_id, version, action, target_id, digest, payload, proof,
              principal_id, signed_at)
           values (%s, %s, %s, %s, 'write', %s, %s, %s, %s, %s, %s)""",
        tenant,
        signature.id,
        case_id,
        head.version,
        target,
        signature.digest,
        cipher.seal(
            f"signatures/payload/{signature.id}", forms.payloads.dump_json(signature.payload)
        ),
        cipher.seal(f"signatures/proof/{signature.id}", forms.proofs.dump_json(signature.proof)),
        signature.by,
        signature.signed_at,
    )
    unit.run(
        "update attending.cases set state = 'signed', version = version + 1 where id = %s", case_id
    )
    unit.run(
        """insert into attending.releases
             (tenant_id, id, case_id, signature_id, target_id, digest, state, version)
           values (%s, %s, %s, %s, %s, %s, 'pending', 1)""",
        tenant,
        wanted,
        case_id,
        signature.id,
        target,
        signature.digest,
    )


def work(clinic: Clinic, proofs: Proofs, wanted: ReleaseId) -> Release:
    """The release job as the releaser's worker takes it, and gives it up."""
    parts = replace(clinic.releaser(), trust=clinic.trusting(proofs.verifier))
    run: Callable[[Job], None] = lambda job: release(parts, job)  # noqa: E731
    told: Callable[[Job, AttendingError], None] = lambda job, error: give_up(  # noqa: E731
        clinic.databases["releaser"], job, error
    )
    worker = Worker("", "release", {}, told, Patience(attempts=1))
    worker._attempt(run, clinic.job(Step.RELEASE, wanted), 0)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return unit.signing.release(wanted)


def open_failures(clinic: Clinic, wanted: ReleaseId) -> list[Failure]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return [f for f in unit.failures.open() if f.subject_id == wanted]


def audited(clinic: Clinic, action: str, subject: object) -> list[dict[str, Any]]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        rows = unit.all(
            """select entry::jsonb as entry from attending.audit_log
               where entry::jsonb->>'action' = %s and entry::jsonb->>'subject' = %s""",
            action,
            str(subject),
        )
    return [row["entry"] for row in rows]
