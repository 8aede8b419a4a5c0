"""Promotions and rollouts that nobody signed: by raw SQL, by our own code, and at their use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from attending.adapters.storage import registering
from attending.assurance.gates import Limit, Policy
from attending.core.errors import Conflict, Forbidden, InvalidInput, ProofRefused
from attending.core.promotion import canonical, read_promotion
from attending.core.registry import ModelVersion, text_digest
from attending.core.rollout import Role
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected
from tests.attacks.test_stop_rules import said
from tests.clinic import Clinic, proof_of
from tests.registered import Registry, document

DENIED = "42501"
TABLES = ("model_versions", "evaluations", "promotions", "rollouts")


@pytest.fixture(scope="module")
def registry(server: Path) -> Iterator[Registry]:
    with Clinic.opened(server, '["tests.plugins.vitals_line"]') as clinic:
        yield Registry(clinic)


@pytest.fixture(scope="module")
def version(registry: Registry) -> ModelVersion:
    """Registered by an engineer, trained by a clinician, measured; promoted by nobody."""
    made = registry.register(trained_by="demo-second")
    registry.evaluated(made)
    return made


@contextmanager
def acting(registry: Registry, role: str) -> Iterator[psycopg.Connection[Any]]:
    with connected(registry.clinic, role) as db:
        acts_for(db, registry.clinic)
        yield db


def promotion(registry: Registry, version: ModelVersion, **changed: Any) -> tuple[str, list[Any]]:
    """A row as the web process would write it. said: changes of what is signed."""
    by = changed.pop("by", registry.clinic.person())
    told = json.loads(canonical(registry.prepared(version, by))) | changed.pop("said", {})
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    values = {
        "tenant_id": registry.clinic.tenant,
        "id": uuid4(),
        "version_id": version.id,
        "statement": text,
        "digest": text_digest(text),
        "proof": '{"token": "forged", "kind": "oidc"}',
        "principal_id": by.id,
    } | changed
    holes = ", ".join(["%s"] * len(values))
    query = f"insert into attending.promotions ({', '.join(values)}) values ({holes})"
    return query, list(values.values())


def rollout(registry: Registry, version: ModelVersion, **changed: Any) -> tuple[str, list[Any]]:
    values = {
        "tenant_id": registry.clinic.tenant,
        "id": uuid4(),
        "line": "vitals",
        "cohort": "*",
        "version_id": version.id,
        "role": "shadow",
        "principal_id": registry.clinic.person("demo-engineer").id,
    } | changed
    holes = ", ".join(["%s"] * len(values))
    return f"insert into attending.rollouts ({', '.join(values)}) values ({holes})", list(
        values.values()
    )


def test_an_honest_web_process_may_keep_a_promotion(
    registry: Registry, version: ModelVersion
) -> None:
    with acting(registry, "attending_web") as db:
        assert said(db, *promotion(registry, version)) == ""


@pytest.mark.parametrize("role", ["attending_inference", "attending_releaser"])
def test_no_other_process_promotes_or_rolls_out(
    registry: Registry, version: ModelVersion, role: str
) -> None:
    with acting(registry, role) as db:
        assert said(db, *promotion(registry, version)) == DENIED
        assert said(db, *rollout(registry, version)) == DENIED


@pytest.mark.parametrize("role", APP_ROLES)
@pytest.mark.parametrize("table", TABLES)
def test_nobody_changes_what_was_kept(registry: Registry, role: str, table: str) -> None:
    with acting(registry, role) as db:
        for command in ("update attending.{} set id = id", "delete from attending.{}"):
            assert said(db, command.format(table)) == DENIED
    with as_superuser(registry.clinic) as db:
        acts_for(db, registry.clinic)
        assert said(db, f"truncate attending.{table} cascade") == "AT001"


@pytest.mark.parametrize("role", APP_ROLES)
def test_no_serving_role_registers_or_evaluates(
    registry: Registry, version: ModelVersion, role: str
) -> None:
    copied = "insert into attending.{0} select * from attending.{0}"
    with acting(registry, role) as db:
        for table in ("model_versions", "evaluations"):
            assert said(db, copied.format(table)) == DENIED


def test_a_promotion_carries_a_proof_and_the_digest_of_its_text(
    registry: Registry, version: ModelVersion
) -> None:
    with acting(registry, "attending_web") as db:
        assert said(db, *promotion(registry, version, proof="")) == "23514"
        assert said(db, *promotion(registry, version, proof=None)) == "23502"
        assert said(db, *promotion(registry, version, digest="cd" * 32)) == "23514"


def test_only_a_clinician_promotes_and_never_the_author(
    registry: Registry, version: ModelVersion
) -> None:
    people = registry.clinic.person
    with acting(registry, "attending_web") as db:
        for username in ("demo-engineer", "demo-safety", "demo-auditor", "demo-admin"):
            assert said(db, *promotion(registry, version, by=people(username))) == "AT009"
        assert said(db, *promotion(registry, version, by=people("demo-second"))) == "AT091"


def test_what_is_signed_is_what_is_stored(registry: Registry, version: ModelVersion) -> None:
    second = registry.clinic.enrolled()
    with acting(registry, "attending_web") as db:
        for field in ("tenant", "version_id", "signer"):
            asked = promotion(registry, version, said={field: str(uuid4())})
            assert said(db, *asked) == "AT090", field
        assert said(db, *promotion(registry, version, principal_id=second.id)) == "AT090"
        assert said(db, *promotion(registry, version, version_id=registry.own.id)) == "AT090"
    past = datetime.now(UTC) - timedelta(hours=1)
    with acting(registry, "attending_web") as db:
        assert said(db, *promotion(registry, version, at=past)) == "AT016"


def test_a_promotion_names_evaluations_of_this_version_with_every_gate_passed(
    registry: Registry, version: ModelVersion
) -> None:
    [known] = json.loads(canonical(registry.prepared(version)))["evaluations"]
    other = registry.evaluated(registry.own)
    with acting(registry, "attending_web") as db:
        for evaluations in (
            [],
            [known | {"digest": "cd" * 32}],
            [known | {"id": str(uuid4())}],
            [known | {"id": str(other.id), "digest": other.digest}],
        ):
            asked = promotion(registry, version, said={"evaluations": evaluations})
            assert said(db, *asked) == "AT092"
        failed = [{"gate": "limit", "measure": "", "outcome": "failed", "why": ""}]
        for gates in ([], failed):
            assert said(db, *promotion(registry, version, said={"gates": gates})) == "AT093"


def test_the_same_signature_is_kept_once(registry: Registry, version: ModelVersion) -> None:
    query, values = promotion(registry, version)
    with acting(registry, "attending_web") as db:
        db.execute(query.encode(), values)
        values[1] = uuid4()
        assert said(db, query, values) == "23505"


def test_a_rollout_needs_a_promotion_and_a_person_who_may(
    registry: Registry, version: ModelVersion
) -> None:
    people = registry.clinic.person
    with acting(registry, "attending_web") as db:
        assert said(db, *rollout(registry, version)) == ""
        for role, share in (("champion", 0.0), ("canary", 0.2)):
            assert said(db, *rollout(registry, version, role=role, share=share)) == "AT096"
        assert said(db, *rollout(registry, version, principal_id=None)) == "AT094"
        for username in ("demo-clinician", "demo-safety", "demo-auditor", "demo-admin"):
            asked = rollout(registry, version, principal_id=people(username).id)
            assert said(db, *asked) == "AT095", username
        taken = rollout(registry, version, role="withdrawn", principal_id=people("demo-safety").id)
        assert said(db, *taken) == ""


def test_a_rollouts_share_cohort_and_role_are_such(
    registry: Registry, version: ModelVersion
) -> None:
    with acting(registry, "attending_web") as db:
        for changed in (
            {"role": "emperor"},
            {"cohort": "everybody"},
            {"cohort": f"ward:{uuid4()}"},
            {"share": 0.5},
            {"line": ""},
        ):
            assert said(db, *rollout(registry, version, **changed)) == "23514", changed


def test_nobody_writes_the_past(registry: Registry, version: ModelVersion) -> None:
    past = datetime.now(UTC) - timedelta(days=30)
    query, values = rollout(registry, version, at=past)
    with acting(registry, "attending_web") as db:
        row = db.execute(f"{query} returning at".encode(), values).fetchone()
        db.rollback()
    assert row is not None
    assert abs(row[0] - datetime.now(UTC)) < timedelta(hours=1)


def test_an_evaluation_is_of_what_was_registered(registry: Registry, version: ModelVersion) -> None:
    other = replace(version, digest="cd" * 32)
    with pytest.raises(InvalidInput, match="digest differs"):
        registering.add_evaluation(registry.admin, document(other, recall=1.0), "x")
    with pytest.raises(Conflict, match="another digest"):
        registry.register(digest="cd" * 32)


# By our own code.


def test_the_author_promotes_nothing(registry: Registry, version: ModelVersion) -> None:
    author = registry.clinic.person("demo-second")
    with pytest.raises(Forbidden, match="themselves"):
        registry.promote(version, author)


def test_a_signature_of_another_evaluation_is_refused(registry: Registry) -> None:
    version = registry.register(replace(registry.engines[1]))
    registry.evaluated(version, recall=0.9)
    request = registry.request(version)
    registry.evaluated(version, recall=0.8)
    with pytest.raises(Conflict, match="not the one that you signed"):
        registry.promote(version, request=request)


def test_a_signature_that_is_sent_again_promotes_once(registry: Registry) -> None:
    version = registry.register(replace(registry.engines[1]))
    registry.evaluated(version, recall=0.95)
    request = registry.request(version)
    registry.promote(version, request=request)
    with pytest.raises(Conflict, match="already"):
        registry.promote(version, request=request)


def test_a_proof_of_something_else_or_of_somebody_else_is_refused(
    registry: Registry, version: ModelVersion
) -> None:
    request, second = registry.request(version), registry.clinic.enrolled()
    for proof in (
        proof_of(registry.clinic.person(), "ab" * 32),
        proof_of(second, request.digest),
        proof_of(registry.clinic.person(), request.digest, age=3600),
    ):
        with pytest.raises(ProofRefused):
            registry.promote(version, request=replace(request, proof=proof))


def test_an_old_preparation_is_not_signed(registry: Registry, version: ModelVersion) -> None:
    request = registry.request(version)
    old = replace(request, prepared_at=request.prepared_at - timedelta(minutes=16))
    with pytest.raises(Conflict, match="too long ago"):
        registry.promote(version, request=old)


def test_a_gate_that_fails_is_not_signed_away(registry: Registry, version: ModelVersion) -> None:
    policy = Policy(limits={"recall": Limit(at_least=0.99)})
    person = registry.clinic.person()
    made = registry.prepared(version, person, policy)
    signed = text_digest(canonical(made))
    request = replace(
        registry.request(version),
        digest=signed,
        prepared_at=datetime.fromisoformat(made.prepared_at),
        proof=proof_of(person, signed),
    )
    with pytest.raises(Conflict, match="gate"):
        registry.promote(version, request=request, policy=policy)


# At its use: what a taken-over web process, or whoever holds the database, could write.


@pytest.fixture
def fresh(server: Path) -> Iterator[Registry]:
    with Clinic.opened(server, '["tests.plugins.vitals_line"]') as clinic:
        yield Registry(clinic)


def passed_over(registry: Registry) -> str:
    _, run = registry.answer()
    assert run.model.name == "mean-rate"
    return run.parameters["passed_over"]


def test_a_forged_promotion_is_believed_by_nobody(fresh: Registry) -> None:
    """Everything is right but the proof, which only the signer's issuer makes."""
    version = fresh.register()
    fresh.evaluated(version)
    query, values = promotion(fresh, version)
    with acting(fresh, "attending_web") as db:
        db.execute(query.encode(), values)
        db.commit()
    fresh.roll(version, Role.CHAMPION)
    assert passed_over(fresh) == "slowest-rate 1: signature.proof_refused"


