"""What every verifier of proofs keeps, the real one and the tests' own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from attending.core.errors import ProofRefused
from attending.core.identity import Proof, ProofVerifier

DIGEST, OTHER = "0f" * 32, "f0" * 32


class Desk(Protocol):
    """A verifier, and a person who can log in to prove something."""

    prover: ProofVerifier
    person: tuple[str, str]  # issuer and subject

    def prove(self, digest: str) -> Proof: ...


class ProverContract:
    def test_a_proof_says_who_proved_what(self, desk: Desk) -> None:
        proven = desk.prover.proven(desk.prove(DIGEST))
        assert (proven.issuer, proven.subject) == desk.person
        assert proven.digest == DIGEST

    def test_a_fresh_proof_has_fresh_times(self, desk: Desk) -> None:
        proven = desk.prover.proven(desk.prove(DIGEST))
        now = datetime.now(UTC)
        assert now - proven.authenticated_at < timedelta(seconds=30)
        assert proven.authenticated_at <= proven.issued_at + timedelta(seconds=1)
        assert proven.issued_at < proven.expires_at
        assert now < proven.expires_at

    def test_each_digest_needs_its_own_proof(self, desk: Desk) -> None:
        assert desk.prover.proven(desk.prove(OTHER)).digest == OTHER

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "é" * 50])
    def test_nonsense_is_refused(self, desk: Desk, token: str) -> None:
        with pytest.raises(ProofRefused):
            desk.prover.proven(Proof(token))
