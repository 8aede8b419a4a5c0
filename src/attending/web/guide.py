"""A guided first look: a document that an installation may have; a clinic's has none.

It says who can log in and what to try. The console shows it and knows nothing of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from attending.core.errors import Misconfigured


@dataclass(frozen=True)
class GuidePerson:
    username: str
    password: str = field(repr=False)
    name: str
    role: str


@dataclass(frozen=True)
class GuideStep:
    """Something to try. where: the page's path, or with a / at its end all below it."""

    where: str
    person: str  # who it is for, by user name
    title: str
    text: str


@dataclass(frozen=True)
class Guide:
    """key: whoever has it is shown the passwords. steps: in the order to try them."""

    title: str
    text: str
    key: str = field(repr=False)
    people: tuple[GuidePerson, ...]
    steps: tuple[GuideStep, ...]

    def opens(self, key: str) -> bool:
        return secrets.compare_digest(self.key.encode(), key.encode("utf-8", "replace"))

    def step(self, here: str) -> GuideStep | None:
        """What to do on this page."""
        return next((step for step in self.steps if _is_at(step.where, here)), None)


def _is_at(where: str, here: str) -> bool:
    return here == where or (len(where) > 1 and where.endswith("/") and here.startswith(where))


def read_guide(path: Path) -> Guide:
    """Raises Misconfigured."""
    try:
        return TypeAdapter(Guide).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise Misconfigured(f"The guide {path.name} cannot be read.") from error
