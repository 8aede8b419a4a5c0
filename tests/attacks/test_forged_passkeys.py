"""A row is no passkey, and an assertion is for one entry: the releaser believes statements alone.

As in test_forged_signatures.py each forgery is planted by the web role, under the triggers,
and by a superuser whose triggers are off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from attending.adapters.storage import statements
from attending.adapters.storage.statements import Change
from attending.core.case import CaseState, ReleaseState
from attending.core.entry import FRESH, LEEWAY, EntryPayload, digest
from attending.core.errors import Conflict, CountWentBack, NotFound, ProofRefused, Untrusted
from attending.core.identity import Principal, Proof
from attending.core.ids import CaseId
from attending.core.passkey import CONTEXT, Passkey, RelyingParty, armoured, challenge
from attending.core.trust import StatementKind
from attending.demo.issuer import RunningIssuer
from attending.loop import sign
from tests.adapters.identity.authenticator import PRESENT, VERIFIED, Authenticator
from tests.attacks.conftest import acts_for, as_superuser, connected
from tests.attacks.forgery import Planted, Proofs, open_failures, plant, prepared, work
from tests.attacks.test_rules import refused
from tests.attacks.test_trust import delivered, tampered
from tests.clinic import Clinic

REFUSED, UNKNOWN = "signature.proof_refused", "trust.untrusted"


@pytest.fixture(scope="module")
def proofs(clinic: Clinic) -> Iterator[Proofs]:
    with RunningIssuer(clinic.installation.issuer_settings()) as issuer:
        yield Proofs(issuer)


@dataclass(frozen=True)
class Scene:
    """A case that only waits for its signature; its clinician has a passkey that is stated."""

    clinic: Clinic
    proofs: Proofs
    case: CaseId
    honest: EntryPayload
    key: Authenticator

    @property
    def by(self) -> Principal:
        return self.clinic.person()

    def planted(self, token: str = "", payload: EntryPayload | None = None) -> Planted:
        payload = payload or self.honest
        proof = token or self.key.proof(digest(payload))
        return Planted(payload, proof, self.by, kind="webauthn")


def enrolled(clinic: Clinic, key: Authenticator, username: str = "demo-clinician") -> Passkey:
    made = key.enrolled(clinic.person(username).id)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        unit.passkeys.add(made)
    return made


def confirmed(clinic: Clinic, username: str = "demo-clinician", count: int = 0) -> Authenticator:
    key = Authenticator(count=count)
    made = enrolled(clinic, key, username)
    clinic.installation.state(statements.passkey(made.public))
    return key


@pytest.fixture
def scene(clinic: Clinic, proofs: Proofs) -> Scene:
    case = clinic.decided()
    _withdraw_all(clinic)
    return Scene(clinic, proofs, case, prepared(clinic, case), confirmed(clinic))


def _withdraw_all(clinic: Clinic) -> None:
    """Those of the tests before."""
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        for by in map(clinic.person, ("demo-clinician", "demo-second")):
            for each in unit.passkeys.of(by.id):
                if each.withdrawn_at is None:
                    unit.passkeys.withdraw(each.id, by.id)


def signing(scene: Scene) -> str:
    return digest(scene.honest)


def ago(**span: int) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def stated_next_door(scene: Scene) -> str:
    """Whole and genuine, but in another clinic's log."""
    key = Authenticator()
    body = statements.passkey(key.public(scene.by.id))
    neighbour = replace(scene.clinic.installation, tenant_name="Neighbour clinic")
    neighbour.prepare()
    neighbour.state(body)
    return key.proof(signing(scene))


def enrolled_alone(scene: Scene) -> str:
    key = Authenticator()
    enrolled(scene.clinic, key)
    return key.proof(signing(scene))


def row_with_another_key(scene: Scene) -> str:
    """The row of a confirmed passkey gets the forger's key."""
    key = Authenticator(credential=scene.key.credential)
    tampered(
        scene.clinic,
        "update attending.passkeys set key = %s where credential = %s",
        armoured(key.cose),
        armoured(key.credential),
    )
    return key.proof(signing(scene))


def of_a_colleague(scene: Scene) -> str:
    return confirmed(scene.clinic, "demo-second").proof(signing(scene))


