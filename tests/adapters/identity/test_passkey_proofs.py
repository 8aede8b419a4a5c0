"""An assertion proves by a key that a statement names, for one digest, at one address."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.adapters.identity.passkeys import PasskeyProofVerifier, WebAuthnRegistrar
from attending.core.entry import FRESH
from attending.core.errors import AttendingError, InvalidInput, ProofRefused, Untrusted
from attending.core.identity import Proof
from attending.core.ids import PrincipalId, TenantId
from attending.core.passkey import (
    CONTEXT,
    RelyingParty,
    Standing,
    armoured,
    challenge,
    challenged,
)
from attending.core.trust import (
    Act,
    Head,
    PasskeyBody,
    PrincipalBody,
    Statement,
    StatementKind,
    Trusted,
)
from tests.adapters.identity.authenticator import PARTY, PRESENT, VERIFIED, Authenticator

DIGEST = "0f" * 32
OTHER = "ab" * 32
ADA, SAM = (PrincipalId(UUID(int=n)) for n in (1, 2))
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def trusting(*made: Authenticator, person: PrincipalId = ADA) -> Trusted:
    """Both clinicians, and these passkeys of one of them."""
    standing: dict[tuple[StatementKind, str], PrincipalBody | PasskeyBody] = {
        (StatementKind.PRINCIPAL, str(each)): PrincipalBody("i", str(each), "Dr", ("clinician",))
        for each in (ADA, SAM)
    }
    for each in made:
        public = each.public(person)
        body = PasskeyBody(str(person), public.key, public.party.id, public.party.origin)
        standing[(StatementKind.PASSKEY, public.credential)] = body
    return Trusted(TenantId(UUID(int=9)), Head(), frozenset(), standing)


@pytest.fixture(scope="module")
def ada() -> Authenticator:
    return Authenticator()


@pytest.fixture(scope="module")
def verifier(ada: Authenticator) -> PasskeyProofVerifier:
    return PasskeyProofVerifier(trusting(ada))


def refused(verifier: PasskeyProofVerifier, token: str) -> AttendingError:
    with pytest.raises((ProofRefused, Untrusted)) as caught:
        verifier.proven(Proof(token, "webauthn"))
    return caught.value


KEYS: dict[str, Callable[[], Authenticator]] = {
    "ES256": Authenticator,
    "EdDSA": lambda: Authenticator(key=ed25519.Ed25519PrivateKey.generate()),
    "RS256": lambda: Authenticator(key=rsa.generate_private_key(65537, 2048)),
}


@pytest.mark.parametrize("kind", KEYS)
def test_an_assertion_proves_who_what_and_when(kind: str) -> None:
    made = KEYS[kind]().counting(7)

    proven = PasskeyProofVerifier(trusting(made)).proven(Proof(made.proof(DIGEST, NOW), "webauthn"))

    assert (proven.issuer, proven.subject, proven.digest) == ("i", str(ADA), DIGEST)
    assert (proven.authenticated_at, proven.issued_at) == (NOW, NOW)
    assert proven.expires_at == NOW + FRESH
    assert (proven.passkey, proven.count) == (armoured(made.credential), 7)


def test_a_key_proves_its_owner_and_nobody_else(ada: Authenticator) -> None:
    """Whose it is, the statement says: not the assertion."""
    verifier = PasskeyProofVerifier(trusting(ada, person=SAM))
    assert verifier.proven(Proof(ada.proof(DIGEST), "webauthn")).subject == str(SAM)


LIES: dict[str, Callable[[Authenticator], str]] = {
    "another key": lambda a: Authenticator(credential=a.credential).proof(DIGEST),
    "an unknown credential": lambda _a: Authenticator().proof(DIGEST),
    "another origin": lambda a: a.proof(DIGEST, origin="http://localhost:8401"),
    "another scheme": lambda a: a.proof(DIGEST, origin="https://localhost:8400"),
    "an origin that begins so": lambda a: a.proof(DIGEST, origin=f"{PARTY.origin}.evil.test"),
    "a list of origins": lambda a: a.proof(DIGEST, origin=[PARTY.origin]),
    "another rp id": lambda a: a.proof(DIGEST, rp_id="evil.test"),
    "a frame of another origin": lambda a: a.proof(DIGEST, crossOrigin=True),
    "a frame, told by its top": lambda a: a.proof(DIGEST, topOrigin="http://evil.test"),
    "nobody present": lambda a: a.proof(DIGEST, flags=VERIFIED),
    "nobody verified": lambda a: a.proof(DIGEST, flags=PRESENT),
    "neither": lambda a: a.proof(DIGEST, flags=0),
    "a creation": lambda a: a.proof(DIGEST, type="webauthn.create"),
    "a payment": lambda a: a.proof(DIGEST, type="payment.get"),
    "a challenge of nothing": lambda a: a.proof(DIGEST, challenge=""),
    "a challenge that is a number": lambda a: a.proof(DIGEST, challenge=1),
    "a log-in elsewhere": lambda a: a.asserted(b"r" * 32),
    "the digest alone": lambda a: a.asserted(bytes.fromhex(DIGEST)),
    "another context": lambda a: a.asserted(
        b"attending/stop/1\n" + challenge(DIGEST, NOW)[len(CONTEXT) :]
    ),
    "a longer challenge": lambda a: a.asserted(challenge(DIGEST, NOW) + b"x"),
    "a shorter challenge": lambda a: a.asserted(challenge(DIGEST, NOW)[:-1]),
    "a time that is none": lambda a: a.asserted(
        CONTEXT + bytes.fromhex(DIGEST) + b"\xff" * 8 + bytes(16)
    ),
    "an answer to its creation": lambda a: a.made(challenge(DIGEST, NOW)),
}
SPOILED: dict[str, Callable[[str], str]] = {
    "empty": lambda _t: "",
    "three parts": lambda t: t.rpartition(".")[0],
    "five parts": lambda t: f"{t}.AA",
    "no signature": lambda t: t.rpartition(".")[0] + ".",
    "padded": lambda t: f"{t}=",
    "a line more": lambda t: f"{t}\n",
    "not ascii": lambda t: f"{t}é",
    "lone surrogate": lambda t: f"{t}\ud800",
    "huge": lambda t: t + "A" * 100_000,
    "client data no object": lambda t: _with(t, 1, b"[1]"),
    "client data no text": lambda t: _with(t, 1, b"\xff\xfe"),
    "client data deep": lambda t: _with(t, 1, b"[" * 8_000),
    "client data long integer": lambda t: _with(t, 1, b"9" * 9_000),
    "client data without type": lambda t: _with(t, 1, _without(t, "type")),
    "client data without origin": lambda t: _with(t, 1, _without(t, "origin")),
    "client data without challenge": lambda t: _with(t, 1, _without(t, "challenge")),
    "authenticator data short": lambda t: _with(t, 2, b"x" * 36),
    "authenticator data long": lambda t: _with(t, 2, _part(t, 2) + b"x"),
    "with extensions that are none": lambda t: _with(
        t, 2, _part(t, 2)[:32] + b"\x85" + _part(t, 2)[33:] + b"\xff"
    ),
    "an ID token": lambda _t: "e30.e30.e30",
}


def _part(token: str, at: int) -> bytes:
    part = token.split(".")[at]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _with(token: str, at: int, content: bytes) -> str:
    parts = token.split(".")
    parts[at] = armoured(content)
    return ".".join(parts)


def _without(token: str, name: str) -> bytes:
    told = json.loads(_part(token, 1))
    del told[name]
    return json.dumps(told).encode()


@pytest.mark.parametrize("lie", LIES)
def test_lies_are_refused(verifier: PasskeyProofVerifier, ada: Authenticator, lie: str) -> None:
    refused(verifier, LIES[lie](ada))


@pytest.mark.parametrize("how", SPOILED)
def test_what_is_spoiled_is_refused(
    verifier: PasskeyProofVerifier, ada: Authenticator, how: str
) -> None:
    refused(verifier, SPOILED[how](ada.proof(DIGEST)))


@given(position=st.integers(0, 10_000), bit=st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_one_changed_bit_anywhere_spoils_it(
    verifier: PasskeyProofVerifier, ada: Authenticator, position: int, bit: int
) -> None:
    token = ada.proof(DIGEST, NOW)
    at = position % len(token)
    refused(verifier, token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :])


@given(mine=st.sampled_from([DIGEST, OTHER]), parts=st.sets(st.integers(0, 3), min_size=1))
@settings(max_examples=60, deadline=None)
def test_parts_of_two_assertions_make_no_third(
    verifier: PasskeyProofVerifier, ada: Authenticator, mine: str, parts: set[int]
) -> None:
    """Nor do they with another person's, or of the same person for another digest."""
    left = ada.proof(mine, NOW).split(".")
    right = ada.counting(1).proof(OTHER, NOW + timedelta(minutes=1)).split(".")
    mixed = ".".join(right[i] if i in parts else left[i] for i in range(4))
    if parts >= {1, 2, 3} or parts == {0}:
        verifier.proven(Proof(mixed, "webauthn"))
        return
    refused(verifier, mixed)


