"""What is evaluated: the guard as it is shipped, and the plain peers that it has to beat."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from attending.assurance.digests import files_digest
from attending.assurance.result import Subject
from attending.core.errors import InvalidInput
from attending.core.support import Pair, SupportModel, Verdict
from attending.lines.documentation.fidelity.claims import Turn

_HERE = Path(__file__).parent
_LINE = _HERE.parent
_WORD = re.compile(r"[a-z]{3,}|\d+(?:\.\d+)?")
_EMPTY = frozenset(
    [
        "the",
        "and",
        "for",
        "was",
        "were",
        "has",
        "had",
        "have",
        "been",
        "with",
        "that",
        "this",
        "she",
        "her",
        "his",
        "him",
        "they",
        "them",
        "its",
        "are",
        "patient",
        "reports",
        "denies",
        "states",
        "notes",
        "from",
        "also",
        "any",
        "not",
        "but",
        "does",
        "did",
        "will",
        "which",
        "who",
        "when",
    ]
)
WINDOW = 3  # turns that are read together


def line_digest() -> str:
    """Of all that the line's code and files say, but what evaluates them."""
    files = [
        path
        for path in _LINE.rglob("*")
        if path.is_file() and _HERE not in path.parents and "__pycache__" not in path.parts
        and "panel" not in path.parts
    ]  # fmt: skip
    return files_digest(_LINE, files)


def scoring_version() -> str:
    """Of the code that scores and measures: another one scores anew."""
    room = _HERE.parents[2] / "assurance"
    measuring = (room / "columns.py", room / "evaluation.py", *(room / "measures").glob("*.py"))
    parts = (files_digest(_HERE, _HERE.glob("*.py")), files_digest(room, measuring))
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


def shipped(name: str, support: SupportModel | None, digest: str) -> Subject:
    """The line's own parts with the support model that this installation has."""
    model = f"{support.name} {support.version}" if support else "no support model"
    whole = hashlib.sha256(f"{digest}\0{model}".encode()).hexdigest()
    return Subject(name, f"{version('attending')} ({model})", whole)


def peer(name: str) -> Subject:
    """A plain way to compare with, which is nothing but a few lines of this folder."""
    return Subject(name, "1", hashlib.sha256((_HERE / "subjects.py").read_bytes()).hexdigest())


def chosen(asked: str, offered: Sequence[str]) -> str:
    """The subject that is asked for; the first one is shipped. Raises InvalidInput."""
    if not asked:
        return offered[0]
    if asked not in offered:
        raise InvalidInput(
            f"There is no subject {asked} for this task.",
            remedy=f"Name one of {', '.join(offered)}.",
        )
    return asked


def turned_off(off: Iterable[str], known: Iterable[str]) -> None:
    """Raises InvalidInput for a check that is not there: it would be off in name alone."""
    there = sorted(known)
    strange = sorted(set(off) - set(there))
    if strange:
        raise InvalidInput(
            f"There is no check {', '.join(strange)} to turn off.",
            remedy=f"Name any of {', '.join(there)}." if there else "This task has no checks.",
        )


def content_words(text: str) -> frozenset[str]:
    """Words of three letters or more that carry meaning, and numbers."""
    return frozenset(_WORD.findall(text.lower())) - _EMPTY


def lexical_support(claim: str, turns: Sequence[Turn]) -> float:
    """Share of a claim's words that the best stretch of a few turns holds. 0..1."""
    words = content_words(claim)
    if not words:
        return 1.0
    said = [content_words(turn.text) for turn in turns]
    stretches = (frozenset().union(*said[i : i + WINDOW]) for i in range(len(said)))
    return max((len(words & stretch) / len(words) for stretch in stretches), default=0.0)


@dataclass
class Remembering:
    """A support model that judges a pair once: notes that differ by a sentence share the rest."""

    model: SupportModel

    def __post_init__(self) -> None:
        self.name, self.version = self.model.name, self.model.version
        self._known: dict[Pair, Verdict] = {}

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        new = list(dict.fromkeys(pair for pair in pairs if pair not in self._known))
        if new:
            self._known.update(zip(new, self.model.judge(new), strict=True))
        return tuple(self._known[pair] for pair in pairs)

    def forget(self) -> None:
        """Keep nothing of a visit once the next one is scored."""
        self._known.clear()
