"""The trust root: with the whole database in hand, nobody becomes a signer or a target."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attending.adapters.ed25519 import FileKey, public_half, public_key
from attending.adapters.identity import TrustMemory
from attending.adapters.storage import statements
from attending.adapters.storage.statements import Authority, Change
from attending.core.case import CaseState, DecisionKind, ReleaseState
from attending.core.entry import digest
from attending.core.errors import AttendingError, Conflict, TrustBroken, Untrusted
from attending.core.identity import Principal, StaffRole
from attending.core.ids import CaseId, PrincipalId, ReleaseId, derived
from attending.core.trust import AdminBody, StatementKind, TargetAddress, key_id
from attending.core.work import Failure, Step, Target
from attending.loop import sign
from attending.loop.recover import give_up, reopen_failed
from attending.loop.release import ReleaserParts, release
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected
from tests.attacks.forgery import Planted, audited, plant
from tests.clinic import Clinic, proof_of


@pytest.fixture
def here(clinic: Clinic) -> Clinic:
    """A record of its own for each test."""
    return replace(clinic, record=type(clinic.record)())


def authority(clinic: Clinic, key: FileKey | None = None) -> Authority:
    path = clinic.installation.trust_key
    return Authority(
        clinic.installation.admin_dsn, key or FileKey.read(path), public_key(public_half(path))
    )


def state(clinic: Clinic, *changes: Change, key: FileKey | None = None) -> None:
    statements.state(authority(clinic, key), clinic.tenant, *changes)


def stated(clinic: Clinic, username: str) -> Change:
    return statements.principal(clinic.person(username))


@pytest.fixture
def newcomer(clinic: Clinic) -> Principal:
    """A clinician of this test alone, so that it can be revoked."""
    subject = f"new-{derived('newcomer', id(object()))}"
    issuer = clinic.installation.issuer_url
    made = PrincipalId(derived(clinic.tenant, issuer, subject))
    person = Principal(made, issuer, subject, "Dr New", frozenset({StaffRole.CLINICIAN}))
    state(clinic, statements.principal(person))
    return person


def tampered(clinic: Clinic, statement: str, *values: object) -> None:
    """By a superuser whom no trigger stops."""
    with as_superuser(clinic) as db:
        db.execute("set local session_replication_role = replica")
        acts_for(db, clinic)
        db.execute(statement.encode(), values)
        db.commit()


def delivered(clinic: Clinic, wanted: ReleaseId, parts: ReleaserParts | None = None) -> str:
    """The code of what stopped it, told as the worker tells it; or "" if it was written."""
    job = clinic.job(Step.RELEASE, wanted)
    try:
        release(parts or clinic.releaser(), job)
    except AttendingError as error:
        give_up(clinic.databases["releaser"], job, error)
        return error.code
    return ""


def signed(clinic: Clinic, case: CaseId, by: Principal) -> ReleaseId:
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        request = sign.Request(case, unit.cases.head(case).version)
        prepared = sign.prepare(unit, clinic.lines, request, by)
    request = replace(request, prepared_at=datetime.fromisoformat(prepared.prepared_at))
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        proof = proof_of(by, digest(prepared))
        sign.sign(unit, clinic.lines, request, digest(prepared), proof, by, clinic.trust)
    return clinic.releases(case)[-1].id


def failure_of(clinic: Clinic, wanted: ReleaseId) -> Failure:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        (found,) = [f for f in unit.failures.open() if f.subject_id == wanted]
    return found


class TestRowsAlone:
    """A superuser writes whatever row he likes."""

    def test_a_planted_clinician_signs_nothing(self, here: Clinic) -> None:
        issuer = here.installation.issuer_url
        mallory = Principal(
            PrincipalId(derived("mallory")),
            issuer,
            "mallory",
            "Dr M",
            frozenset({StaffRole.CLINICIAN}),
        )
        tampered(
            here,
            """insert into attending.principals (tenant_id, id, issuer, subject, name, roles)
               values (%s, %s, %s, 'mallory', 'Dr M', '{clinician}')""",
            here.tenant, mallory.id, issuer,
        )  # fmt: skip
        case = here.decided()
        with here.web.transaction(here.tenant, "x") as unit:
            request = sign.Request(case, unit.cases.head(case).version)
            honest = sign.prepare(unit, here.lines, request, here.person())
        signer = replace(honest.signer, id=str(mallory.id), subject="mallory", name="Dr M")
        payload = replace(honest, signer=signer)
        planted = Planted(payload, proof_of(mallory, digest(payload)).token, mallory)

        wanted = plant(here, case, planted, superuser=True)

        assert delivered(here, wanted) == "trust.untrusted"
        assert not here.record.shelf.all("DocumentReference")
        assert failure_of(here, wanted).code == "trust.untrusted"
        assert audited(here, "failure.opened", wanted)
        tampered(here, "delete from attending.principals where id = %s", mallory.id)

    def test_an_engineer_who_was_made_a_clinician_signs_nothing(self, here: Clinic) -> None:
        engineer = here.person("demo-engineer")
        tampered(
            here,
            "update attending.principals set roles = '{engineer,clinician}' where id = %s",
            engineer.id,
        )
        case = here.in_review()
        try:
            here.see_all(case, engineer)
            for section in here.case(case).proposal().sections:
                here.see_all(case)
                here.decide(case, section.key, DecisionKind.ACCEPT)
            with pytest.raises(AttendingError, match="may not sign"):
                signed(here, case, engineer)
            assert here.case(case).state is CaseState.IN_REVIEW
        finally:
            tampered(
                here,
                "update attending.principals set roles = '{engineer}' where id = %s",
                engineer.id,
            )

    def test_a_target_that_was_moved_is_not_written_to(self, here: Clinic) -> None:
        """Neither before it was signed nor after; nothing is even sent there."""
        asked: list[TargetAddress] = []

        def record(target: TargetAddress) -> Any:
            asked.append(target)
            return here.record

        moved = "update attending.record_targets set address = %s"
        case, late = here.decided(), here.decided()
        here.sign(case)
        true = here.installation.ehr_url
        tampered(here, moved, "http://stranger.test/fhir")
        try:
            with pytest.raises(AttendingError, match="another target"):
                here.sign(late)
            parts = replace(here.releaser(), record=record)
            assert delivered(here, here.releases(case)[-1].id, parts) == ""
            assert {target.address for target in asked} == {true}
        finally:
            tampered(here, moved, true)

    def test_serving_roles_state_nothing(self, clinic: Clinic) -> None:
        for role in APP_ROLES:
            with connected(clinic, role) as db:
                acts_for(db, clinic)
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(
                        """insert into attending.trust_statements
                             (tenant_id, number, statement, signature)
                           values (%s, 1000, '{}', '')""",
                        (clinic.tenant,),
                    )


OURS = "tenant_id = attending.tenant()"
LOG = "update attending.trust_statements set"
TAMPERED: dict[str, str] = {
    "edited": f"""{LOG} statement = replace(statement, '["engineer"]', '["clinician"]')
                  where {OURS}""",
    "signed by nobody": f"{LOG} signature = 'x' where number = 3 and {OURS}",
    "cut in the middle": f"""delete from attending.trust_statements where number = 3 and {OURS};
                  {LOG} number = number - 1 where number > 3 and {OURS}""",
    "cut at the end": f"""delete from attending.trust_statements
                  where number = (select max(number) from attending.trust_statements
                                  where {OURS}) and {OURS}""",
    "swapped": f"""{LOG} number = number + 1000 where {OURS};
                  {LOG} number = case number when 1003 then 4 when 1004 then 3
                                 else number - 1000 end where {OURS}""",
    "emptied": f"delete from attending.trust_statements where {OURS}",
    "another clinic's": f"""{LOG} statement = replace(
                  statement, tenant_id::text, gen_random_uuid()::text) where {OURS}""",
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_a_log_that_was_tampered_with_stops_everything(
    here: Clinic, tmp_path: Path, how: str
) -> None:
    """Nothing is signed or written, a person is told, and it goes on once it is restored."""
    case, late = here.decided(), here.decided()
    here.sign(case)
    remembers = replace(here.trust, memory=TrustMemory(tmp_path))
    with here.databases["releaser"].transaction(here.tenant, "tests") as unit:
        remembers.standing(unit)  # as at the release before
    wanted = here.releases(case)[-1].id
    parts = replace(
        here.releaser(), trust=replace(here.trust, memory=TrustMemory(tmp_path), _verified={})
    )
    with as_superuser(here) as db:
        kept = db.execute("select * from attending.trust_statements where tenant_id = %s",
                          (here.tenant,)).fetchall()  # fmt: skip
    for command in TAMPERED[how].split(";"):
        tampered(here, command)
    try:
        assert delivered(here, wanted, parts) == "trust.broken"
        if how != "cut at the end":  # that takes a memory, and this web process is a new one
            with pytest.raises((TrustBroken, Untrusted)):
                here.sign(late)
        assert not here.record.shelf.all("DocumentReference")
        assert failure_of(here, wanted).code == "trust.broken"
    finally:
        _restore(here, kept)
    assert here.sign(late)
    assert delivered(here, here.releases(late)[-1].id, parts) == ""


def _restore(clinic: Clinic, rows: list[tuple[Any, ...]]) -> None:
    tampered(clinic, "delete from attending.trust_statements where tenant_id = %s", clinic.tenant)
    for row in rows:
        tampered(clinic, "insert into attending.trust_statements values (%s, %s, %s, %s)", *row)


def test_a_log_made_anew_with_an_attackers_key_is_none(here: Clinic, tmp_path: Path) -> None:
    case = here.decided()
    here.sign(case)
    wanted = here.releases(case)[-1].id
    with as_superuser(here) as db:
        kept = db.execute("select * from attending.trust_statements where tenant_id = %s",
                          (here.tenant,)).fetchall()  # fmt: skip
    tampered(here, "delete from attending.trust_statements where tenant_id = %s", here.tenant)
    own = FileKey(Ed25519PrivateKey.generate())
    dsn = here.installation.admin_dsn
    mallory = Authority(dsn, own, own.public)
    try:
        statements.state(mallory, here.tenant, stated(here, "demo-clinician"))
        assert delivered(here, wanted) == "trust.broken"
    finally:
        _restore(here, kept)


class TestRevocation:
    def test_what_a_revoked_signer_signed_is_stopped(
        self, here: Clinic, newcomer: Principal
    ) -> None:
        """And the case goes on: it is reviewed and signed by another."""
        case = here.decided()
        here.see_all(case, newcomer)
        wanted = signed(here, case, newcomer)
        revoked = Change(StatementKind.PRINCIPAL, str(newcomer.id), reason="key lost")
        state(here, revoked)

        assert delivered(here, wanted) == "trust.untrusted"

        assert not here.record.shelf.all("DocumentReference")
        assert here.case(case).state is CaseState.FAILED
        failure = failure_of(here, wanted)
        assert "was revoked at" in failure.explanation
        by = here.person()
        with here.web.transaction(here.tenant, str(by.id)) as unit:
            reopen_failed(unit, failure.id, by)
        here.see_all(case)
        here.sign(case)
        assert here.deliver(case).state is ReleaseState.WRITTEN
        assert len(here.record.shelf.all("DocumentReference")) == 1

    def test_a_revoked_clinician_decides_and_signs_nothing_more(
        self, here: Clinic, newcomer: Principal
    ) -> None:
        case = here.decided()
        here.see_all(case, newcomer)
        state(here, Change(StatementKind.PRINCIPAL, str(newcomer.id), reason="left"))
        with pytest.raises((Untrusted, Conflict)):
            signed(here, case, newcomer)
        with here.web.transaction(here.tenant, "tests") as unit:
            known = unit.people.principal(newcomer.issuer, newcomer.subject)
        assert known is not None
        assert known.roles == frozenset()
        assert here.case(case).state is CaseState.IN_REVIEW

    def test_a_revoked_target_is_written_to_no_more(self, here: Clinic) -> None:
        case = here.decided()
        here.sign(case)
        wanted = here.releases(case)[-1].id
        installation = here.installation
        state(here, Change(StatementKind.TARGET, str(installation.target), reason="moved"))
        try:
            assert delivered(here, wanted) == "trust.untrusted"
            assert not here.record.shelf.all("DocumentReference")
        finally:
            state(
                here,
                statements.target(
                    Target(installation.target, "memory", installation.ehr_url, "Stand-in EHR")
                ),
            )

    def test_a_revoked_issuer_proves_nothing(self, here: Clinic) -> None:
        case = here.decided()
        here.sign(case)
        wanted = here.releases(case)[-1].id
        url = here.installation.issuer_url
        with here.web.transaction(here.tenant, "tests") as unit:
            body = here.trust.standing(unit).standing[StatementKind.ISSUER, url]
        state(here, Change(StatementKind.ISSUER, url, reason="broken into"))
        try:
            assert delivered(here, wanted) == "signature.proof_refused"
            assert not here.record.shelf.all("DocumentReference")
        finally:
            state(here, Change(StatementKind.ISSUER, url, body))


def test_admin_keys_are_changed_while_all_goes_on(neighbour: Clinic) -> None:
    """The processes keep the root that they were given; the old key states nothing more."""
    case, trust = neighbour.decided(), neighbour.trust
    neighbour.sign(case)
    old = FileKey.read(neighbour.installation.trust_key)
    new = FileKey(Ed25519PrivateKey.generate())
    added = Change(StatementKind.ADMIN, key_id(new.public), AdminBody(new.public.hex()))
    state(neighbour, added)
    revoked = Change(StatementKind.ADMIN, key_id(old.public), reason="yearly")
    state(neighbour, revoked, key=new)
    try:
        parts = replace(neighbour.releaser(), trust=trust)
        assert delivered(neighbour, neighbour.releases(case)[-1].id, parts) == ""
        with pytest.raises(AttendingError, match="no admin key"):
            state(neighbour, Change(StatementKind.TARGET, "x", reason="x"), key=old)
    finally:
        state(
            neighbour,
            Change(StatementKind.ADMIN, key_id(old.public), AdminBody(old.public.hex())),
            key=new,
        )


def test_rows_that_nobody_stated_are_told(clinic: Clinic) -> None:
    by = authority(clinic)

    def told() -> tuple[str, ...]:
        return statements.stands(by.admin_dsn, clinic.tenant, by.root)[1]

    assert told() == ()
    safety = clinic.person("demo-safety").id
    tampered(clinic, "update attending.principals set roles = '{clinician}' where id = %s", safety)
    assert told() == (f"principal {safety}",)
    tampered(
        clinic, "update attending.principals set roles = '{safety_officer}' where id = %s", safety
    )
    assert told() == ()
