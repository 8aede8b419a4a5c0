"""Text models: the port of whatever writes words when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Question:
    """``instructions`` are ours; ``content`` is data, whatever it says.

    schema: JSON Schema that the answer should keep to; a model may not. longest: tokens of
    the answer.
    """

    instructions: str
    content: str
    schema: Mapping[str, Any] | None = None
    longest: int = 1024


@dataclass(frozen=True)
class TextAnswer:
    """The model's own words. ``cut``: it had more to say, and was stopped."""

    text: str
    cut: bool = False


class TextModel(Protocol):
    """Answers in words. ``egress``: "local", or the name of an entry of the egress register."""

    name: str
    version: str
    egress: str

    def ask(self, question: Question) -> TextAnswer:
        """Raises EngineFailed; EgressRefused before anything leaves."""
        ...
