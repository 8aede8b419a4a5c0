"""The prompt: one versioned file. Its digest goes with every run that it was used in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAME = "note-1"
_FILE = Path(__file__).with_name("note_prompt.txt")


@dataclass(frozen=True)
class Prompt:
    """``digest``: its SHA-256. ``version``: its name and the first sixteen figures of that."""

    text: str
    digest: str

    @property
    def version(self) -> str:
        return f"{NAME}@{self.digest[:16]}"


@cache
def prompt() -> Prompt:
    """The instructions as they are sent."""
    content = _FILE.read_bytes()
    return Prompt(content.decode(), hashlib.sha256(content).hexdigest())
