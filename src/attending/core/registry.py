"""The registry: versions of models, prompts and check sets, and what they were measured to do.

Both are facts of the installation, written by an administrator; entries are only ever added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import rfc8785

from attending.core.errors import InvalidInput
from attending.core.ids import EvaluationId, VersionId, derived

# Of a document that does not say which way is better.
_LOWER = frozenset(
    {
        "error",
        "errors",
        "flags",
        "flagged",
        "false",
        "loss",
        "ece",
        "brier",
        "wer",
        "seconds",
        "ms",
        "latency",
        "findings",
    }
)


class VersionKind(StrEnum):
    MODEL = "model"
    PROMPT = "prompt"
    CHECKS = "checks"


@dataclass(frozen=True)
class ModelVersion:
    """digest: of its weights or its code. manifest: what its card says.

    registered_by, trained_by: the people, as their issuer knows them (`sub`); "" if nobody
    is named.
    """

    id: VersionId
    kind: VersionKind
    name: str
    version: str
    digest: str
    manifest: Mapping[str, Any]
    registered_by: str
    trained_by: str
    at: datetime

    @property
    def authors(self) -> frozenset[str]:
        return frozenset({self.registered_by, self.trained_by} - {""})

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


def version_id(kind: VersionKind, name: str, version: str, digest: str) -> VersionId:
    """One entry for each content: the same version with other content is another entry."""
    return VersionId(derived("model-version", kind, name, version, digest))


@dataclass(frozen=True)
class Measure:
    """low, high: its interval. n: how many items it rests on."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class EvaluationDocument:
    """``{dataset, digest, subject, measures}``, as `attending evaluate --json` prints it.

    digest: of the dataset's content. lower: measures of which less is better; untold:
    those that are neither. partial: checks were off, or not all items were scored.
    """

    dataset: str
    digest: str
    task: str
    subject: str
    subject_version: str
    subject_digest: str
    measures: Mapping[str, Measure]
    lower: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    partial: bool = False

    def higher_is_better(self, measure: str) -> bool:
        return measure not in self.lower


def read_document(text: str) -> EvaluationDocument:
    """Raises InvalidInput for anything but an evaluation's document."""
    try:
        told = json.loads(text)
        better = dict(told.get("better") or {})
        measures = {
            str(name): Measure(
                float(each["value"]), float(each["low"]), float(each["high"]), int(each["n"])
            )
            for name, each in dict(told["measures"]).items()
        }
        subject = told["subject"]
        return EvaluationDocument(
            dataset=str(told["dataset"]),
            digest=str(told["digest"]),
            task=str(told.get("task", "")),
            subject=str(subject["name"]),
            subject_version=str(subject["version"]),
            subject_digest=str(subject.get("digest", "")),
            measures=measures,
            lower=frozenset(name for name in measures if _better(better, name) == "lower"),
            untold=frozenset(name for name in measures if _better(better, name) == "none"),
            partial=bool(told.get("off")) or told.get("limit") is not None,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidInput(
            "This is no document of an evaluation.",
            remedy="Give what `attending evaluate … --json` printed.",
        ) from error


def _better(told: Mapping[str, Any], measure: str) -> str:
    """As the document says; else by the measure's name, as "flags_per_note" or "ece"."""
    words = set(measure.lower().replace("-", "_").replace(" ", "_").split("_"))
    return str(told.get(measure) or ("lower" if words & _LOWER else "higher"))


def canonical_document(text: str) -> str:
    """RFC 8785 form of a document: one text, and so one digest, for each content.

    Raises InvalidInput.
    """
    read_document(text)
    try:
        return rfc8785.dumps(json.loads(text)).decode()
    except rfc8785.CanonicalizationError as error:
        raise InvalidInput("The document holds numbers that JSON has no one form for.") from error


def text_digest(text: str) -> str:
    """Lower-case hex SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Evaluation:
    id: EvaluationId
    version: VersionId
    text: str  # canonical
    digest: str
    added_by: str
    at: datetime

    @property
    def document(self) -> EvaluationDocument:
        return read_document(self.text)