def of_an_engineer(scene: Scene) -> str:
    key = Authenticator()
    engineer = scene.clinic.person("demo-engineer")
    scene.clinic.installation.state(statements.passkey(key.public(engineer.id)))
    return key.proof(signing(scene))


FORGERIES: dict[str, tuple[Callable[[Scene], str], str]] = {
    "no proof": (lambda _s: "x", REFUSED),
    "a log-in called an assertion": (lambda s: s.proofs.of(signing(s)), REFUSED),
    "another digest": (lambda s: s.key.proof("ab" * 32), REFUSED),
    "another case": (
        lambda s: s.key.proof(digest(prepared(s.clinic, s.clinic.decided()))),
        REFUSED,
    ),
    "another tenant": (lambda s: s.key.proof(digest(replace(s.honest, tenant="x"))), REFUSED),
    "another target": (
        lambda s: s.key.proof(
            digest(replace(s.honest, target=replace(s.honest.target, address="http://x")))
        ),
        REFUSED,
    ),
    "content changed": (
        lambda s: s.key.proof(
            digest(replace(s.honest, content=replace(s.honest.content, text="50 mg")))
        ),
        REFUSED,
    ),
    "another address": (lambda s: s.key.proof(signing(s), origin="http://evil.test"), REFUSED),
    "another rp id": (lambda s: s.key.proof(signing(s), rp_id="evil.test"), REFUSED),
    "within a frame": (lambda s: s.key.proof(signing(s), crossOrigin=True), REFUSED),
    "nobody verified": (lambda s: s.key.proof(signing(s), flags=PRESENT), REFUSED),
    "nobody present": (lambda s: s.key.proof(signing(s), flags=VERIFIED), REFUSED),
    "asked for long ago": (lambda s: s.key.proof(signing(s), ago(hours=1)), REFUSED),
    "asked for minutes ago": (
        lambda s: s.key.proof(signing(s), datetime.now(UTC) - FRESH - LEEWAY - LEEWAY),
        REFUSED,
    ),
    "asked for tomorrow": (lambda s: s.key.proof(signing(s), ago(hours=-24)), REFUSED),
    "another context": (
        lambda s: s.key.asserted(
            b"attending/stop/1\n" + challenge(signing(s), ago())[len(CONTEXT) :]
        ),
        REFUSED,
    ),
    "an answer to its creation": (lambda s: s.key.made(challenge(signing(s), ago())), REFUSED),
    "another key": (
        lambda s: Authenticator(credential=s.key.credential).proof(signing(s)),
        REFUSED,
    ),
    "a row with another key": (row_with_another_key, REFUSED),
    "a colleague's": (of_a_colleague, REFUSED),
    "an engineer's": (of_an_engineer, REFUSED),
    "a row that nobody stated": (enrolled_alone, UNKNOWN),
    "no row, no statement": (lambda s: Authenticator().proof(signing(s)), UNKNOWN),
    "stated next door": (stated_next_door, UNKNOWN),
    "of another address": (
        lambda s: Authenticator(RelyingParty("a.test", "https://a.test")).proof(signing(s)),
        UNKNOWN,
    ),
}


def check_refused(scene: Scene, planted: Planted, code: str, *, superuser: bool) -> None:
    """Nothing written; refused, and waiting for a person."""
    before = scene.clinic.record.shelf.all("DocumentReference")
    wanted = plant(scene.clinic, scene.case, planted, superuser=superuser)

    done = work(scene.clinic, scene.proofs, wanted)

    assert scene.clinic.record.shelf.all("DocumentReference") == before
    assert (done.state, done.reason) == (ReleaseState.FAILED, code)
    assert scene.clinic.case(scene.case).state is CaseState.FAILED
    assert [failure.code for failure in open_failures(scene.clinic, wanted)] == [code]


@pytest.mark.parametrize("superuser", [False, True], ids=["web", "superuser"])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused(scene: Scene, forgery: str, superuser: bool) -> None:
    forged, code = FORGERIES[forgery]
    check_refused(scene, scene.planted(forged(scene)), code, superuser=superuser)


