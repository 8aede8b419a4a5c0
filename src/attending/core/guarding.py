"""What came of a guard's checks: findings, and which checks gave none because they did not run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from attending.core.draft import Finding
from attending.core.ids import GuardActId, PrincipalId
from attending.core.support import Verdict

_SENTENCE = re.compile(r"(?<=[.?!]) (?=[A-Z“])")


class Outcome(StrEnum):
    """``FAILED``: it raised, or its answer was none. ``LATE``: it gave none in time."""

    DONE = "done"
    FAILED = "failed"
    LATE = "late"
    OFF = "off"


@dataclass(frozen=True)
class Scored:
    """What a line's own score says of a statement.

    by: its name and version. doubt: the probability, 0..1, that the statement is wrong.
    warns_from: the doubt from which it warns, where nobody chose another budget.
    """

    by: str
    doubt: float
    warns_from: float


@dataclass(frozen=True)
class Judgement:
    """What a large judge said of a statement, beside what the line's own score says of it.

    check: that asked. judge: its name and version.
    """

    check: str
    section: str
    statement: str
    judge: str
    verdict: Verdict
    scored: Scored


@dataclass(frozen=True)
class Guarded:
    """What all checks of a line said of a draft, or of a section as it was edited.

    outcomes: of each check by its name, in their order. limit: the time that each was given.
    budgets: of each check that keeps to one and ran, its name and the flags. judgements: of the
    statements that a large judge looked at.
    """

    findings: tuple[Finding, ...]
    outcomes: tuple[tuple[str, Outcome], ...]
    limit: timedelta
    budgets: tuple[tuple[str, float], ...] = ()
    judgements: tuple[Judgement, ...] = ()

    def ended(self, outcome: Outcome) -> tuple[str, ...]:
        return tuple(name for name, ended in self.outcomes if ended is outcome)


@dataclass(frozen=True)
class CheckOff:
    """A check that is turned off: by which act, of whom, since when and why."""

    act: GuardActId
    check: str
    reason: str
    by: PrincipalId
    at: datetime


@dataclass(frozen=True)
class BudgetChosen:
    """flags: findings on a draft without errors, at most, that a clinic chose for a check."""

    act: GuardActId
    flags: float


@dataclass(frozen=True)
class Terms:
    """How a clinic has a line's checks work: what is off, and the budgets it chose; by check."""

    off: Mapping[str, GuardActId] = field(default_factory=dict)
    budgets: Mapping[str, BudgetChosen] = field(default_factory=dict)

    def budget(self, check: str, usual: float) -> float:
        """The flags that the check keeps to; ``usual`` where nobody chose."""
        chosen = self.budgets.get(check)
        return usual if chosen is None else chosen.flags


class GuardTurn(StrEnum):
    """What an act did to a check. ``BUDGET``: chose how many findings it may make."""

    OFF = "off"
    ON = "on"
    BUDGET = "budget"


@dataclass(frozen=True)
class GuardAct:
    """One act of the history. flags: of a budget, else None."""

    id: GuardActId
    line: str
    check: str
    turn: GuardTurn
    flags: float | None
    reason: str
    by: PrincipalId
    at: datetime


@dataclass(frozen=True)
class BudgetKept:
    """The budget under which a check read a draft, or an edit of it.

    act: by which it was chosen; None for the usual one.
    """

    check: str
    flags: float
    act: GuardAct | None


def told_once(findings: Iterable[Finding], asks: Mapping[str, str]) -> tuple[Finding, ...]:
    """Findings, the worst first, with one a statement of those whose checks ask the same.

    asks: by a check's name what it asks of a statement, or "". The first stands, with the
    reasons of the others behind its own: nothing that was found is left out.
    """
    kept: list[Finding] = []
    places: dict[tuple[str, str, str], int] = {}
    for finding in findings:
        question = asks.get(finding.check, "") if finding.statement else ""
        at = places.setdefault((finding.section, finding.statement, question), len(kept))
        if question and at < len(kept):
            kept[at] = _with_reasons(kept[at], finding)
        else:
            kept.append(finding)
    return tuple(kept)


def _with_reasons(first: Finding, other: Finding) -> Finding:
    """No sentence twice: both may end with the place to listen."""
    told = _SENTENCE.split(first.explanation)
    told += [each for each in _SENTENCE.split(other.explanation) if each not in told]
    return replace(first, explanation=" ".join(told))