@given(token=st.text(max_size=200) | st.lists(st.binary(max_size=90), max_size=5).map(
    lambda parts: ".".join(map(armoured, parts))
))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_whatever_is_stored_the_answer_is_the_same(
    verifier: PasskeyProofVerifier, token: str
) -> None:
    refused(verifier, token)


@given(digest=st.binary(min_size=32, max_size=32).map(bytes.hex), seconds=st.integers(0, 2**37))
def test_a_challenge_tells_its_digest_and_its_second(digest: str, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert challenged(challenge(digest, at)) == (digest, at)


def test_no_two_challenges_are_the_same() -> None:
    assert challenge(DIGEST, NOW) != challenge(DIGEST, NOW)


class TestStatements:
    def test_without_a_statement_there_is_no_key(self, ada: Authenticator) -> None:
        told = refused(PasskeyProofVerifier(trusting()), ada.proof(DIGEST))
        assert "No statement" in told.message

    def test_a_revoked_key_says_so(self, ada: Authenticator) -> None:
        key = (StatementKind.PASSKEY, armoured(ada.credential))
        revoked = Statement("t", 3, "", Act.REVOKE, *key, "by", NOW.isoformat())
        trusted = Trusted(TenantId(UUID(int=9)), Head(), frozenset(), {}, {key: revoked})
        told = refused(PasskeyProofVerifier(trusted), ada.proof(DIGEST))
        assert "was revoked" in told.message

    def test_a_key_of_nobody_who_is_stated(self, ada: Authenticator) -> None:
        unknown = trusting(ada, person=PrincipalId(UUID(int=77)))
        told = refused(PasskeyProofVerifier(unknown), ada.proof(DIGEST))
        assert isinstance(told, Untrusted)

    @pytest.mark.parametrize(
        "body",
        [
            PasskeyBody(str(ADA), "AA", PARTY.id, PARTY.origin),
            PasskeyBody(str(ADA), "", PARTY.id, PARTY.origin),
            PasskeyBody(str(ADA), armoured(b"\xa0"), PARTY.id, PARTY.origin),
        ],
    )
    def test_a_statement_of_a_key_that_is_none_proves_nothing(
        self, ada: Authenticator, body: PasskeyBody
    ) -> None:
        trusted = trusting(ada)
        standing = {**trusted.standing, (StatementKind.PASSKEY, armoured(ada.credential)): body}
        verifier = PasskeyProofVerifier(Trusted(trusted.tenant, Head(), frozenset(), standing))
        refused(verifier, ada.proof(DIGEST))

    def test_a_row_that_says_otherwise_waits(self, ada: Authenticator) -> None:
        """Same credential, another key, person or address: not what was confirmed."""
        trusted = trusting(ada)
        assert trusted.of_passkey(ada.enrolled(ADA)) is Standing.READY
        other = Authenticator(credential=ada.credential)
        elsewhere = Authenticator(RelyingParty("a.test", "https://a.test"), ada.credential, ada.key)
        for row in (ada.enrolled(SAM), other.enrolled(ADA), elsewhere.enrolled(ADA)):
            assert trusted.of_passkey(row) is Standing.WAITING


def test_a_refusal_tells_nothing_of_the_proof(
    verifier: PasskeyProofVerifier, ada: Authenticator, caplog: pytest.LogCaptureFixture
) -> None:
    error = refused(verifier, ada.proof(DIGEST, origin="http://secret.test"))

    assert "secret" not in f"{error} {error.remedy} {error.context} {caplog.text}"
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "assertion refused" in caplog.text


class TestMaking:
    ASKED = b"c" * 32

    @pytest.mark.parametrize("kind", KEYS)
    def test_a_new_passkey_is_read(self, kind: str) -> None:
        made = KEYS[kind]().counting(3)
        told = WebAuthnRegistrar().registered(made.made(self.ASKED), self.ASKED, PARTY)
        public = made.public(ADA)
        assert (told.credential, told.key, told.count) == (public.credential, public.key, 3)

    @pytest.mark.parametrize(
        "answer",
        [
            lambda a, asked: a.made(b"d" * 32),
            lambda a, asked: a.made(asked, origin="http://localhost:1"),
            lambda a, asked: a.made(asked, rp_id="evil.test"),
            lambda a, asked: a.made(asked, flags=PRESENT),
            lambda a, asked: a.made(asked, flags=VERIFIED),
            lambda a, asked: a.made(asked, type="webauthn.get"),
            lambda a, asked: a.made(asked).rpartition(".")[0],
            lambda a, asked: a.made(asked) + "A" * 20_000,
            lambda a, asked: a.made(asked).rpartition(".")[0] + ".AA",
            lambda a, asked: _with(a.made(asked), 0, b"another"),
            lambda a, asked: a.proof(DIGEST),
            lambda a, asked: "",
            lambda _a, asked: Authenticator(credential=b"x" * 1_024).made(asked),
            lambda _a, asked: Authenticator(
                key=ec.generate_private_key(ec.SECP256R1()), credential=b""
            ).made(asked),
        ],
    )
    def test_anything_else_is_refused(
        self, ada: Authenticator, answer: Callable[[Authenticator, bytes], str]
    ) -> None:
        with pytest.raises(InvalidInput):
            WebAuthnRegistrar().registered(answer(ada, self.ASKED), self.ASKED, PARTY)


def test_the_fingerprint_is_of_all_that_is_stated(ada: Authenticator) -> None:
    told = {
        ada.public(ADA).fingerprint,
        ada.public(SAM).fingerprint,
        Authenticator(credential=ada.credential).public(ADA).fingerprint,
        Authenticator(key=ada.key).public(ADA).fingerprint,
        Authenticator(RelyingParty("a.test", PARTY.origin), ada.credential, ada.key)
        .public(ADA)
        .fingerprint,
        Authenticator(RelyingParty(PARTY.id, "https://b"), ada.credential, ada.key)
        .public(ADA)
        .fingerprint,
    }
    assert len(told) == 6
    assert all(len(each) == 39 for each in told)
    assert ada.public(ADA).fingerprint in told
