"""A bearer token counts only if nothing about it is wrong."""

from __future__ import annotations

import json
import logging
import time
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from attending.adapters.identity import OidcTokenVerifier, TrustedIssuer
from attending.core.errors import Unauthenticated
from attending.core.identity import ROLE_SCOPES, Caller, Scope, StaffRole
from attending.demo.issuer import RunningIssuer, sign_in
from tests.adapters.identity.forging import (
    CLIENT,
    OTHER_TENANT,
    PASSWORD,
    REDIRECT,
    TENANT,
    Forge,
    segment,
)
from tests.adapters.identity.hostile import ATTACKS, any_tokens, flipped


@pytest.fixture(scope="session")
def verifier(trusted: TrustedIssuer) -> OidcTokenVerifier:
    return OidcTokenVerifier([trusted])


def refused(verifier: OidcTokenVerifier, token: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as caught:
        verifier.caller(token)
    return caught.value


def test_a_real_log_in_names_its_caller(verifier: OidcTokenVerifier, issuer: RunningIssuer) -> None:
    tokens = sign_in(issuer.url, CLIENT, REDIRECT, "ada", PASSWORD)

    caller = verifier.caller(tokens.access_token)

    assert caller == Caller(
        tenant=TENANT,
        issuer=issuer.url,
        subject="ada",
        roles=frozenset({StaffRole.CLINICIAN}),
        scopes=ROLE_SCOPES[StaffRole.CLINICIAN],
        session=caller.session,
        issued_at=caller.issued_at,
        authenticated_at=caller.issued_at,
    )
    assert caller.session.startswith("jti:")
    assert datetime.now(UTC) - caller.issued_at < timedelta(minutes=1)


def test_the_session_is_what_the_issuer_calls_it(verifier: OidcTokenVerifier, forge: Forge) -> None:
    """Else the token, else a digest of what was signed."""

    def session(**claims: object) -> str:
        return verifier.caller(forge.access(**claims)).session

    assert session(sid="s1", jti="j1") == session(sid="s1", jti="j2") == "sid:s1"
    assert session(jti="s1") == "jti:s1"
    bare, again = session(iat=1_700_000_000), session(iat=1_700_000_000, scope="cases:read")
    assert bare.startswith("sha256:")
    assert bare != again


@pytest.mark.parametrize("name", ["sid", "jti"])
@pytest.mark.parametrize("value", ["", 7, "x" * 256, "a\x00", None])
def test_a_session_that_cannot_be_named(
    verifier: OidcTokenVerifier, forge: Forge, name: str, value: object
) -> None:
    refused(verifier, forge.access(**{name: value}))


@pytest.mark.parametrize("value", ["soon", True, -1, None])
def test_a_time_of_the_log_in_that_is_none(
    verifier: OidcTokenVerifier, forge: Forge, value: object
) -> None:
    refused(verifier, forge.access(auth_time=value))
    assert verifier.caller(forge.access()).authenticated_at is None


def test_each_person_stays_in_the_own_tenant(
    verifier: OidcTokenVerifier, issuer: RunningIssuer
) -> None:
    tokens = sign_in(issuer.url, CLIENT, REDIRECT, "eve", "other")

    assert verifier.caller(tokens.access_token).tenant == OTHER_TENANT


def test_scopes_reach_as_far_as_both_token_and_roles(
    verifier: OidcTokenVerifier, forge: Forge
) -> None:
    token = forge.access(
        roles=["engineer", "auditor", "of-another-application"],
        scope="cases:sign audit:read failures:own unknown",
    )

    caller = verifier.caller(token)

    assert caller.roles == {StaffRole.ENGINEER, StaffRole.AUDITOR}
    assert caller.scopes == {Scope.AUDIT, Scope.FAILURES}


@pytest.mark.parametrize("absent", ["roles", "scope"])
def test_without_roles_or_scope_nothing_is_allowed(
    verifier: OidcTokenVerifier, forge: Forge, absent: str
) -> None:
    assert verifier.caller(forge.access({}, **{absent: ...})).scopes == frozenset()


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "application/at+JWT"}, {}),
        ({"typ": "JWT"}, {"token_use": "access"}),
        ({}, {"aud": ["something", "attending"]}),
        ({"kid": None}, {}),
        ({"private-header": 1}, {}),
    ],
)
def test_other_issuers_ways_are_understood(
    verifier: OidcTokenVerifier, forge: Forge, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert verifier.caller(forge.access(header, **claims)).subject == "ada"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "attending-console"},
        {"aud": ["a", "b"]},
        {"aud": ...},
        {"aud": {"attending": 1}},
        {"iss": "http://127.0.0.1:1"},
        {"iss": ...},
        {"iss": ["http://127.0.0.1:1"]},
        {"tenant": ...},
        {"tenant": "north-clinic"},
        {"tenant": "urn:uuid:11111111-1111-4111-8111-111111111111"},
        {"tenant": [str(TENANT)]},
        {"sub": ...},
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "a\ud800"},
        {"sub": 7},
        {"sub": "a" * 256},
        {"roles": "clinician"},
        {"roles": [1]},
        {"scope": ["cases:sign"]},
        {"token_use": "id"},
        {"token_use": None},
        {"exp": ...},
        {"exp": "never"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"iat": ...},
        {"iat": -1},
    ],
    ids=str,
)
def test_wrong_claims_are_refused(
    verifier: OidcTokenVerifier, forge: Forge, claims: dict[str, Any]
) -> None:
    refused(verifier, forge.access(**claims))


