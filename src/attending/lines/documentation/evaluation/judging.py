"""Who judges a note: the shipped guard, or a plain peer, in one form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attending.assurance.columns import Row
from attending.assurance.result import Subject
from attending.core.support import SupportModel
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.evaluation import subjects
from attending.lines.documentation.fidelity.assess import assess
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.signals import SIGNALS

SUBJECTS = ("guard", "lexical")
CHECK_NAMES = frozenset({*(check.name for check in SIGNALS), *(check.name for check in CHECKS)})
_LEXICAL_FLAG = 0.5  # doubt above which the lexical peer flags


@dataclass(frozen=True)
class Judged:
    """One sentence of a note. doubt in 0..1; reasons: the names of the checks that doubt it.

    surprise: in nats, how little of its words the talk accounts for; 0 by who does not say.
    """

    doubt: float
    flagged: bool
    reasons: tuple[str, ...] = ()
    explanations: tuple[str, ...] = ()
    surprise: float = 0.0

    def row(self) -> Row:
        """As it is kept: without a word of the note."""
        return {"doubt": self.doubt, "flagged": self.flagged, "reasons": " ".join(self.reasons)}


Note = Sequence[tuple[str, str]]  # (section, sentence)
Judge = Callable[[Note, Sequence[Turn]], tuple[Judged, ...]]


@dataclass(frozen=True)
class Jury:
    """A judge and its name; ``done`` is told when a visit is left."""

    subject: Subject
    judge: Judge
    done: Callable[[], None] = lambda: None


def jury(asked: str, support: SupportModel | None, off: frozenset[str]) -> Jury:
    """The judge of a subject. off: names of checks that are left out. Raises InvalidInput."""
    subjects.turned_off(off, CHECK_NAMES)
    if subjects.chosen(asked, SUBJECTS) == "lexical":
        return Jury(subjects.peer("lexical"), _lexical)
    named = subjects.shipped("guard", support, subjects.line_digest())
    remembering = subjects.Remembering(support) if support else None

    def judge(note: Note, turns: Sequence[Turn]) -> tuple[Judged, ...]:
        return tuple(
            Judged(
                each.doubt,
                each.flagged,
                tuple(signal.name for signal in each.signals),
                tuple(signal.explanation for signal in each.signals),
                each.surprise,
            )
            for each in assess(note, turns, remembering, off=off)
        )

    return Jury(named, judge, remembering.forget if remembering else lambda: None)


def _lexical(note: Note, turns: Sequence[Turn]) -> tuple[Judged, ...]:
    doubts = (1 - subjects.lexical_support(text, turns) for _, text in note)
    return tuple(
        Judged(doubt, doubt > _LEXICAL_FLAG, ("unheard-words",) if doubt > _LEXICAL_FLAG else ())
        for doubt in doubts
    )
