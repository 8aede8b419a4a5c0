"""The claims of a note beside the conversation: what every signal looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from attending.core.speech import Role


@dataclass(frozen=True)
class Turn:
    """What one speaker said without a break. ``index`` counts from 0 in order of time."""

    index: int
    role: Role
    text: str
    utterance: str = ""  # its id in the transcript


@dataclass(frozen=True)
class Passage:
    """Turns, in order of time, that a claim may rest on. ``score``: higher is closer."""

    turns: tuple[Turn, ...]
    score: float

    @property
    def text(self) -> str:
        return " ".join(turn.text for turn in self.turns)


@dataclass(frozen=True)
class Claim:
    """One statement of a note. ``passages``: the closest first, by any way of linking."""

    id: str
    section: str  # a key of soap.Part, or ""
    text: str
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class ClaimedNote:
    """A whole note: signals compare claims with each other as well as with the talk."""

    claims: tuple[Claim, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Signal:
    """A reason to doubt a claim. ``strength`` in 0..1; the explanation is for a clinician."""

    name: str
    strength: float
    explanation: str
    quote: str = ""


class SignalCheck(Protocol):
    """One way of being wrong. Pure."""

    name: str

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        """By the claim's id; a claim that is not in it gives no reason for doubt."""
        ...
