"""The contract of provers: the OIDC one with a real issuer, and the tests' own fake."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from attending.adapters.identity import OidcProofVerifier, TrustedIssuer
from attending.core.identity import Principal, Proof, ProofVerifier, StaffRole
from attending.core.ids import PrincipalId, fresh
from attending.demo.issuer import RunningIssuer, sign_in
from tests.adapters.identity.forging import CLIENT, PASSWORD, REDIRECT
from tests.clinic import FakeProver, proof_of
from tests.contracts.prover_contract import ProverContract


@dataclass
class OidcDesk:
    issuer: RunningIssuer
    prover: ProofVerifier

    @property
    def person(self) -> tuple[str, str]:
        return self.issuer.url, "ada"

    def prove(self, digest: str) -> Proof:
        tokens = sign_in(self.issuer.url, CLIENT, REDIRECT, "ada", PASSWORD, nonce=digest)
        return Proof(tokens.id_token)


@dataclass
class FakeDesk:
    prover: ProofVerifier = field(default_factory=FakeProver)
    person: tuple[str, str] = ("https://issuer.test", "ada")

    def prove(self, digest: str) -> Proof:
        roles = frozenset({StaffRole.CLINICIAN})
        return proof_of(Principal(PrincipalId(fresh()), *self.person, "Ada", roles), digest)


class TestOidc(ProverContract):
    @pytest.fixture
    def desk(self, issuer: RunningIssuer, trusted: TrustedIssuer) -> OidcDesk:
        return OidcDesk(issuer, OidcProofVerifier([trusted]))


class TestFake(ProverContract):
    @pytest.fixture
    def desk(self) -> FakeDesk:
        return FakeDesk()
