"""What a model proposes: sections of statements, each with its evidence; and what guards say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Literal

from attending.core.evidence import Evidence


class Severity(StrEnum):
    """How much a finding matters. A SERIOUS one must be opened before its section is decided."""

    INFO = "info"
    CAUTION = "caution"
    SERIOUS = "serious"


@dataclass(frozen=True)
class Text:
    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Measurement:
    name: str
    value: float
    unit: str  # UCUM
    kind: Literal["measurement"] = "measurement"


@dataclass(frozen=True)
class Code:
    system: str
    code: str
    display: str
    kind: Literal["code"] = "code"


@dataclass(frozen=True)
class Mask:
    """Run-length encoded membership: lengths of alternating stretches, outside first."""

    label: str
    shape: tuple[int, ...]
    runs: tuple[int, ...]
    kind: Literal["mask"] = "mask"


@dataclass(frozen=True)
class Alert:
    text: str
    level: str
    kind: Literal["alert"] = "alert"


@dataclass(frozen=True)
class Action:
    text: str
    verb: str
    kind: Literal["action"] = "action"


Body = Text | Measurement | Code | Mask | Alert | Action


def plain(body: Body) -> str:
    """A body as one line of text, as it is read on a page and in a record."""
    match body:
        case Text(text) | Alert(text=text) | Action(text=text):
            return text
        case Measurement(name, value, unit):
            return f"{name}: {value:g} {unit}"
        case Code(_, code, display):
            return f"{display} ({code})"
        case Mask(label, shape, runs):
            return f"{label}: {sum(runs[1::2])} of {sum(runs)} points, shape {'x'.join(map(str, shape))}"


@dataclass(frozen=True)
class Statement:
    """One assertion. ``by`` is the role whose words it rests on, where speech is the source."""

    id: str
    body: Body
    evidence: tuple[Evidence, ...] = ()
    by: str | None = None
    human: bool = False  # written by a clinician in a revision

    @property
    def text(self) -> str:
        return plain(self.body)


ALIKE = 0.5  # likeness from which one statement counts as the other, edited


def likeness(one: Statement, other: Statement) -> float:
    """The share of words that two statements have in common, in the same order; 0 to 1."""
    return SequenceMatcher(None, one.text.split(), other.text.split()).ratio()


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    statements: tuple[Statement, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(statement.text for statement in self.statements)


@dataclass(frozen=True)
class Draft:
    """An immutable proposal. Empty sections are kept: "nothing was said" is reviewed too."""

    title: str
    sections: tuple[Section, ...]

    def as_proposed(self) -> Draft:
        """No statement claims to be a clinician's: an engine's answer cannot say that."""
        return Draft(
            self.title,
            tuple(
                replace(s, statements=tuple(replace(each, human=False) for each in s.statements))
                for s in self.sections
            ),
        )

    def section(self, key: str) -> Section:
        return next(section for section in self.sections if section.key == key)


@dataclass(frozen=True)
class Finding:
    """What a check says about a statement, in words for a clinician."""

    check: str
    section: str
    statement: str
    severity: Severity
    explanation: str
    quote: str = field(default="")
