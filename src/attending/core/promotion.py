"""A promotion: what a clinician signs so that a version may answer in the clinic."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import rfc8785

from attending.core.errors import InvalidInput
from attending.core.identity import Proof
from attending.core.ids import PrincipalId, VersionId
from attending.core.registry import text_digest


@dataclass(frozen=True)
class NamedEvaluation:
    """An evaluation as it is signed for."""

    id: str
    digest: str
    task: str
    dataset: str
    dataset_digest: str


@dataclass(frozen=True)
class Gate:
    """One thing that was asked of a version. outcome: "passed" or "failed".

    measure: what was looked at, or ""; why: the figures, in words.
    """

    gate: str
    measure: str
    outcome: str
    why: str

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


MEANING_PROMOTE = (
    "I have read these evaluations and gates. This version may draft for our clinicians."
)


@dataclass(frozen=True)
class Promotion:
    """All that a clinician signs to promote a version. Text and whole numbers only."""

    tenant: str
    version_id: str
    kind: str
    name: str
    version: str
    model_digest: str
    compared_with: tuple[str, ...]  # labels of the versions that answered then
    evaluations: tuple[NamedEvaluation, ...]
    gates: tuple[Gate, ...]
    signer: str
    issuer: str
    subject: str
    signer_name: str
    prepared_at: str  # ISO 8601, UTC
    meaning: str = MEANING_PROMOTE
    format: int = 1

    @property
    def passed(self) -> bool:
        return bool(self.gates) and all(gate.passed for gate in self.gates)


def canonical(promotion: Promotion) -> str:
    """RFC 8785 form: the text that is kept, and whose digest is signed."""
    return rfc8785.dumps(json.loads(json.dumps(asdict(promotion)))).decode()


def digest(promotion: Promotion) -> str:
    """Lower-case hex SHA-256 of the canonical form: the nonce of the signer's proof."""
    return text_digest(canonical(promotion))


def read_promotion(text: str) -> Promotion:
    """The promotion of a canonical text. Raises InvalidInput for any other text."""
    try:
        told = json.loads(text)
        made = Promotion(
            **{
                **told,
                "compared_with": tuple(told["compared_with"]),
                "evaluations": tuple(NamedEvaluation(**each) for each in told["evaluations"]),
                "gates": tuple(Gate(**each) for each in told["gates"]),
            }
        )
        same = canonical(made) == text
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidInput("This is no promotion.") from error
    if not same:
        raise InvalidInput("This is no promotion.")
    return made


@dataclass(frozen=True)
class SignedPromotion:
    """A promotion as it is kept: its text, and what its signer's authenticator made."""

    id: UUID
    version: VersionId
    text: str
    proof: Proof
    by: PrincipalId
    at: datetime

    @property
    def digest(self) -> str:
        return text_digest(self.text)
