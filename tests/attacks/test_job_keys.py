"""Inference, taken over: its role with any SQL, and its own private key. What can it open?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from attending import app
from attending.adapters.storage.codec import TenantCipher
from attending.adapters.storage.database import TenantUnit
from attending.adapters.storage.keys import JobKeys, MasterKeys, read_private, read_public
from attending.core.case import CaseState
from attending.core.errors import AttendingError, Conflict, EngineFailed, KeyMissing, Misconfigured
from attending.core.ids import CaseId, PatientId, SourceId
from attending.core.work import Source, Step
from attending.loop import recover
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.propose import propose
from attending.loop.review import reject_case
from tests.attacks.conftest import acts_for, as_superuser, connected
from tests.clinic import Clinic


def stolen(clinic: Clinic) -> dict[PatientId, bytes]:
    """Every key that the inference process can come by, by patient."""
    with clinic.databases["inference"].transaction(clinic.tenant, "thief") as unit:
        rows = unit.all("select patient_id from attending.job_keys")
        return {row["patient_id"]: unit.cipher(row["patient_id"]).key for row in rows}


def uploaded(clinic: Clinic, content: bytes = b"0,80\n1,120\n2,90\n") -> tuple[Source, CaseId]:
    source, head = clinic.upload(content)
    return source, head.id


def draft(clinic: Clinic, source: Source, case: CaseId) -> None:
    parts = clinic.parts("inference")
    decode(parts, clinic.job(Step.DECODE, source.id))
    infer(parts, clinic.job(Step.INFER, case))
    propose(parts, clinic.job(Step.PROPOSE, case))


def give_up(clinic: Clinic, step: Step, subject: Any, error: AttendingError) -> str:
    """The explanation that a person then reads."""
    recover.give_up(clinic.databases["inference"], clinic.job(step, subject), error)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return next(f.explanation for f in unit.failures.open() if f.subject_id == subject)


def retry(clinic: Clinic, subject: Any) -> None:
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        failure = next(f for f in unit.failures.open() if f.subject_id == subject)
        recover.retry(unit, failure.id, by)


class TestWhatItCanOpen:
    def test_the_patient_whose_job_waits_and_nobody_else(self, clinic: Clinic) -> None:
        done, waiting = clinic.in_review(), uploaded(clinic)[0]
        keys = stolen(clinic)
        assert clinic.case(done).patient not in keys
        cipher = TenantCipher(keys[waiting.patient], clinic.tenant)
        with as_superuser(clinic) as db:
            sealed = dict(db.execute("select id, identity from attending.patients").fetchall())
        assert b"Ann Test" in cipher.open(
            f"patients/identity/{waiting.patient}", sealed[waiting.patient]
        )
        for patient, identity in sealed.items():
            if patient != waiting.patient:
                with pytest.raises(Misconfigured):
                    cipher.open(f"patients/identity/{patient}", identity)

    def test_nothing_once_it_is_in_review(self, clinic: Clinic) -> None:
        source, case = uploaded(clinic)
        assert source.patient in stolen(clinic)
        draft(clinic, source, case)
        assert clinic.case(case).state is CaseState.IN_REVIEW
        assert source.patient not in stolen(clinic)
        with (
            pytest.raises(KeyMissing),
            clinic.databases["inference"].transaction(clinic.tenant, "thief") as unit,
        ):
            unit.intake.source(source.id)

    def test_nothing_once_the_draft_is_rejected(self, clinic: Clinic) -> None:
        source, case = uploaded(clinic)
        draft(clinic, source, case)
        by = clinic.person()
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            reject_case(unit, case, unit.cases.head(case).version, "No use.", by)
        assert source.patient not in stolen(clinic)

    def test_no_key_of_a_tenant_or_a_patient_is_its_to_read(self, clinic: Clinic) -> None:
        for table in ("tenant_keys", "patients"):
            with connected(clinic, "attending_inference") as db:
                acts_for(db, clinic)
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(f"select * from attending.{table}".encode())

    def test_it_hands_no_key_over_itself(self, clinic: Clinic) -> None:
        source, case = uploaded(clinic)
        draft(clinic, source, case)
        with connected(clinic, "attending_inference") as db:
            acts_for(db, clinic)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(
                    "insert into attending.job_keys values (%s, %s, %s, '')",
                    (clinic.tenant, source.id, source.patient),
                )


class TestFailures:
    def test_a_source_that_failed_is_explained_and_its_key_is_gone(self, clinic: Clinic) -> None:
        source, _ = uploaded(clinic)
        told = give_up(clinic, Step.DECODE, source.id, EngineFailed("It broke."))
        assert "It broke." in told
        assert source.patient not in stolen(clinic)
        retry(clinic, source.id)
        assert source.patient in stolen(clinic)

    def test_a_case_that_failed_is_explained_and_drafts_when_retried(self, clinic: Clinic) -> None:
        source, case = uploaded(clinic)
        decode(clinic.parts("inference"), clinic.job(Step.DECODE, source.id))
        told = give_up(clinic, Step.INFER, case, EngineFailed("It broke."))
        assert "It broke." in told
        assert source.patient not in stolen(clinic)
        retry(clinic, case)
        draft(clinic, source, case)
        assert clinic.case(case).state is CaseState.IN_REVIEW
        assert source.patient not in stolen(clinic)

    def test_a_late_job_finds_no_key_and_needs_none(self, clinic: Clinic) -> None:
        source, case = uploaded(clinic)
        draft(clinic, source, case)
        draft(clinic, source, case)
        assert clinic.case(case).state is CaseState.IN_REVIEW

    def test_what_is_paused_keeps_its_key_until_it_is_done(self, clinic: Clinic) -> None:
        source, case = uploaded(clinic)
        pause = clinic.pause()
        decode(clinic.parts("inference"), clinic.job(Step.DECODE, source.id))
        assert source.patient in stolen(clinic)
        clinic.resume(pause)
        draft(clinic, source, case)
        assert source.patient not in stolen(clinic)


class TestTheRow:
    def test_a_sealed_key_opens_in_its_own_row_alone(self, clinic: Clinic) -> None:
        ours, other = uploaded(clinic)[0], uploaded(clinic)[0]
        with as_superuser(clinic) as db:
            db.execute(
                """update attending.job_keys set sealed =
                     (select sealed from attending.job_keys where source_id = %s)
                   where source_id = %s""",
                (other.id, ours.id),
            )
            db.commit()
        with (
            pytest.raises(KeyMissing),
            clinic.databases["inference"].transaction(clinic.tenant, "thief") as unit,
        ):
            unit.cipher(ours.patient)
        sealed_again(clinic, ours.id)

    @pytest.mark.parametrize("of", ["a finished case", "another patient"])
    def test_web_leaves_no_key_that_no_work_needs(self, clinic: Clinic, of: str) -> None:
        source, case = uploaded(clinic)
        patient = source.patient
        if of == "a finished case":
            draft(clinic, source, case)
        else:
            patient = clinic.patient()
        with connected(clinic, "attending_web") as db:
            acts_for(db, clinic)
            with pytest.raises(psycopg.Error) as refused:
                db.execute(
                    """insert into attending.job_keys (tenant_id, source_id, patient_id, sealed)
                       values (%s, %s, %s, 'x')
                       on conflict (tenant_id, source_id)
                       do update set sealed = excluded.sealed""",
                    (clinic.tenant, source.id, patient),
                )
        assert refused.value.sqlstate == "AT060"

    def test_it_cannot_end_the_work_and_keep_the_key(self, clinic: Clinic) -> None:
        _, case = uploaded(clinic)
        with connected(clinic, "attending_inference") as db:
            acts_for(db, clinic)
            db.execute(
                "update attending.cases set state = 'failed', version = version + 1 where id = %s",
                (case,),
            )
            db.execute("select attending.enter('')")
            with pytest.raises(psycopg.Error) as refused:
                db.commit()
        assert refused.value.sqlstate == "AT043"

    def test_it_takes_nobody_elses_key_back(self, clinic: Clinic) -> None:
        source, _ = uploaded(clinic)
        with connected(clinic, "attending_inference") as db:
            acts_for(db, clinic)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute("delete from attending.job_keys where source_id = %s", (source.id,))


def sealed_again(clinic: Clinic, source: SourceId) -> None:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        unit.keys.hand_over(unit, source)


@pytest.fixture
def other_pair(tmp_path: Path) -> tuple[Path, Path]:
    key = X25519PrivateKey.generate()
    private, public = tmp_path / "new.pem", tmp_path / "new.pub.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


class TestChange:
    def test_jobs_sealed_for_the_old_and_the_new_key_both_open(
        self, clinic: Clinic, other_pair: tuple[Path, Path], tmp_path: Path
    ) -> None:
        private, public = other_pair
        old = clinic.installation.home / "inference.pem"
        both = tmp_path / "both.pem"
        both.write_bytes(private.read_bytes() + old.read_bytes())
        before, after = uploaded(clinic)[0], uploaded(clinic)[0]
        opens = as_web(clinic, public)
        opens(lambda unit: unit.keys.hand_over(unit, after.id))
        for keys, opened in ((both, {before, after}), (old, {before}), (private, {after})):
            assert opened_by(clinic, JobKeys(read_private(keys)), before, after) == opened
        sealed_again(clinic, after.id)

    def test_a_job_sealed_for_another_is_a_failure_that_a_retry_mends(
        self, clinic: Clinic, other_pair: tuple[Path, Path]
    ) -> None:
        source, case = uploaded(clinic)
        as_web(clinic, other_pair[1])(lambda unit: unit.keys.hand_over(unit, source.id))
        job = clinic.job(Step.DECODE, source.id)
        with pytest.raises(KeyMissing) as missing:
            decode(clinic.parts("inference"), job)
        assert not missing.value.transient
        told = give_up(clinic, Step.DECODE, source.id, missing.value)
        assert told == KeyMissing.remedy  # what nobody could seal was not kept
        retry(clinic, source.id)
        draft(clinic, source, case)
        assert clinic.case(case).state is CaseState.IN_REVIEW

    def test_web_does_not_enqueue_without_the_public_key(self, clinic: Clinic) -> None:
        keys = app.keys_of("releaser", clinic.installation.settings("releaser"))
        source, _ = uploaded(clinic)
        with (
            pytest.raises(Misconfigured, match="INFERENCE_PUBLIC_KEY"),
            clinic.web.transaction(clinic.tenant, "tests") as unit,
        ):
            keys.hand_over(unit, source.id)

    def test_a_file_that_holds_another_kind_of_key_is_named(self, clinic: Clinic) -> None:
        home = clinic.installation.home
        for path in (home / "checkpoint.pem", home / "master.key", home / "none.pem"):
            with pytest.raises(Misconfigured, match=path.name):
                read_private(path)
        for path in (home / "checkpoint.pub.pem", home / "master.key", home / "none.pem"):
            with pytest.raises(Misconfigured, match=path.name):
                read_public(path)


def as_web(clinic: Clinic, public: Path) -> Callable[[Callable[[TenantUnit], None]], None]:
    """Work of a web process that seals for this public key."""
    master = clinic.installation.settings("web").key("master_key_file")

    def work(what: Callable[[TenantUnit], None]) -> None:
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            keys = MasterKeys(master, read_public(public))
            what(TenantUnit(unit.connection, unit.tenant, keys))

    return work


def opened_by(clinic: Clinic, keys: JobKeys, *sources: Source) -> set[Source]:
    opened = set()
    with clinic.databases["inference"].transaction(clinic.tenant, "tests") as unit:
        for source in sources:
            try:
                TenantUnit(unit.connection, unit.tenant, keys).cipher(source.patient)
            except KeyMissing:
                continue
            opened.add(source)
    return opened


def test_a_conflict_is_told_as_one(clinic: Clinic) -> None:
    """The rule of the database reaches the caller in our own words."""
    source, case = uploaded(clinic)
    draft(clinic, source, case)
    with pytest.raises(Conflict):
        sealed_again(clinic, source.id)