def test_the_same_without_forgery_is_written(scene: Scene) -> None:
    """So that the refusals above are for the forgery, and nothing else."""
    wanted = plant(scene.clinic, scene.case, scene.planted(), superuser=False)

    assert work(scene.clinic, scene.proofs, wanted).state is ReleaseState.WRITTEN
    assert scene.clinic.case(scene.case).state is CaseState.RELEASED


def test_an_assertion_called_a_log_in_proves_nothing(scene: Scene) -> None:
    planted = replace(scene.planted(), kind="oidc")
    check_refused(scene, planted, REFUSED, superuser=False)


def signs(scene: Scene, token: str) -> None:
    """As the web process does when the answer comes in."""
    clinic, by = scene.clinic, scene.by
    at = datetime.fromisoformat(scene.honest.prepared_at)
    request = sign.Request(scene.case, scene.honest.version, prepared_at=at)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        sign.sign(
            unit, clinic.lines, request, signing(scene), Proof(token, "webauthn"), by, clinic.trust
        )


def revoke(scene: Scene, reason: str = "lost") -> None:
    subject = armoured(scene.key.credential)
    scene.clinic.installation.state(Change(StatementKind.PASSKEY, subject, reason=reason))


class TestEnding:
    """A passkey that is lost: its owner withdraws it at once, the admin key revokes it."""

    def test_what_a_revoked_passkey_signed_is_stopped(self, scene: Scene) -> None:
        signs(scene, scene.key.proof(signing(scene)))
        wanted = scene.clinic.releases(scene.case)[-1].id
        revoke(scene)

        assert delivered(scene.clinic, wanted) == UNKNOWN
        assert scene.clinic.case(scene.case).state is CaseState.FAILED
        [failure] = open_failures(scene.clinic, wanted)
        assert "was revoked at" in failure.explanation

    def test_a_revoked_passkey_signs_nothing_more(self, scene: Scene) -> None:
        revoke(scene)
        with pytest.raises(Untrusted, match="was revoked"):
            signs(scene, scene.key.proof(signing(scene)))
        assert scene.clinic.case(scene.case).state is CaseState.IN_REVIEW

    def test_a_withdrawn_one_signs_nothing_more(self, scene: Scene) -> None:
        token = scene.key.proof(signing(scene))
        self._withdraw(scene)
        with pytest.raises(ProofRefused, match="withdrawn"):
            signs(scene, token)
        assert scene.clinic.case(scene.case).state is CaseState.IN_REVIEW

    def test_what_it_signed_before_is_written(self, scene: Scene) -> None:
        signs(scene, scene.key.proof(signing(scene)))
        self._withdraw(scene)
        assert delivered(scene.clinic, scene.clinic.releases(scene.case)[-1].id) == ""

    def test_nobody_withdraws_anothers(self, scene: Scene, neighbour: Clinic) -> None:
        other = scene.clinic.person("demo-second")
        [made] = self._standing(scene)
        for clinic, by in ((scene.clinic, other), (neighbour, scene.by)):
            with (
                pytest.raises(NotFound),
                clinic.web.transaction(clinic.tenant, str(by.id)) as unit,
            ):
                unit.passkeys.withdraw(made.id, by.id)
        assert self._standing(scene) == [made]

    @staticmethod
    def _standing(scene: Scene) -> list[Passkey]:
        with scene.clinic.web.transaction(scene.clinic.tenant, "tests") as unit:
            return [each for each in unit.passkeys.of(scene.by.id) if each.withdrawn_at is None]

    def _withdraw(self, scene: Scene) -> None:
        [made] = self._standing(scene)
        with scene.clinic.web.transaction(scene.clinic.tenant, "tests") as unit:
            unit.passkeys.withdraw(made.id, scene.by.id)


