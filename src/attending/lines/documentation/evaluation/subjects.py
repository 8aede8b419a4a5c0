"""What is evaluated: the guard as it is shipped, and the plain peers that it has to beat."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from attending.assurance.digests import file_digest, files_digest
from attending.assurance.installed import checks_manifest, engine_digest
from attending.assurance.offers import Offer
from attending.assurance.result import Subject
from attending.core.errors import InvalidInput
from attending.core.line import DraftingEngine, Engines, Prompted
from attending.core.support import Pair, SupportModel, Verdict
from attending.lines.documentation.content import judge_digest
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.steps import DocumentationLine

_HERE = Path(__file__).parent
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


def scoring_version() -> str:
    """Of the code that scores and measures: another one scores anew."""
    room = _HERE.parents[2] / "assurance"
    measuring = (room / "columns.py", room / "evaluation.py", *(room / "measures").glob("*.py"))
    parts = (files_digest(_HERE, _HERE.glob("*.py")), files_digest(room, measuring))
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


class Here:
    """What of the line runs here. ``support``: the judge that its guard asks, or None."""

    def __init__(self, engines: Engines) -> None:
        """The large judge is left out: it looks at samples, and decides nothing."""
        self.line = DocumentationLine(Engines(support=engines.support, writer=engines.writer))
        self.support = engines.support

    @cached_property
    def checks(self) -> Offer:
        """The guard: all checks, with their weights and their judge."""
        told = checks_manifest(self.line)
        return Offer.of(Subject(told.name, told.version, told.digest))

    @property
    def judges(self) -> tuple[Offer, ...]:
        """The judge alone, where there is one."""
        model = self.support
        if model is None:
            return ()
        return (Offer.of(Subject(model.name, model.version, judge_digest(model))),)


def engine_offer(engine: DraftingEngine) -> Offer:
    """A writer by its own content, and by the prompt that it is asked with."""
    model = engine.model
    prompts = (
        (Subject(model.name, model.prompt_version, engine.prompt_digest),)
        if isinstance(engine, Prompted)
        else ()
    )
    return Offer.of(Subject(model.name, model.version, engine_digest(engine)), *prompts)


def peer(name: str) -> Offer:
    """A plain way to compare with, which is nothing but a few lines of this folder."""
    return Offer(name, Subject(name, "1", file_digest(_HERE / "subjects.py")))


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