def test_a_signature_is_not_carried_over_to_another_version(fresh: Registry) -> None:
    first = fresh.promoted()
    second = fresh.register(fresh.engines[1])
    fresh.evaluated(second)
    with as_superuser(fresh.clinic) as db:
        db.execute("set local session_replication_role = replica")
        db.execute(
            """insert into attending.promotions
               select tenant_id, gen_random_uuid(), %s, statement, digest, proof, principal_id, at
               from attending.promotions where version_id = %s
               on conflict do nothing""",
            (second.id, first.id),
        )
        db.execute(
            "update attending.promotions set version_id = %s where version_id = %s",
            (second.id, first.id),
        )
        db.commit()
    fresh.roll(second, Role.CHAMPION)
    assert passed_over(fresh) == "failing-rate 1: signature.proof_refused"


def test_a_changed_evaluation_takes_the_promotion_with_it(fresh: Registry) -> None:
    version = fresh.promoted()
    fresh.roll(version, Role.CHAMPION)
    assert fresh.answer()[1].model.name == "slowest-rate"
    with as_superuser(fresh.clinic) as db:
        db.execute("set local session_replication_role = replica")
        text = document(version, recall=0.99)
        db.execute(
            "update attending.evaluations set document = %s, digest = %s where version_id = %s",
            (text, text_digest(text), version.id),
        )
        db.commit()
    assert passed_over(fresh) == "slowest-rate 1: signature.proof_refused"


