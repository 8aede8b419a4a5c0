"""Keys of an issuer that an admin key has signed for: these hold, and none is fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from attending.adapters.identity import OidcProofVerifier, TrustedIssuer
from attending.adapters.identity.issuers import published
from attending.core.errors import IssuerUnavailable, Misconfigured, ProofRefused
from attending.core.identity import Proof
from attending.demo.issuer import API_AUDIENCE, RunningIssuer
from attending.demo.issuer.key import signing_key
from tests.adapters.identity.forging import CLIENT, Forge, issuer_settings

NOWHERE = "http://127.0.0.1:9"  # nobody answers there


def test_a_proof_holds_after_the_issuer_has_gone(tmp_path: Path) -> None:
    with RunningIssuer(issuer_settings(tmp_path)) as issuer:
        keys = published(TrustedIssuer(issuer.url, API_AUDIENCE, CLIENT))
        key = signing_key(issuer.settings.key_path)
        token = Forge(issuer.url, key).proof()
    assert len(keys) == 1
    pinned = OidcProofVerifier([TrustedIssuer(issuer.url, API_AUDIENCE, CLIENT, None, keys)])
    assert pinned.proven(Proof(token)).issuer == issuer.url
    fetching = OidcProofVerifier([TrustedIssuer(issuer.url, API_AUDIENCE, CLIENT)])
    with pytest.raises(IssuerUnavailable):
        fetching.proven(Proof(token))


def test_a_key_that_the_issuer_publishes_later_is_not_believed(
    issuer: RunningIssuer, forge: Forge, stranger: ECKey
) -> None:
    """Whoever takes over the issuer's address publishes what he likes."""
    other = json.dumps(stranger.as_dict(private=False))
    pinned = OidcProofVerifier([TrustedIssuer(issuer.url, API_AUDIENCE, CLIENT, None, (other,))])
    with pytest.raises(ProofRefused):
        pinned.proven(Proof(forge.proof()))


def test_what_is_pinned_holds_no_secret(trusted: TrustedIssuer) -> None:
    assert all("d" not in json.loads(key) for key in published(trusted))


def test_an_issuer_that_is_away_cannot_be_pinned() -> None:
    with pytest.raises(IssuerUnavailable):
        published(TrustedIssuer(NOWHERE, "a", "b"))


@pytest.mark.parametrize("key", ["", "no json", "{}", "[]", '{"kty":"oct","k":"AAAA"}'])
def test_what_is_no_public_key_is_not_pinned(key: str, stranger: ECKey) -> None:
    with pytest.raises(Misconfigured):
        TrustedIssuer(NOWHERE, "a", "b", None, (key,))
    with pytest.raises(Misconfigured):
        TrustedIssuer(NOWHERE, "a", "b", None, (json.dumps(stranger.as_dict(private=True)),))
