"""Seeing, deciding, revising, signing, releasing: by raw SQL, past every check of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from attending.core.case import DecisionKind
from attending.core.ids import CaseId
from attending.loop import review
from tests.attacks import catalogue
from tests.attacks.catalogue import APP_ROLES
from tests.attacks.conftest import acts_for, as_superuser, connected
from tests.attacks.stories import Story
from tests.clinic import Clinic

# What was written stays, whoever asks (invariant 3 of the design, and what reviews leave).
KEPT = {
    "sources", "runs", "drafts", "draft_sections", "findings", "views", "decisions", "revisions",
    "signatures", "transitions", "audit_log", "spans", "consents", "pauses",
    "trust_statements", "ended_sessions", "handovers", "audit_subjects", "capture_chunks",
    "capture_pieces", "promotions", "rollouts", "guard_acts", "guardings", "revision_findings",
    "judgements",
}  # fmt: skip
# The only tables that serving roles update at all, a column here and there.
UPDATED = {
    "patients", "source_states", "cases", "releases", "failures", "job_keys", "captures",
    "capture_keys", "passkeys",
}  # fmt: skip

Connection = psycopg.Connection[Any]


class Web:
    """The web role's own session, as somebody with stolen credentials has it."""

    def __init__(self, clinic: Clinic, db: Connection) -> None:
        self.clinic, self.db = clinic, db
        self.tenant = clinic.tenant
        self.by = clinic.person().id

    def insert(self, table: str, **values: object) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        holes = sql.SQL(", ").join(sql.Placeholder() * len(values))
        self.db.execute(
            sql.SQL("insert into attending.{} (tenant_id, {}) values ({}, {})").format(
                sql.Identifier(table), names, sql.Literal(self.tenant), holes
            ),
            list(values.values()),
        )

    def view(self, case: CaseId, section: str, **changed: object) -> None:
        usual = {"revision": 0, "statement": "", "principal_id": self.by}
        self.insert("views", case_id=case, section=section, **(usual | changed))

    def decision(self, case: CaseId, section: str, **changed: object) -> None:
        usual = {
            "id": uuid4(),
            "revision": 0,
            "kind": "accept",
            "reason": b"sealed",
            "principal_id": self.by,
            "version": self.clinic.case(case).version,
        }
        self.insert("decisions", case_id=case, section=section, **(usual | changed))

    def signature(self, case: CaseId, **changed: object) -> UUID:
        usual: dict[str, object] = {
            "id": uuid4(),
            "version": self.clinic.case(case).version,
            "action": "write",
            "target_id": self.clinic.installation.target,
            "digest": "ab" * 32,
            "payload": b"sealed",
            "proof": b"sealed",
            "principal_id": self.by,
            "signed_at": datetime.now(UTC),
        }
        values = usual | changed
        self.insert("signatures", case_id=case, **values)
        return UUID(str(values["id"]))

    def sign(self, case: CaseId) -> None:
        self.move(case, "signed")

    def move(self, case: CaseId, state: str) -> None:
        done = self.db.execute(
            "update attending.cases set state = %s, version = version + 1 where id = %s",
            (state, case),
        )
        assert done.rowcount == 1

    def release(self, case: CaseId, signature: UUID, **changed: object) -> None:
        usual = {
            "id": uuid4(),
            "signature_id": signature,
            "target_id": self.clinic.installation.target,
            "digest": "ab" * 32,
            "state": "pending",
            "version": 1,
        }
        self.insert("releases", case_id=case, **(usual | changed))


@pytest.fixture
def web(clinic: Clinic) -> Iterator[Web]:
    with connected(clinic, "attending_web") as db:
        acts_for(db, clinic)
        yield Web(clinic, db)


@pytest.fixture(scope="module")
def reviewed(clinic: Clinic) -> CaseId:
    return clinic.in_review()


@pytest.fixture(scope="module")
def decided(clinic: Clinic) -> CaseId:
    return clinic.decided()


class refused:  # noqa: N801 - reads as a sentence: with refused("AT007")
    """The database refuses, by this rule."""

    def __init__(self, rule: str) -> None:
        self.raises = pytest.raises(psycopg.Error)
        self.rule = rule

    def __enter__(self) -> None:
        self.caught = self.raises.__enter__()

    def __exit__(self, *error: object) -> bool:
        done = self.raises.__exit__(*error)  # type: ignore[arg-type]
        assert self.caught.value.sqlstate == self.rule, self.caught.value
        return bool(done)