class TestCounting:
    """Two authenticators that tell one count are one and its copy."""

    @pytest.fixture
    def counted(self, scene: Scene) -> Scene:
        key = confirmed(scene.clinic, count=4)
        return replace(scene, key=key)

    def test_it_rises(self, counted: Scene) -> None:
        signs(counted, counted.key.counting(5).proof(signing(counted)))
        assert counted.clinic.case(counted.case).state is CaseState.SIGNED

    @pytest.mark.parametrize("count", [4, 3, 0])
    def test_a_count_that_does_not_rise_is_refused(self, counted: Scene, count: int) -> None:
        with pytest.raises(CountWentBack) as caught:
            signs(counted, counted.key.counting(count).proof(signing(counted)))
        assert (caught.value.context["count"], caught.value.context["last"]) == (count, 4)
        assert counted.clinic.case(counted.case).state is CaseState.IN_REVIEW

    def test_one_that_does_not_count_signs_as_often_as_it_likes(self, scene: Scene) -> None:
        signs(scene, scene.key.proof(signing(scene)))
        other = scene.clinic.decided()
        again = replace(scene, case=other, honest=prepared(scene.clinic, other))
        signs(again, scene.key.proof(signing(again)))
        assert scene.clinic.case(other).state is CaseState.SIGNED


class TestRows:
    """Past our own code, as the web role."""

    @pytest.fixture
    def web(self, scene: Scene) -> Iterator[psycopg.Connection[Any]]:
        with connected(scene.clinic, "attending_web") as db:
            acts_for(db, scene.clinic)
            yield db

    @pytest.mark.parametrize("username", ["demo-engineer", "demo-admin", "demo-safety"])
    def test_nobody_enrols_who_does_not_sign(self, clinic: Clinic, username: str) -> None:
        with pytest.raises(Conflict) as caught:
            enrolled(clinic, Authenticator(), username)
        assert caught.value.context["rule"] == "AT009"

    def test_nobody_enrols_without_end(self, clinic: Clinic) -> None:
        person = clinic.enrolled()
        for left in range(10, -1, -1):
            try:
                with clinic.web.transaction(clinic.tenant, "tests") as unit:
                    unit.passkeys.add(Authenticator().enrolled(person.id))
            except Conflict as conflict:
                assert (conflict.context["rule"], left) == ("AT080", 0)
                return
        pytest.fail("eleven passkeys")

    def test_the_same_credential_is_enrolled_once(self, scene: Scene) -> None:
        with pytest.raises(Conflict, match="enrolled already"):
            enrolled(scene.clinic, scene.key, "demo-second")

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            ("key = 'x'", "42501"),
            ("principal_id = gen_random_uuid()", "42501"),
            ("credential = 'x'", "42501"),
            ("origin = 'http://x'", "42501"),
            ("count = count + 1", "AT082"),
            ("count = -1", "AT082"),
        ],
    )
    def test_only_a_use_is_kept(
        self, scene: Scene, web: psycopg.Connection[Any], change: str, rule: str
    ) -> None:
        with refused(rule):
            web.execute(
                f"update attending.passkeys set {change} where withdrawn_at is null".encode()
            )

    def test_a_count_does_not_go_back(self, scene: Scene, web: psycopg.Connection[Any]) -> None:
        step = "update attending.passkeys set count = %s, used_at = clock_timestamp() where credential = %s"
        mine = armoured(scene.key.credential)
        web.execute(step, (0, mine))
        web.execute(step, (7, mine))
        for count in (7, 6, 0):
            with refused("AT082"), web.transaction():
                web.execute(step, (count, mine))

    def test_what_was_withdrawn_does_not_come_back(
        self, scene: Scene, web: psycopg.Connection[Any]
    ) -> None:
        step = "update attending.passkeys set withdrawn_at = {} where credential = %s"
        mine = (armoured(scene.key.credential),)
        web.execute(step.format("clock_timestamp()").encode(), mine)
        with refused("AT081"):
            web.execute(step.format("null").encode(), mine)

    def test_the_history_tells_both(self, scene: Scene) -> None:
        with scene.clinic.web.transaction(scene.clinic.tenant, "tests") as unit:
            [made] = [p for p in unit.passkeys.of(scene.by.id) if p.withdrawn_at is None]
            unit.passkeys.withdraw(made.id, scene.by.id)
        with as_superuser(scene.clinic) as db:
            told = db.execute(
                """select entry::jsonb->>'action' from attending.audit_log
                   where entry::jsonb->>'subject' = %s order by seq""",
                (str(made.id),),
            ).fetchall()
        assert [action for (action,) in told] == ["passkey.enrolled", "passkey.withdrawn"]
