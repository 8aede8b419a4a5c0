"""What is said of a value that cannot be right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Doubt:
    """What stands in the note, and why it cannot be right."""

    quote: str
    why: str