@pytest.mark.parametrize(
    ("claim", "offset", "holds"),
    [
        ("exp", -20, True),
        ("exp", -31, False),
        ("nbf", 20, True),
        ("nbf", 40, False),
        ("iat", 20, True),
        ("iat", 40, False),
    ],
)
def test_clocks_may_differ_by_half_a_minute(
    verifier: OidcTokenVerifier, forge: Forge, claim: str, offset: int, holds: bool
) -> None:
    token = forge.access({}, **{claim: int(time.time()) + offset})

    if holds:
        assert verifier.caller(token).subject == "ada"
    else:
        refused(verifier, token)


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "id+jwt"},
        {"crit": ["x5t"], "x5t": "AA"},
        {"b64": True, "crit": ["b64"]},
    ],
    ids=str,
)
def test_wrong_headers_are_refused(
    verifier: OidcTokenVerifier, forge: Forge, header: dict[str, Any]
) -> None:
    refused(verifier, forge.access(header))


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_refused(
    verifier: OidcTokenVerifier, forge: Forge, stranger: ECKey, attack: str
) -> None:
    refused(verifier, ATTACKS[attack](forge.access(), forge, stranger))


def test_another_tenant_cannot_be_written_into_a_token(
    verifier: OidcTokenVerifier, forge: Forge
) -> None:
    mine, theirs = forge.access(), forge.access(tenant=str(OTHER_TENANT))
    header, _, signature = mine.split(".")

    refused(verifier, f"{header}.{theirs.split('.')[1]}.{signature}")


def test_an_id_token_is_no_access_token(
    verifier: OidcTokenVerifier, issuer: RunningIssuer, forge: Forge
) -> None:
    refused(verifier, sign_in(issuer.url, CLIENT, REDIRECT, "ada", PASSWORD).id_token)
    # Not even one that is made out to the API and carries all an access token does.
    refused(verifier, forge.access({"typ": "JWT"}, nonce="0f" * 32))


@given(position=st.integers(0, 10_000), bit=st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_one_changed_bit_anywhere_spoils_it(
    verifier: OidcTokenVerifier, forge: Forge, position: int, bit: int
) -> None:
    refused(verifier, flipped(forge.access(), position, bit))


@given(token=any_tokens())
@settings(max_examples=200, deadline=None)
def test_whatever_is_sent_the_answer_is_the_same(verifier: OidcTokenVerifier, token: str) -> None:
    refused(verifier, token)


@given(
    claims=st.dictionaries(
        st.sampled_from(
            ["aud", "exp", "iat", "nbf", "sub", "tenant", "roles", "scope", "token_use"]
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=3)
        | st.lists(st.integers(), max_size=2)
        | st.just({}),
        min_size=1,
    )
)
@settings(max_examples=200, deadline=None)
def test_no_signed_claim_makes_another_error(
    verifier: OidcTokenVerifier, forge: Forge, claims: dict[str, Any]
) -> None:
    try:
        caller = verifier.caller(forge.access(**claims))
    except Unauthenticated:
        return
    assert caller.tenant == TENANT


def test_an_issuer_cannot_speak_for_another(trusted: TrustedIssuer, forge: Forge) -> None:
    lookalike = TrustedIssuer("http://127.0.0.1:1", "attending", CLIENT, f"{forge.url}/jwks")

    only_other = OidcTokenVerifier([lookalike])

    refused(only_other, forge.access())
    assert OidcTokenVerifier([lookalike, trusted]).caller(forge.access()).issuer == forge.url


def test_an_issuer_that_is_down_lets_nobody_in(forge: Forge) -> None:
    closed = "http://127.0.0.1:1"
    verifier = OidcTokenVerifier([TrustedIssuer(closed, "attending", CLIENT)])

    refused(verifier, forge.access(iss=closed))


def test_a_refusal_tells_nothing_of_the_token(
    verifier: OidcTokenVerifier, forge: Forge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="attending")
    token = forge.access({"kid": "secret-kid"}, sub="secret-subject", tenant="secret-tenant")

    error = refused(verifier, token)

    told = json.dumps([str(error), error.remedy, str(error.context), caplog.text])
    assert "secret" not in told
    assert token.split(".")[2] not in told
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "invalid_key_id" in caplog.text


def test_verifying_warns_of_nothing(verifier: OidcTokenVerifier, forge: Forge) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verifier.caller(forge.access()).subject == "ada"


def test_the_payload_alone_is_never_believed(verifier: OidcTokenVerifier, forge: Forge) -> None:
    header, payload, _ = forge.access().split(".")

    refused(verifier, f"{header}.{payload}.{segment(bytes(64))}")
