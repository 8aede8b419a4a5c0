"""A row is no signature: the releaser believes proofs, and nothing else.

Each forgery is planted twice: by the web role, past our own checks but under the
database's triggers, and by a superuser whose triggers are off. Where the triggers
refuse it already, the second way is the one that matters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

import psycopg
import pytest
from joserfc.jwk import ECKey

from attending.core.case import CaseState, ReleaseState
from attending.core.entry import EntryPayload, digest
from attending.core.errors import NotFound, ProofRefused
from attending.core.ids import CaseId, ReleaseId
from attending.core.work import Step
from attending.demo.installation import CLIENT_ID
from attending.demo.issuer import RunningIssuer, sign_in
from attending.loop import sign
from attending.loop.recover import give_up
from attending.loop.release import release
from tests.adapters.identity.hostile import ATTACKS, flipped
from tests.attacks.conftest import as_superuser
from tests.attacks.forgery import Planted, Proofs, audited, open_failures, plant, prepared, work
from tests.clinic import Clinic

SPOILED = (
    "alg none",
    "HS256 with public key",
    "another's signature",
    "brings its own key",
    "unknown key id",
    "no signature",
)
REFUSED = "signature.proof_refused"
BY_THE_DATABASE = "case.conflict"  # its rules are asked first, when the release is taken up


@pytest.fixture(scope="module")
def proofs(clinic: Clinic) -> Iterator[Proofs]:
    with RunningIssuer(clinic.installation.issuer_settings()) as issuer:
        yield Proofs(issuer)


@dataclass(frozen=True)
class Scene:
    """A case that only waits for its signature, and what the forger has at hand."""

    clinic: Clinic
    proofs: Proofs
    case: CaseId
    honest: EntryPayload

    def planted(self, payload: EntryPayload | None = None, **claims: object) -> Planted:
        """Sealed as it should be, with a proof over exactly this payload."""
        payload = payload or self.honest
        token = self.proofs.of(digest(payload), **claims)
        return Planted(payload, token, self.clinic.person())


@pytest.fixture
def scene(clinic: Clinic, proofs: Proofs) -> Scene:
    case_id = clinic.decided()
    return Scene(clinic, proofs, case_id, prepared(clinic, case_id))


def with_token(token: Callable[[Scene], str]) -> Callable[[Scene], Planted]:
    return lambda scene: replace(scene.planted(), token=token(scene))


def with_claims(**claims: object) -> Callable[[Scene], Planted]:
    return lambda scene: scene.planted(**claims)


def with_payload(**changed: object) -> Callable[[Scene], Planted]:
    """The clinician did prove this payload; but it is not of this case."""
    return lambda scene: scene.planted(replace(scene.honest, **changed))


def of_another_case(scene: Scene) -> Planted:
    """Payload and proof of another case of the same patient's clinic, whole and genuine."""
    return scene.planted(prepared(scene.clinic, scene.clinic.decided()))


def of_another_patient(scene: Scene) -> Planted:
    other = prepared(scene.clinic, scene.clinic.decided())
    return scene.planted(replace(scene.honest, patient_id=other.patient_id, patient=other.patient))


def another_target(scene: Scene) -> Planted:
    target = replace(scene.honest.target, address="http://127.0.0.1:9/fhir")
    return scene.planted(replace(scene.honest, target=target))


def content_changed(scene: Scene) -> Planted:
    """After the proof was made; the stored digest fits the new content."""
    content = replace(scene.honest.content, text="Amoxicillin 5 g")
    changed = replace(scene.honest, content=content)
    return replace(scene.planted(changed), token=scene.proofs.of(digest(scene.honest)))


def digest_kept(scene: Scene) -> Planted:
    """As above, and the stored digest is still the one that was proven."""
    changed = content_changed(scene)
    return replace(changed, digest=digest(scene.honest))


def by_a_colleague(scene: Scene) -> Planted:
    return replace(scene.planted(), by=scene.clinic.person("demo-second"))


