"""The trust root: the log of signed statements, verified, and never shorter than it was."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from attending.adapters.ed25519 import holds
from attending.adapters.identity.issuers import TrustedIssuer
from attending.adapters.identity.passkeys import PasskeyProofVerifier
from attending.adapters.identity.proofs import OidcProofVerifier
from attending.core.errors import TrustBroken
from attending.core.identity import Issuer, Proof, ProofVerifier, Proven
from attending.core.ids import TenantId
from attending.core.ports import Unit
from attending.core.trust import Head, SignedStatement, Trusted, digest, replay


@lru_cache(maxsize=64)
def prover_of(issuers: tuple[Issuer, ...]) -> ProofVerifier:
    """One for each set of issuers, since it keeps their keys for a while."""
    return OidcProofVerifier(
        TrustedIssuer(i.issuer, i.audience, i.client_id, i.jwks_uri, i.keys) for i in issuers
    )


@dataclass(frozen=True)
class EitherProof:
    """A log-in, or a passkey: each kind by its own verifier (a ProofVerifier)."""

    log_ins: ProofVerifier
    passkeys: ProofVerifier

    def proven(self, proof: Proof) -> Proven:
        verifier = self.passkeys if proof.kind == "webauthn" else self.log_ins
        return verifier.proven(proof)


@dataclass(frozen=True)
class TrustMemory:
    """How far each log had come, in this process and in a folder outside the database.

    Who holds the whole database can cut a log's end off, and with it a revocation. What
    is remembered here finds that. Without a folder it is forgotten with the process.
    """

    folder: Path | None = None
    _known: dict[TenantId, Head] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def head(self, tenant: TenantId) -> Head:
        """Ask before the log is read: it cannot be shorter than this then."""
        here = self._known.get(tenant, Head())
        return max(here, self._kept(tenant), key=lambda head: head.number)

    def keep(self, tenant: TenantId, head: Head) -> None:
        with self._lock:
            if head.number > self._known.get(tenant, Head()).number:
                self._known[tenant] = head
            with self._alone() as folder:
                if folder is not None and head.number > self._kept(tenant).number:
                    _write(folder / f"{tenant}.json", head)

    def _kept(self, tenant: TenantId) -> Head:
        if self.folder is None:
            return Head()
        try:
            told = json.loads((self.folder / f"{tenant}.json").read_bytes())
            return Head(int(told["number"]), str(told["digest"]))
        except FileNotFoundError:
            return Head()
        except (ValueError, TypeError, KeyError) as error:
            raise TrustBroken("What was remembered of the trust log cannot be read.") from error

    @contextmanager
    def _alone(self) -> Iterator[Path | None]:
        """Other processes that share the folder wait."""
        if self.folder is None:
            yield None
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.folder


def _write(path: Path, head: Head) -> None:
    part = path.with_suffix(".part")
    with part.open("w") as file:
        json.dump(vars(head), file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


@dataclass(frozen=True)
class TrustRoot:
    """Implements ``core.ports.Trust``. root: the first admin key's public half, 32 bytes."""

    root: bytes
    memory: TrustMemory = field(default_factory=TrustMemory)
    provers: Callable[[tuple[Issuer, ...]], ProofVerifier] = prover_of
    _verified: dict[TenantId, Trusted] = field(default_factory=dict)

    def standing(self, unit: Unit) -> Trusted:
        """The log is read anew only when its end is another than last time."""
        known = self.memory.head(unit.tenant)
        last = unit.trust.head()
        before = self._verified.get(unit.tenant)
        if before is not None and last is not None and digest(last.text) == before.head.digest:
            return before
        log = unit.trust.all()
        _require_known(log, known)
        trusted = replay(unit.tenant, self.root, log, holds)
        self.memory.keep(unit.tenant, trusted.head)
        self._verified[unit.tenant] = trusted
        return trusted

    def prover(self, trusted: Trusted) -> ProofVerifier:
        return EitherProof(self.provers(trusted.issuers), PasskeyProofVerifier(trusted))


def _require_known(log: tuple[SignedStatement, ...], known: Head) -> None:
    if len(log) < known.number:
        raise TrustBroken(f"The trust log was cut: it had come to statement {known.number}.")
    if known.number and digest(log[known.number - 1].text) != known.digest:
        raise TrustBroken(f"The trust log was made anew: statement {known.number} is another.")
