"""What an evaluation says, as one document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from attending.core.errors import InvalidInput


@dataclass(frozen=True)
class Subject:
    """What is evaluated. ``digest``: SHA-256 of what makes it answer as it does."""

    name: str
    version: str
    digest: str

    def document(self) -> dict[str, str]:
        return {"name": self.name, "version": self.version, "digest": self.digest}


@dataclass(frozen=True)
class Measure:
    """low, high: the 95 % interval. n: how many items it rests on."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Result:
    """digest: of the dataset's content. evaluation: of all that the figures follow from.

    better: of each measure, whether "higher" or "lower" is better, or "none". limit: the first
    items alone were scored, so many; None if all were.
    """

    dataset: str
    digest: str
    subject: Subject
    measures: Mapping[str, Measure]
    task: str
    format: str = ""
    split: str = ""
    version: str = ""
    evaluation: str = ""
    items: int = 0
    off: tuple[str, ...] = ()
    better: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None

    def document(self) -> dict[str, Any]:
        """``{dataset, digest, subject, measures}`` and what says how they came about."""
        return {
            "dataset": self.dataset,
            "digest": self.digest,
            "subject": self.subject.document(),
            "measures": {
                name: {"value": m.value, "low": m.low, "high": m.high, "n": m.n}
                for name, m in self.measures.items()
            },
            "task": self.task,
            "format": self.format,
            "split": self.split,
            "version": self.version,
            "evaluation": self.evaluation,
            "items": self.items,
            "limit": self.limit,
            "off": list(self.off),
            "better": dict(self.better),
        }

    def as_json(self) -> str:
        return json.dumps(self.document(), indent=2, ensure_ascii=False)


class _SubjectForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    version: str
    digest: str


class _MeasureForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    value: float
    low: float
    high: float
    n: int


class _ResultForm(BaseModel):
    dataset: str
    digest: str
    subject: _SubjectForm
    measures: dict[str, _MeasureForm]
    task: str = ""
    format: str = ""
    split: str = ""
    version: str = ""
    evaluation: str = ""
    items: int = 0
    off: tuple[str, ...] = ()
    better: dict[str, str] = {}
    limit: int | None = None


def read_result(path: Path) -> Result:
    """The document in a file. Raises InvalidInput."""
    try:
        form = _ResultForm.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidInput(
            f"{path.name} holds no result of an evaluation.",
            remedy="Give what `attending evaluate … --json` printed, or an evaluation's digest.",
        ) from error
    return Result(
        **{
            **form.model_dump(exclude={"subject", "measures"}),
            "subject": Subject(**form.subject.model_dump()),
            "measures": {n: Measure(**m.model_dump()) for n, m in form.measures.items()},
        }
    )
