"""A proof holds by its issuer's signature alone, today or in a year."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from attending.adapters.identity import OidcProofVerifier, TrustedIssuer
from attending.core.errors import IssuerUnavailable, ProofRefused
from attending.core.identity import Proof, Proven
from attending.demo.issuer import RunningIssuer, sign_in
from tests.adapters.identity.forging import CLIENT, DIGEST, PASSWORD, REDIRECT, Forge
from tests.adapters.identity.hostile import ATTACKS, any_tokens, flipped


@pytest.fixture(scope="session")
def verifier(trusted: TrustedIssuer) -> OidcProofVerifier:
    return OidcProofVerifier([trusted])


def refused(verifier: OidcProofVerifier, token: str) -> ProofRefused:
    with pytest.raises(ProofRefused) as caught:
        verifier.proven(Proof(token))
    return caught.value


def test_a_real_log_in_proves_its_digest(
    verifier: OidcProofVerifier, issuer: RunningIssuer
) -> None:
    before = datetime.fromtimestamp(int(time.time()), UTC)

    tokens = sign_in(issuer.url, CLIENT, REDIRECT, "ada", PASSWORD, nonce=DIGEST)
    proven = verifier.proven(Proof(tokens.id_token))

    assert (proven.issuer, proven.subject, proven.digest) == (issuer.url, "ada", DIGEST)
    assert before <= proven.authenticated_at <= proven.issued_at <= datetime.now(UTC)
    assert (proven.expires_at - proven.issued_at).total_seconds() == 300


def test_an_old_proof_is_still_a_proof(verifier: OidcProofVerifier, forge: Forge) -> None:
    token = forge.proof(auth_time=1_000_000_000, iat=1_000_000_001, exp=1_000_000_301)

    assert verifier.proven(Proof(token)) == Proven(
        issuer=forge.url,
        subject="ada",
        digest=DIGEST,
        authenticated_at=datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC),
        issued_at=datetime(2001, 9, 9, 1, 46, 41, tzinfo=UTC),
        expires_at=datetime(2001, 9, 9, 1, 51, 41, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": None}, {}),
        ({}, {"token_use": "id"}),
        ({}, {"aud": [CLIENT]}),
        ({}, {"aud": [CLIENT, "other"], "azp": CLIENT}),
        ({}, {"auth_time": 1030, "iat": 1000, "exp": 1030}),
    ],
)
def test_other_issuers_ways_are_understood(
    verifier: OidcProofVerifier, forge: Forge, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert verifier.proven(Proof(forge.proof(header, **claims))).digest == DIGEST


@pytest.mark.parametrize(
    "claims",
    [
        *({name: ...} for name in ("iss", "aud", "sub", "nonce", "auth_time", "iat", "exp")),
        {"iss": "http://127.0.0.1:1"},
        {"aud": "attending"},
        {"aud": []},
        {"aud": [CLIENT, "other"]},
        {"azp": "other"},
        {"sub": ""},
        {"sub": None},
        {"nonce": DIGEST.upper()},
        {"nonce": DIGEST[:-1]},
        {"nonce": DIGEST + "0"},
        {"nonce": DIGEST + "\n"},
        {"nonce": "x" + DIGEST[1:]},
        {"nonce": "٣" + DIGEST[1:]},
        {"nonce": int("1" * 64)},
        {"nonce": [DIGEST]},
        {"token_use": "access"},
        {"auth_time": "now"},
        {"auth_time": True},
        {"auth_time": float("nan")},
        {"auth_time": 1031, "iat": 1000, "exp": 1300},
        {"auth_time": 1000, "iat": 1000, "exp": 1029},
        {"auth_time": 0, "iat": 253_402_300_799, "exp": 253_402_300_799},
        {"auth_time": 0, "iat": 10**400, "exp": 10**401},
    ],
    ids=lambda claims: str(claims)[:60],
)
def test_wrong_claims_are_refused(
    verifier: OidcProofVerifier, forge: Forge, claims: dict[str, Any]
) -> None:
    refused(verifier, forge.proof(**claims))


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_refused(
    verifier: OidcProofVerifier, forge: Forge, stranger: ECKey, attack: str
) -> None:
    refused(verifier, ATTACKS[attack](forge.proof(), forge, stranger))


def test_an_access_token_is_no_proof(
    verifier: OidcProofVerifier, issuer: RunningIssuer, forge: Forge
) -> None:
    tokens = sign_in(issuer.url, CLIENT, REDIRECT, "ada", PASSWORD, nonce=DIGEST)
    refused(verifier, tokens.access_token)
    # Not even one that is made out to the client and carries the digest.
    refused(verifier, forge.proof({"typ": "at+jwt"}))


def test_a_log_in_without_digest_is_no_proof(
    verifier: OidcProofVerifier, issuer: RunningIssuer
) -> None:
    refused(verifier, sign_in(issuer.url, CLIENT, REDIRECT, "ada", PASSWORD).id_token)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_one_changed_bit_anywhere_spoils_it(
    verifier: OidcProofVerifier, forge: Forge, position: int, bit: int
) -> None:
    refused(verifier, flipped(forge.proof(), position, bit))


@given(token=any_tokens())
@settings(max_examples=200, deadline=None)
def test_whatever_is_stored_the_answer_is_the_same(verifier: OidcProofVerifier, token: str) -> None:
    refused(verifier, token)


def test_a_digest_cannot_be_written_into_a_proof(verifier: OidcProofVerifier, forge: Forge) -> None:
    mine, theirs = forge.proof(), forge.proof(nonce="ab" * 32)
    header, _, signature = mine.split(".")

    refused(verifier, f"{header}.{theirs.split('.')[1]}.{signature}")


def test_an_unknown_kind_is_refused(verifier: OidcProofVerifier, forge: Forge) -> None:
    with pytest.raises(ProofRefused):
        verifier.proven(Proof(forge.proof(), kind="webauthn"))


def test_an_issuer_that_is_down_makes_no_forgery(forge: Forge) -> None:
    closed = "http://127.0.0.1:1"
    verifier = OidcProofVerifier([TrustedIssuer(closed, "attending", CLIENT)])

    with pytest.raises(IssuerUnavailable) as caught:
        verifier.proven(Proof(forge.proof(iss=closed)))

    assert caught.value.transient


def test_a_refusal_tells_nothing_of_the_proof(
    verifier: OidcProofVerifier, forge: Forge, caplog: pytest.LogCaptureFixture
) -> None:
    error = refused(verifier, forge.proof(sub="secret-subject", nonce="secret-nonce"))

    assert "secret" not in f"{error} {error.remedy} {error.context} {caplog.text}"
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "invalid_claim" in caplog.text