def test_a_changed_promotion_is_no_promotion(fresh: Registry) -> None:
    version = fresh.promoted()
    fresh.roll(version, Role.CHAMPION)
    with as_superuser(fresh.clinic) as db:
        row = db.execute("select statement from attending.promotions").fetchone()
        assert row is not None
        changed = canonical(replace(read_promotion(row[0]), compared_with=("better 9",)))
        db.execute("set local session_replication_role = replica")
        db.execute(
            "update attending.promotions set statement = %s, digest = %s",
            (changed, text_digest(changed)),
        )
        db.commit()
    assert passed_over(fresh) == "slowest-rate 1: signature.proof_refused"


def test_a_neighbours_promotion_is_not_ours(fresh: Registry) -> None:
    version = fresh.promoted()
    with fresh.clinic.next_door() as neighbour:
        theirs = Registry(neighbour)
        with pytest.raises(Conflict, match="not promoted"):
            theirs.roll(version, Role.CHAMPION)


def test_what_ran_beside_never_becomes_a_draft(fresh: Registry) -> None:
    fresh.roll(fresh.register(), Role.SHADOW)
    case, _ = fresh.answer()
    beside = fresh.run(case, "beside")
    draft = """insert into attending.drafts (tenant_id, id, case_id, run_id, body)
               values (%s, gen_random_uuid(), %s, %s, '\\x00')"""
    with acting(fresh, "attending_inference") as db:
        assert said(db, draft, (fresh.clinic.tenant, case, beside.id)) in ("AT005", "AT097")
    with as_superuser(fresh.clinic) as db:
        acts_for(db, fresh.clinic)
        db.execute("alter table attending.drafts disable trigger drafting_only")
        assert said(db, draft, (fresh.clinic.tenant, case, beside.id)) == "AT097"
        db.rollback()
