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
    """``version``: its name and the first sixteen figures of its SHA-256."""

    text: str
    version: str


@cache
def prompt() -> Prompt:
    """The instructions as they are sent."""
    content = _FILE.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Prompt(content.decode(), f"{NAME}@{digest}")