def as_a_colleague(scene: Scene) -> Planted:
    second = scene.clinic.person("demo-second")
    signer = replace(scene.honest.signer, id=str(second.id), subject="demo-second")
    return replace(scene.planted(replace(scene.honest, signer=signer)), by=second)


def for_a_colleague(scene: Scene) -> Planted:
    """By the clinician, who names another as the author."""
    signer = replace(scene.honest.signer, subject="demo-second")
    return scene.planted(replace(scene.honest, signer=signer))


def by_an_engineer(scene: Scene) -> Planted:
    """All true, but that engineers do not sign."""
    engineer = scene.clinic.person("demo-engineer")
    signer = replace(scene.honest.signer, id=str(engineer.id), subject="demo-engineer")
    return replace(
        scene.planted(replace(scene.honest, signer=signer), subject="demo-engineer"), by=engineer
    )


def without_a_section(scene: Scene) -> Planted:
    return scene.planted(replace(scene.honest, decisions=scene.honest.decisions[1:]))


def with_another_decision(scene: Scene) -> Planted:
    first, *others = scene.honest.decisions
    return scene.planted(replace(scene.honest, decisions=(replace(first, kind="edit"), *others)))


def before_the_decisions(scene: Scene) -> Planted:
    return scene.planted(replace(scene.honest, version=1))


def now(shift: int) -> dict[str, object]:
    at = int(time.time()) + shift
    return {"auth_time": at, "iat": at, "exp": at + 300}


FORGERIES: dict[str, Callable[[Scene], Planted]] = {
    "no proof": with_token(lambda _s: ""),
    "made up": with_token(lambda s: f"oidc|demo-clinician|{digest(s.honest)}|0"),
    "proof of another digest": with_token(lambda s: s.proofs.of("ab" * 32)),
    "proof of another case": with_token(
        lambda s: s.proofs.of(digest(prepared(s.clinic, s.clinic.decided())))
    ),
    "digest in capitals": with_token(lambda s: s.proofs.of(digest(s.honest).upper())),
    "access token": with_token(
        lambda s: s.proofs.forge.access(sub="demo-clinician", nonce=digest(s.honest))
    ),
    "expired": lambda s: s.planted(**s.proofs.hours_ago(1)),
    "expired since the log-in": lambda s: s.planted(**{**now(-200), "exp": int(time.time()) - 100}),
    "expired a minute ago": lambda s: s.planted(**now(-361)),
    "not yet issued": lambda s: s.planted(**now(3600)),
    "stale log-in": with_claims(auth_time=int(time.time()) - 3600),
    "log-in unknown": with_claims(auth_time=...),
    "another audience": with_claims(aud="other"),
    "another party": with_claims(azp="other"),
    "another issuer": with_claims(iss="http://127.0.0.1:9"),
    "another person": with_claims(subject="demo-second"),
    "an unknown person": with_claims(subject="nobody"),
    "another case, whole": of_another_case,
    "another case": with_payload(case=str(uuid4())),
    "another tenant": with_payload(tenant=str(uuid4())),
    "another patient": of_another_patient,
    "another encounter": with_payload(encounter_id=str(uuid4())),
    "another target": another_target,
    "content changed": content_changed,
    "content changed, digest kept": digest_kept,
    "stored under another digest": lambda s: replace(s.planted(), digest="ab" * 32),
    "stored under a colleague": by_a_colleague,
    "signed for a colleague": for_a_colleague,
    "named as a colleague": as_a_colleague,
    "by an engineer": by_an_engineer,
    "a section undecided": without_a_section,
    "decided otherwise": with_another_decision,
    "older than the decisions": before_the_decisions,
}


# What the triggers refuse the web role already.
NOT_STORED = {
    "by an engineer": "may not sign",
    "stored under a colleague": "without having been seen",
    "named as a colleague": "without having been seen",
}


