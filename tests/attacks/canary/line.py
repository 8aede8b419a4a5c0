"""A line whose model says exactly what the source tells it to, with canaries everywhere.

Only the model is scripted: the note is rendered by the documentation line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from attending.core.case import ModelUse
from attending.core.draft import (
    Action,
    Alert,
    Body,
    Code,
    Draft,
    Finding,
    Section,
    Severity,
    Statement,
    Text,
)
from attending.core.entry import Content
from attending.core.evidence import TextSpan
from attending.core.line import Check, CheckCard, Decoded, Drafted, DraftingEngine, Engines, Line
from attending.lines.documentation.render import rendered
from tests.plugins.vitals_line.steps import VitalsLine

NAME, MEDIA = "canary", "application/json"
ENGINES: frozenset[str] = frozenset()
WRITER = ModelUse("infer", "canary-writer", "1")
DECODER = ModelUse("decode", "canary-reader", "1")
_BODIES: dict[str, Callable[[str], Body]] = {
    "text": Text,
    "alert": lambda text: Alert(text, "high"),
    "action": lambda text: Action(text, "order"),
    "code": lambda text: Code("urn:canary", "c1", text),
}


def as_read(kind: str, text: str) -> str:
    """A statement of this kind as a line of the note: said here a second time."""
    return f"{text} (c1)" if kind == "code" else text


@dataclass(frozen=True)
class CanaryWriter:
    model: ModelUse = WRITER
    egress: str = "local"

    def draft(self, rendition: bytes) -> Drafted:
        told = json.loads(rendition)
        sections = tuple(
            Section(
                each["key"],
                each["title"],
                tuple(
                    Statement(
                        f"{each['key']}.{number}",
                        _BODIES[kind](text),
                        (TextSpan(0, 4, quote=told["quote"]),),
                    )
                    for number, (kind, text) in enumerate(each["lines"], 1)
                ),
            )
            for each in told["sections"]
        )
        return Drafted(Draft(told["title"], sections), told["raw"].encode(), self.model)


CARD = CheckCard("Canaries", "whether a section asks for it.", tuple(Severity))


@dataclass(frozen=True)
class CanaryCheck:
    """Warns of the first line of every section that says so."""

    name: str = "canary-check"
    card: CheckCard = CARD

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        told = json.loads(rendition)
        return tuple(
            Finding(
                self.name,
                each["key"],
                f"{each['key']}.1",
                Severity(each["warning"]),
                told["explanation"],
                told["quote"],
            )
            for each in told["sections"]
            if each["warning"]
        )


@dataclass(frozen=True)
class CanaryLine(VitalsLine):
    name: str = NAME
    title: str = "Canaries"
    media_types: frozenset[str] = frozenset({MEDIA})
    migrations: Path | None = None
    engine: DraftingEngine = field(default_factory=CanaryWriter)
    checks: tuple[Check, ...] = (CanaryCheck(),)
    decoder: ModelUse | None = DECODER

    def decode(
        self, source: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Decoded:
        progress(1.0)
        return Decoded(source.read_bytes(), DECODER)

    def render(self, title: str, sections: tuple[Section, ...]) -> Content:
        return rendered(title, sections)


def line(_engines: Engines) -> Line:
    return CanaryLine()
