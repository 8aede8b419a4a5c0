"""A demo issuer that really runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey

from attending.adapters.identity import TrustedIssuer
from attending.demo.issuer import API_AUDIENCE, RunningIssuer
from attending.demo.issuer.key import signing_key
from tests.adapters.identity.forging import CLIENT, Forge, issuer_settings


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIssuer]:
    with RunningIssuer(issuer_settings(tmp_path_factory.mktemp("issuer"))) as running:
        yield running


@pytest.fixture(scope="session")
def trusted(issuer: RunningIssuer) -> TrustedIssuer:
    return TrustedIssuer(issuer.url, API_AUDIENCE, CLIENT)


@pytest.fixture(scope="session")
def forge(issuer: RunningIssuer) -> Forge:
    return Forge(issuer.url, signing_key(issuer.settings.key_path))


@pytest.fixture(scope="session")
def stranger() -> ECKey:
    """A key that the issuer never published."""
    return ECKey.generate_key("P-256", auto_kid=True)