class TestSeeing:
    def test_an_honest_web_process_may_decide(self, web: Web, reviewed: CaseId) -> None:
        web.view(reviewed, "fast")
        web.decision(reviewed, "fast")

    def test_not_without_a_view(self, web: Web, reviewed: CaseId) -> None:
        with refused("AT007"):
            web.decision(reviewed, "fast")

    def test_not_by_anothers_view(self, web: Web, reviewed: CaseId) -> None:
        web.view(reviewed, "fast", principal_id=web.clinic.person("demo-second").id)
        with refused("AT007"):
            web.decision(reviewed, "fast")

    def test_not_by_the_view_of_another_section(self, web: Web, reviewed: CaseId) -> None:
        web.view(reviewed, "rate", statement="rate.1")
        with refused("AT007"):
            web.decision(reviewed, "fast")

    def test_not_with_a_serious_finding_unopened(self, web: Web, reviewed: CaseId) -> None:
        web.view(reviewed, "rate")
        web.view(reviewed, "rate", statement="rate.2")
        with refused("AT007"):
            web.decision(reviewed, "rate")

    def test_not_what_will_stand_later(self, web: Web, reviewed: CaseId) -> None:
        with refused("AT006"):
            web.view(reviewed, "fast", revision=1)

    def test_not_on_another_revision(self, web: Web, reviewed: CaseId) -> None:
        web.view(reviewed, "fast")
        with refused("AT006"):
            web.decision(reviewed, "fast", revision=1)

    def test_not_a_section_that_is_not_there(self, web: Web, reviewed: CaseId) -> None:
        with refused("23503"):
            web.view(reviewed, "other")

    @pytest.mark.parametrize("shift", [-1, 1])
    def test_not_at_another_version(self, web: Web, reviewed: CaseId, shift: int) -> None:
        web.view(reviewed, "fast")
        with refused("AT005"):
            web.decision(reviewed, "fast", version=web.clinic.case(reviewed).version + shift)

    def test_not_by_anybody_but_a_clinician(self, web: Web, reviewed: CaseId) -> None:
        engineer = web.clinic.person("demo-engineer").id
        web.view(reviewed, "fast", principal_id=engineer)
        with refused("AT009"):
            web.decision(reviewed, "fast", principal_id=engineer)

    def test_not_after_the_signature(self, web: Web) -> None:
        case_id = web.clinic.decided()
        web.clinic.sign(case_id)
        with refused("AT005"):
            web.decision(case_id, "fast")


class TestRevising:
    def test_not_without_a_decision(self, web: Web, reviewed: CaseId) -> None:
        with refused("AT008"):
            web.insert(
                "revisions", case_id=reviewed, section="fast", number=1, body=b"",
                principal_id=web.by,
            )  # fmt: skip

    @pytest.mark.parametrize(("kind", "number"), [("accept", 1), ("edit", 2)])
    def test_not_by_another_decision(
        self, web: Web, reviewed: CaseId, kind: str, number: int
    ) -> None:
        web.view(reviewed, "fast")
        web.decision(reviewed, "fast", kind=kind)
        with refused("AT008"):
            web.insert(
                "revisions", case_id=reviewed, section="fast", number=number, body=b"",
                principal_id=web.by,
            )  # fmt: skip

    @pytest.mark.parametrize("table", ["drafts", "draft_sections", "findings"])
    def test_nothing_is_slipped_under_a_review(
        self, clinic: Clinic, reviewed: CaseId, table: str
    ) -> None:
        """The draft of the inference process is closed once it is reviewed."""
        with connected(clinic, "attending_inference") as db:
            acts_for(db, clinic)
            with refused("AT005"):
                db.execute(
                    sql.SQL(
                        "insert into attending.{} select * from attending.{} where case_id = %s"
                    ).format(sql.Identifier(table), sql.Identifier(table)),
                    (reviewed,),
                )