def check_refused(scene: Scene, wanted: ReleaseId, code: str = REFUSED) -> None:
    """Nothing written; refused, audited, and waiting for a person."""
    clinic = scene.clinic
    before = clinic.record.shelf.all("DocumentReference"), clinic.record.shelf.all("Provenance")

    done = work(clinic, scene.proofs, wanted)

    after = clinic.record.shelf.all("DocumentReference"), clinic.record.shelf.all("Provenance")
    assert after == before
    assert (done.state, done.reason, done.reference) == (ReleaseState.FAILED, code, "")
    assert clinic.case(done.case).state is CaseState.FAILED
    assert [failure.code for failure in open_failures(clinic, wanted)] == [code]
    assert [e["detail"]["code"] for e in audited(clinic, "failure.opened", wanted)] == [code]
    assert audited(clinic, "release.written", wanted) == []


@pytest.mark.parametrize("superuser", [False, True], ids=["web", "superuser"])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused(scene: Scene, forgery: str, superuser: bool) -> None:
    planted = FORGERIES[forgery](scene)
    if forgery in NOT_STORED and not superuser:
        with pytest.raises(psycopg.Error, match=NOT_STORED[forgery]):
            plant(scene.clinic, scene.case, planted, superuser=False)
        return
    wanted = plant(scene.clinic, scene.case, planted, superuser=superuser)
    check_refused(scene, wanted, BY_THE_DATABASE if forgery == "by an engineer" else REFUSED)


def test_the_same_without_forgery_is_written(scene: Scene) -> None:
    """So that the refusals above are for the forgery, and nothing else."""
    wanted = plant(scene.clinic, scene.case, scene.planted(), superuser=False)

    assert work(scene.clinic, scene.proofs, wanted).state is ReleaseState.WRITTEN
    assert scene.clinic.case(scene.case).state is CaseState.RELEASED


@pytest.mark.parametrize("attack", SPOILED)
def test_a_spoiled_token_is_refused(scene: Scene, attack: str) -> None:
    stranger = ECKey.generate_key("P-256", auto_kid=True)
    token = ATTACKS[attack](scene.planted().token, scene.proofs.forge, stranger)
    planted = replace(scene.planted(), token=token)

    check_refused(scene, plant(scene.clinic, scene.case, planted, superuser=False))


class TestRealLogIn:
    """Tokens as the issuer gives them to a person who types a password."""

    @pytest.fixture
    def token(self, scene: Scene) -> str:
        installation = scene.clinic.installation
        return sign_in(
            scene.proofs.issuer.url,
            CLIENT_ID,
            installation.redirect_uri,
            "demo-clinician",
            installation.secrets["demo-clinician"],
            nonce=digest(scene.honest),
        ).id_token

    def test_signs(self, scene: Scene, token: str) -> None:
        by = scene.clinic.person()
        at = datetime.fromisoformat(scene.honest.prepared_at)
        request = sign.Request(scene.case, scene.honest.version, prepared_at=at)
        with scene.clinic.web.transaction(scene.clinic.tenant, str(by.id)) as unit:
            sign.sign(
                unit,
                scene.clinic.lines,
                request,
                digest(scene.honest),
                replace(scene.planted().signature(scene.clinic, scene.case).proof, token=token),
                by,
                scene.clinic.trusting(scene.proofs.verifier),
            )
        wanted = scene.clinic.releases(scene.case)[-1].id
        assert work(scene.clinic, scene.proofs, wanted).state is ReleaseState.WRITTEN

    @pytest.mark.parametrize("part", [0.02, 0.2, 0.4, 0.6, 0.8, 0.97])
    def test_one_bit_spoils_it(self, scene: Scene, token: str, part: float) -> None:
        spoiled = flipped(token, int(part * len(token)), 1)
        planted = replace(scene.planted(), token=spoiled)
        check_refused(scene, plant(scene.clinic, scene.case, planted, superuser=False))

    def test_not_another_case(self, scene: Scene, token: str) -> None:
        other = scene.clinic.decided()
        elsewhere = replace(scene, case=other, honest=prepared(scene.clinic, other))
        planted = replace(elsewhere.planted(), token=token)
        check_refused(elsewhere, plant(scene.clinic, other, planted, superuser=False))


