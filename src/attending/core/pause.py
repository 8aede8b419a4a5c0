"""Stopping: a line, or a model version, makes no new draft until a second signed act.

A pause is an act of a safety officer for a clinic, or of an administrator for every
clinic of the installation. It holds until it is itself resumed: two pauses of the same
thing are two reasons, and each is looked into by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import rfc8785

from attending.core.entry import FRESH, LEEWAY
from attending.core.errors import ProofRefused
from attending.core.identity import Principal, Proof, ProofVerifier, Proven, StaffRole
from attending.core.ids import PauseId, PrincipalId, SourceId
from attending.core.work import CaseHead

ANY = "*"
MEANING_RESUME = "I have looked into why this was stopped, and let it go on."


class Model(Protocol):
    """A model version, as a run or a line names it."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...


class StopScope(StrEnum):
    LINE = "line"
    MODEL = "model"


@dataclass(frozen=True)
class Stop:
    """What is stopped. ``version``: of a model; ANY for every one, and for a line."""

    scope: StopScope
    name: str
    version: str = ANY

    def holds(self, line: str, models: Iterable[Model]) -> bool:
        """Whether work on this line, with these models, has to wait."""
        if self.scope is StopScope.LINE:
            return self.name == line
        return any(
            model.name == self.name and self.version in (model.version, ANY) for model in models
        )


@dataclass(frozen=True)
class Standing:
    """A pause that was not resumed. ``everywhere``: made for every clinic."""

    id: PauseId
    stop: Stop
    everywhere: bool
    at: datetime


@dataclass(frozen=True)
class Pause:
    """A standing pause, with its reason. ``by``: None for an administrator's."""

    id: PauseId
    stop: Stop
    reason: str
    by: PrincipalId | None
    at: datetime

    @property
    def everywhere(self) -> bool:
        return self.by is None


@dataclass(frozen=True)
class PauseAct:
    """One act of the history: a pause, or the resumption that let it go.

    reason: of a pause; a resumption signs the pause's. by: None for an administrator.
    """

    pause: PauseId
    is_resumption: bool
    stop: Stop
    reason: str
    by: PrincipalId | None
    at: datetime


@dataclass(frozen=True)
class ModelInUse:
    """What a model version has done here. first, last: the ends of its runs.

    drafted: drafts, since a moment that was asked for, in which it had a part. in_review: of
    all its drafts, those that wait for a clinician.
    """

    name: str
    version: str
    first: datetime
    last: datetime
    drafted: int
    in_review: int


@dataclass(frozen=True)
class LineInUse:
    """How many cases of a line are being drafted, and how many are in review."""

    line: str
    drafting: int
    in_review: int


@dataclass(frozen=True)
class Waiting:
    """A case that was put off; ``source`` is set while it is still to be decoded."""

    case: CaseHead
    source: SourceId | None


@dataclass(frozen=True)
class Resumption:
    """All that an officer signs to let a pause go. Text and whole numbers only."""

    tenant: str
    pause: str
    scope: str
    name: str
    version: str
    reason: str  # of the pause
    paused_by: str
    paused_at: str  # ISO 8601
    officer: str
    issuer: str
    subject: str
    officer_name: str
    prepared_at: str  # ISO 8601, UTC
    meaning: str = MEANING_RESUME
    format: int = 1


@dataclass(frozen=True)
class SignedResumption:
    """A resumption whose proof was checked."""

    resumption: Resumption
    digest: str
    proof: Proof
    at: datetime


def paused(pauses: Iterable[Pause], line: str, models: Iterable[Model]) -> Pause | None:
    """The first of the standing pauses that stops this line or one of these models."""
    used = tuple(models)
    return next((pause for pause in pauses if pause.stop.holds(line, used)), None)


def digest(resumption: Resumption) -> str:
    """Lower-case hex SHA-256 of the RFC 8785 form: the nonce of the officer's proof."""
    return hashlib.sha256(rfc8785.dumps(asdict(resumption))).hexdigest()


def resumed(
    resumption: Resumption, proof: Proof, officer: Principal, prover: ProofVerifier, at: datetime
) -> SignedResumption:
    """Hold the proof against exactly this resumption. Raises ProofRefused.

    officer: as enrolled; at: the moment of signing.
    """
    expected = digest(resumption)
    proven = prover.proven(proof)
    _require(proven.digest == expected, "the proof is for another digest")
    person = (officer.issuer, officer.subject)
    _require((proven.issuer, proven.subject) == person, "somebody else made the proof")
    _require((resumption.issuer, resumption.subject) == person, "it names another officer")
    _require(StaffRole.SAFETY_OFFICER in officer.roles, "only a safety officer resumes")
    _require_times(at, proven)
    return SignedResumption(resumption, expected, proof, at)


def _require_times(at: datetime, proven: Proven) -> None:
    _require(at <= proven.expires_at + LEEWAY, "the proof had expired")
    _require(at >= proven.issued_at - LEEWAY, "the proof is younger than the signature")
    _require(at - proven.authenticated_at <= FRESH + LEEWAY, "the log-in was not fresh")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ProofRefused(f"The resumption does not hold: {what}.")
