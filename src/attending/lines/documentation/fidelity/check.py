"""The guard of fidelity: at most one finding a statement, and one of the note as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attending.core.draft import Draft, Finding, Severity
from attending.core.guarding import Scored
from attending.core.line import Budget, Check, CheckCard
from attending.core.speech import Transcript
from attending.core.support import SupportModel
from attending.lines.documentation.checks.examined import WAS_SAID, Examined, examined
from attending.lines.documentation.fidelity.combined import BUDGET, JUDGED, LEXICAL, shipped
from attending.lines.documentation.fidelity.conversation import begins, turns
from attending.lines.documentation.fidelity.judge import LexicalJudge
from attending.lines.documentation.fidelity.measured import Conversation, Measured
from attending.lines.documentation.fidelity.reasons import Reason, reason
from attending.lines.documentation.fidelity.terms import terms
from attending.lines.documentation.fidelity.whole import Whole, whole
from attending.lines.documentation.hearing import clock
from attending.lines.documentation.rendition import from_json

_LONGEST_QUOTE = 100  # characters of what was said: three seconds of reading


class Fidelity:
    """A statement that the conversation does not carry, by all signs together.

    SERIOUS: a sign says how it is wrong, or what was said speaks against it. CAUTION: nothing
    carries it; or a clinician wrote it over a drafted statement, and may know what nobody said.
    A note of which much is doubted is told as a whole besides: it may be another's.
    Statements that ``before`` already calls SERIOUS are left to it.
    """

    name: str = "fidelity"
    card: CheckCard = CheckCard(
        "Fidelity to what was said",
        "whether the conversation carries each statement, in its details and as a whole.",
        (Severity.SERIOUS, Severity.CAUTION),
        asks=WAS_SAID,
    )

    def __init__(
        self,
        support: SupportModel | None = None,
        *,
        before: Sequence[Check] = (),
        off: frozenset[str] = frozenset(),
        budget: float = BUDGET,
    ) -> None:
        """before: checks whose findings are not repeated. off: names of signals left out.

        budget: flags on a clean note, at most, in the mean.
        """
        self._support = support
        self._before = tuple(before)
        self._off = off
        self.budget = budget
        self._combined = shipped(LEXICAL if support is None else JUDGED)
        self._threshold = self._combined.threshold(budget)

    @property
    def budgets(self) -> tuple[Budget, ...]:
        found = self._combined.facts.get("found", {})
        return tuple(
            Budget(flags, found.get(str(flags))) for flags in sorted(self._combined.thresholds)
        )

    def within(self, flags: float) -> Fidelity:
        return Fidelity(self._support, before=self._before, off=self._off, budget=flags)

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        """Raises EngineFailed if the judge fails."""
        told = {
            finding.statement
            for check in self._before
            for finding in check.examine(rendition, draft)
            if finding.severity is Severity.SERIOUS
        }
        heard = from_json(rendition)
        items = [item for item in examined(rendition, draft) if _resting(item)]
        found = [
            (item, measured)
            for item, measured in zip(items, self._measured(items, heard), strict=True)
            if measured is not None
        ]
        doubted = [self._doubted(measured) for _, measured in found]
        note = whole(doubted, [measured.surprise for _, measured in found])
        return (
            *((_of_the_note(self.name, draft, note),) if note.foreign else ()),
            *(
                self._finding(item, reason(measured, self._combined), heard)
                for (item, measured), doubt in zip(found, doubted, strict=True)
                if doubt and item.statement.id not in told
            ),
        )

    def scores(self, rendition: bytes, draft: Draft) -> Mapping[str, Scored]:
        """Of each statement that it reads, by id, its doubt. Raises EngineFailed."""
        items = [item for item in examined(rendition, draft) if _resting(item)]
        found = zip(items, self._measured(items, from_json(rendition)), strict=True)
        return {
            item.statement.id: self._scored(measured)
            for item, measured in found
            if measured is not None
        }

    def _scored(self, measured: Measured) -> Scored:
        judge = self._support or LexicalJudge
        by = f"{self.name} {self._combined.version}, {judge.name} {judge.version}"
        return Scored(by, self._combined.doubt(measured.features), self._threshold)

    def _measured(self, items: Sequence[Examined], heard: Transcript) -> list[Measured | None]:
        conversation = Conversation(turns(heard), self._support, off=self._off)
        found: Mapping[int, Measured] = conversation.measured(
            [(item.section, item.text) for item in items]
        )
        return [found.get(place) for place in range(len(items))]

    def _doubted(self, measured: Measured) -> bool:
        return self._combined.doubt(measured.features) >= self._threshold

    def _finding(self, item: Examined, why: Reason, heard: Transcript) -> Finding:
        own = item.statement.human
        explanation = f"{why.why}{_place(why, item.text, heard)}{_ASKED if own else ''}"
        severity = Severity.CAUTION if own else why.severity
        return item.finding(self.name, severity, explanation, why.quote)


_ASKED = " You may know more than was said: is it meant?"


def _resting(item: Examined) -> bool:
    """What a model drafted, and what a clinician made of it; not what a clinician added."""
    return not item.statement.human or bool(item.statement.evidence)


def _of_the_note(name: str, draft: Draft, note: Whole) -> Finding:
    told = f"{note.doubted} of {note.statements} statements are not carried by what was said."
    asked = "Is this the right recording, and the right patient?"
    return Finding(name, draft.sections[0].key, "", Severity.CAUTION, f"{told} {asked}")


def _place(why: Reason, claim: str, heard: Transcript) -> str:
    """Where to listen, and what stands there: of a long passage, where the claim's words are."""
    if why.passage is None:
        return ""
    said = why.passage.turns
    wanted = set(terms(f"{claim} {why.quote}"))
    first = max(range(len(said)), key=lambda i: len(wanted & set(terms(said[i].text))))
    # What follows comes along while there is room: an answer stands behind its question.
    short = _cut(" ".join(turn.text for turn in said[first:]))
    at = begins(said[first], heard)
    return f" The closest is “{short}”." + (f" Listen at {clock(at)}." if at is not None else "")


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST_QUOTE else said[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