class TestStoredRows:
    """Rows that were written honestly, and tampered with afterwards by a superuser."""

    def test_a_decision_changed_after_the_signature(self, scene: Scene) -> None:
        wanted = plant(scene.clinic, scene.case, scene.planted(), superuser=False)
        self._tamper(scene, "update attending.decisions set kind = 'reject' where case_id = %s")
        check_refused(scene, wanted)

    def test_a_decision_gone_after_the_signature(self, scene: Scene) -> None:
        wanted = plant(scene.clinic, scene.case, scene.planted(), superuser=False)
        self._tamper(
            scene, "delete from attending.decisions where section = 'fast' and case_id = %s"
        )
        check_refused(scene, wanted, BY_THE_DATABASE)

    def test_a_row_moved_from_another_case(self, scene: Scene) -> None:
        """Sealed for its place: it does not even open."""
        other = scene.clinic.decided()
        there = replace(scene, case=other, honest=prepared(scene.clinic, other))
        plant(scene.clinic, other, there.planted(), superuser=False)
        wanted = plant(scene.clinic, scene.case, scene.planted(), superuser=False)
        with as_superuser(scene.clinic) as db:
            db.execute("set local session_replication_role = replica")
            db.execute(
                """update attending.signatures s set payload = o.payload, proof = o.proof
                   from attending.signatures o where s.case_id = %s and o.case_id = %s""",
                (scene.case, other),
            )
            db.commit()
        check_refused(scene, wanted, "settings.invalid")

    def test_garbage_in_place_of_the_signature(self, scene: Scene) -> None:
        wanted = plant(scene.clinic, scene.case, scene.planted(), superuser=False)
        self._tamper(scene, "update attending.signatures set payload = '\\x00' where case_id = %s")
        check_refused(scene, wanted, "settings.invalid")

    def test_a_case_that_was_never_reviewed(self, scene: Scene) -> None:
        undecided = scene.clinic.in_review()
        payload = replace(scene.honest, case=str(undecided))
        wanted = plant(scene.clinic, undecided, scene.planted(payload), superuser=True)
        check_refused(scene, wanted, BY_THE_DATABASE)

    @staticmethod
    def _tamper(scene: Scene, statement: str) -> None:
        with as_superuser(scene.clinic) as db:
            db.execute("set local session_replication_role = replica")
            assert db.execute(statement.encode(), (scene.case,)).rowcount
            db.commit()


def test_an_old_signature_is_not_replayed_in_another_row(scene: Scene) -> None:
    """The retracted note, its genuine proof and its time, planted as a new signature."""
    clinic, planted = scene.clinic, scene.planted()
    assert work(clinic, scene.proofs, plant(clinic, scene.case, planted, superuser=False))
    clinic.sign(scene.case, retract=True)
    clinic.record.shelf.faults.clear()
    clinic.deliver(scene.case)
    assert clinic.case(scene.case).state is CaseState.RETRACTED

    wanted = plant(clinic, scene.case, replace(planted, id=uuid4()), superuser=True)

    check_refused(scene, wanted)


def test_another_tenants_job_finds_nothing(scene: Scene, neighbour: Clinic) -> None:
    wanted = plant(scene.clinic, scene.case, scene.planted(), superuser=False)
    before = neighbour.record.shelf.all("DocumentReference")

    parts = replace(neighbour.releaser(), trust=neighbour.trusting(scene.proofs.verifier))
    job = neighbour.job(Step.RELEASE, wanted)
    with pytest.raises(NotFound):
        release(parts, job)
    with pytest.raises(NotFound):
        give_up(neighbour.databases["releaser"], job, ProofRefused("No."))

    assert neighbour.record.shelf.all("DocumentReference") == before
    assert scene.clinic.releases(scene.case)[-1].state is ReleaseState.PENDING
