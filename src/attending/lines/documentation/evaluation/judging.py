"""Who judges a note: the check set, the judge alone, or a plain peer, in one form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attending.assurance.columns import Row
from attending.assurance.offers import Offer
from attending.assurance.result import Subject
from attending.core.line import Check, Engines
from attending.core.support import SupportModel, Verdict
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.content import line_digest
from attending.lines.documentation.evaluation import subjects
from attending.lines.documentation.evaluation.subjects import Here
from attending.lines.documentation.fidelity.assess import assess
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.judge import LexicalJudge
from attending.lines.documentation.fidelity.measured import Conversation
from attending.lines.documentation.fidelity.signals import SIGNALS
from attending.lines.documentation.steps import checks_of

LEXICAL = "lexical"
CHECK_NAMES = frozenset({*(check.name for check in SIGNALS), *(check.name for check in CHECKS)})
_FLAG = 0.5  # doubt above which the judge alone, or the lexical peer, flags


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


_NOTHING_ASSERTED = Judged(0.0, flagged=False)
Note = Sequence[tuple[str, str]]  # (section, sentence)
Judge = Callable[[Note, Sequence[Turn]], tuple[Judged, ...]]


@dataclass(frozen=True)
class Jury:
    """A judge and its name; ``done`` is told when a visit is left.

    aided: as a trial has it. checks: all of the line, where the check set is the subject.
    """

    subject: Subject
    judge: Judge
    done: Callable[[], None] = lambda: None
    aided: str = ""
    checks: tuple[Check, ...] = ()


def jury(offer: Offer, here: Here, off: frozenset[str] = frozenset()) -> Jury:
    """The judge of a subject. off: names of checks that are left out. Raises InvalidInput."""
    if offer.name == LEXICAL:
        subjects.turned_off(off, ())
        return Jury(offer.subject, _lexical)
    if offer.name == here.checks.name:
        return _guard(offer.subject, here.support, off)
    subjects.turned_off(off, ())
    return _alone(offer.subject, here.support or LexicalJudge())


def _guard(subject: Subject, support: SupportModel | None, off: frozenset[str]) -> Jury:
    subjects.turned_off(off, CHECK_NAMES)
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

    forget = remembering.forget if remembering else _nothing
    checks = checks_of(Engines(None, support=remembering))
    kept = tuple(check for check in checks if check.name not in off)
    return Jury(subject, judge, forget, checks=kept)


def _alone(subject: Subject, support: SupportModel) -> Jury:
    """The judge by itself, of the passages that the line finds for it: no sign besides counts."""
    alone = _Alone(support)
    return Jury(subject, alone.judge, alone.forget, aided=line_digest())


class _Alone:
    """Judges a sentence once for each visit: what else stands in the note changes nothing."""

    def __init__(self, support: SupportModel) -> None:
        self._support = support
        self._turns: tuple[Turn, ...] = ()
        self._conversation: Conversation | None = None
        self._known: dict[str, Judged] = {}

    def judge(self, note: Note, turns: Sequence[Turn]) -> tuple[Judged, ...]:
        conversation = self._conversation
        if conversation is None or self._turns != tuple(turns):
            self.forget()
            conversation = Conversation(turns, self._support, signals=())
            self._turns, self._conversation = tuple(turns), conversation
        new = list(dict.fromkeys(text for _, text in note if text not in self._known))
        found = conversation.measured([("", text) for text in new])
        for place, text in enumerate(new):
            asserts = place in found
            self._known[text] = (
                _by_verdicts(found[place].verdicts) if asserts else _NOTHING_ASSERTED
            )
        return tuple(self._known[text] for _, text in note)

    def forget(self) -> None:
        """Of the visit that was left."""
        self._turns, self._conversation = (), None
        self._known.clear()


def _by_verdicts(verdicts: Sequence[Verdict]) -> Judged:
    """Doubted as far as neither premise carries the sentence."""
    doubt = min(1 - verdict.supported for verdict in verdicts)
    flagged = doubt > _FLAG
    return Judged(doubt, flagged, ("unsupported",) if flagged else ())


def _lexical(note: Note, turns: Sequence[Turn]) -> tuple[Judged, ...]:
    doubts = (1 - subjects.lexical_support(text, turns) for _, text in note)
    return tuple(
        Judged(doubt, doubt > _FLAG, ("unheard-words",) if doubt > _FLAG else ())
        for doubt in doubts
    )


def _nothing() -> None:
    """There is nothing to forget."""