class TestSigning:
    def test_an_honest_web_process_may_sign(self, web: Web, decided: CaseId) -> None:
        signature = web.signature(decided)
        web.sign(decided)
        web.release(decided, signature)

    def test_not_undecided(self, web: Web, reviewed: CaseId) -> None:
        with refused("AT010"):
            web.signature(reviewed)

    def test_not_what_one_has_not_seen(self, web: Web, decided: CaseId) -> None:
        with refused("AT007"):
            web.signature(decided, principal_id=web.clinic.person("demo-second").id)

    def test_not_by_anybody_but_a_clinician(self, web: Web, decided: CaseId) -> None:
        for username in ("demo-engineer", "demo-safety", "demo-auditor", "demo-admin"):
            with refused("AT009"), web.db.transaction():
                web.signature(decided, principal_id=web.clinic.person(username).id)

    def test_not_at_another_version(self, web: Web, decided: CaseId) -> None:
        with refused("AT005"):
            web.signature(decided, version=web.clinic.case(decided).version - 1)

    @pytest.mark.parametrize("minutes", [-60, -3, 3, 60])
    def test_not_at_another_time(self, web: Web, decided: CaseId, minutes: int) -> None:
        """The time is what the proof's own times are held against."""
        with refused("AT016"):
            at = datetime.now(UTC) + timedelta(minutes=minutes)
            web.signature(decided, signed_at=at)

    def test_not_a_retraction_of_what_does_not_stand(self, web: Web, decided: CaseId) -> None:
        with refused("AT005"):
            web.signature(decided, action="retract")

    def test_the_case_is_not_signed_without_signature(self, web: Web, decided: CaseId) -> None:
        with refused("AT011"):
            web.sign(decided)

    def test_a_released_case_is_not_retracted_by_its_old_signature(self, web: Web) -> None:
        case_id = web.clinic.released()
        with refused("AT011"):
            web.sign(case_id)

    def test_a_reopened_case_is_not_signed_by_its_old_signature(self, web: Web) -> None:
        case_id = web.clinic.released()
        web.move(case_id, "in_review")
        with refused("AT011"):
            web.sign(case_id)


class TestReleasing:
    def test_not_without_signature(self, web: Web, decided: CaseId) -> None:
        with refused("AT011"):
            web.release(decided, uuid4())

    def test_not_another_digest(self, web: Web, decided: CaseId) -> None:
        signature = web.signature(decided)
        web.sign(decided)
        with refused("AT011"):
            web.release(decided, signature, digest="cd" * 32)

    def test_not_another_case(self, web: Web, decided: CaseId) -> None:
        other = web.clinic.decided()
        signature = web.signature(decided)
        web.sign(decided)
        with refused("AT011"):
            web.release(other, signature)

    def test_not_another_target(self, web: Web, decided: CaseId) -> None:
        signature = web.signature(decided)
        web.sign(decided)
        with refused("AT011"):
            web.release(decided, signature, target_id=uuid4())

    def test_not_while_the_case_is_in_review(self, web: Web, decided: CaseId) -> None:
        signature = web.signature(decided)
        with refused("AT017"):
            web.release(decided, signature)

    def test_not_an_older_signature(self, clinic: Clinic) -> None:
        """Failed, reopened, signed anew: the first one is not sent after all."""
        old = self._release_signed_over(clinic)
        with connected(clinic, "attending_web") as db:
            acts_for(db, clinic)
            db.execute(
                "update attending.releases set state = 'pending', version = version + 1"
                " where id = %s",
                (old,),
            )
            db.commit()
        with connected(clinic, "attending_releaser") as db:
            acts_for(db, clinic)
            with refused("AT017"):
                db.execute(
                    "update attending.releases set state = 'writing', version = version + 1"
                    " where id = %s",
                    (old,),
                )

    @staticmethod
    def _release_signed_over(clinic: Clinic) -> UUID:
        case_id = clinic.released()
        by = clinic.person()
        with as_superuser(clinic) as db:  # as a delivery that failed leaves it
            db.execute("set local session_replication_role = replica")
            db.execute(
                "update attending.releases set state = 'failed' where case_id = %s", (case_id,)
            )
            db.commit()
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            review.reopen(unit, case_id, unit.cases.head(case_id).version, by)
        clinic.decide(case_id, "fast", DecisionKind.EDIT, text="None.")
        clinic.see_all(case_id)
        clinic.sign(case_id)
        return UUID(str(clinic.releases(case_id)[0].id))

    def test_a_case_is_not_released_before_anything_was_written(self, clinic: Clinic) -> None:
        case_id = clinic.decided()
        clinic.sign(case_id)
        for state in ("released", "retracted"):
            with connected(clinic, "attending_releaser") as db:
                acts_for(db, clinic)
                with refused("AT014"):
                    Web(clinic, db).move(case_id, state)

    def test_a_written_release_names_its_resource(self, clinic: Clinic) -> None:
        case_id = clinic.decided()
        clinic.sign(case_id)
        step = "update attending.releases set state = %s, version = version + 1 where case_id = %s"
        with connected(clinic, "attending_releaser") as db:
            acts_for(db, clinic)
            db.execute(step, ("writing", case_id))
            with refused("AT012"):
                db.execute(step, ("written", case_id))

    def test_a_case_without_draft_is_not_reviewed(self, clinic: Clinic) -> None:
        _, head = clinic.upload()
        with connected(clinic, "attending_inference") as db:
            acts_for(db, clinic)
            with refused("AT013"):
                Web(clinic, db).move(head.id, "in_review")

    def test_a_case_is_of_its_sources_encounter(self, web: Web) -> None:
        """Or one patient's draft would be read under another's name."""
        source, head = web.clinic.upload()
        with as_superuser(web.clinic) as db:
            db.execute("set local session_replication_role = replica")
            db.execute("delete from attending.cases where id = %s", (head.id,))
            db.commit()
        for encounter, rule in ((web.clinic.encounter(), "23503"), (head.encounter, None)):
            with refused(rule) if rule else web.db.transaction(), web.db.transaction():
                web.insert(
                    "cases", id=head.id, source_id=source.id, encounter_id=encounter,
                    line="vitals", state="drafting", version=1,
                )  # fmt: skip
        web.db.commit()


class TestKept:
    """What was written is never changed, by any role, nor by the owner or a superuser."""

    @pytest.mark.parametrize("role", [*APP_ROLES, "attending_queue", "attending_owner", ""])
    def test_no_row_goes(self, ours: Story, role: str) -> None:
        with as_superuser(ours.clinic) as db:
            columns = {name: catalogue.columns(db, name) for name in KEPT}
            tenant = ours.clinic.tenant
            acts_for(db, ours.clinic)
            if role:
                db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            for name, column in ((n, c) for n in KEPT for c in columns[n]):
                for command in (
                    "update attending.{table} set {column} = {column} where tenant_id = {tenant}",
                    "delete from attending.{table} where tenant_id = {tenant}",
                    "truncate attending.{table} cascade",
                ):
                    query = sql.SQL(command).format(
                        table=sql.Identifier(name),
                        column=sql.Identifier(column),
                        tenant=sql.Literal(tenant),
                    )
                    with pytest.raises(psycopg.Error) as caught, db.transaction():
                        db.execute(query)
                    expected = "42501" if role in (*APP_ROLES, "attending_queue") else "AT001"
                    assert caught.value.sqlstate == expected, (name, command)

    def test_no_tenant_is_truncated_with_all_its_rows(self, ours: Story) -> None:
        with as_superuser(ours.clinic) as db, refused("AT001"):
            db.execute("truncate attending.tenants cascade")

    def test_serving_roles_switch_nothing_off(self, ours: Story) -> None:
        for role, command in (
            (role, command)
            for role in APP_ROLES
            for command in (
                "alter table attending.signatures disable trigger all",
                "alter table attending.cases disable row level security",
                "set session_replication_role = replica",
                "drop trigger keep_rows on attending.audit_log",
                "set role attending_owner",
                (
                    "create function attending.audit(text, text, text, json) returns bigint"
                    " language sql as 'select 1'"
                ),
                (
                    "insert into attending.allowed_transitions"
                    " values ('case', 'drafting', 'released', 'attending_web')"
                ),
                "update attending.audit_heads set seq = 0",
                "select attending.protect('cases')",
            )
        ):
            with connected(ours.clinic, role) as db, refused("42501"):
                db.execute(command.encode())

    def test_serving_roles_update_what_is_listed_and_no_more(self, ours: Story) -> None:
        with as_superuser(ours.clinic) as db:
            updated = {
                name
                for name in catalogue.tables(db)
                for role in catalogue.SERVING
                if catalogue.has_any(db, role, f"attending.{name}", "UPDATE")
            }
        assert updated == UPDATED
