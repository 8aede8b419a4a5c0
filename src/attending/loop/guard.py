"""Guard: every check of a line over a draft; worst findings first.

A check that fails, or gives no answer in time, is a finding: "This was not checked". Each
runs in a thread of its own. A thread cannot be killed: one that hangs keeps running, and
slows what runs beside it, until its process ends. So its number is bounded: while a check
still hangs on HANGING drafts it is not begun again, and says so at once.
docs/decisions/0017-checks-that-fail.md tells what follows from this.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from attending.core.draft import Draft, Finding, Severity
from attending.core.errors import MalformedDraft
from attending.core.guarding import Guarded, Judgement, Outcome, Terms, told_once
from attending.core.line import Budgeted, Check, Sampling

LIMIT = timedelta(seconds=20)  # for one check, if the settings say nothing else
USUAL = Terms()  # nothing off, nothing chosen
HANGING = 3  # threads of one check that did not come back, in this process

_ORDER = {Severity.SERIOUS: 0, Severity.CAUTION: 1, Severity.INFO: 2}
_log = structlog.get_logger("attending.guard")


@dataclass
class _Hanging:
    """How many threads of each check were left behind, and have not come back yet."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    left: Counter[str] = field(default_factory=Counter)

    def count(self, check: str) -> int:
        with self.lock:
            return self.left[check]

    def add(self, check: str, number: int) -> None:
        with self.lock:
            self.left[check] += number


_hanging = _Hanging()


def guard(
    checks: Iterable[Check],
    rendition: bytes,
    draft: Draft,
    *,
    told: Iterable[Finding] = (),
    terms: Terms = USUAL,
    limit: timedelta = LIMIT,
) -> Guarded:
    """Raises MalformedDraft for a draft that has no form, which is not shown.

    told: what the engine itself said of its draft. terms: which checks are off, one that is
    required runs all the same; and which keep to another budget than the usual.
    """
    if not draft.sections:
        raise MalformedDraft("The model's answer has no section.")
    checks, findings = tuple(checks), list(told)
    outcomes: list[tuple[str, Outcome]] = []
    budgets: list[tuple[str, float]] = []
    judgements: list[Judgement] = []
    for check in checks:
        if check.name in terms.off and not check.card.required:
            outcomes.append((check.name, Outcome.OFF))
            continue
        flags = _budget(check, terms)
        answer = _examined(check, flags, (rendition, draft), limit)
        outcomes.append((check.name, answer.outcome))
        findings += answer.findings
        judgements += answer.judgements
        budgets += [] if flags is None else [(check.name, flags)]
    worst_first = sorted(findings, key=lambda finding: _ORDER[finding.severity])
    asks = {check.name: check.card.asks for check in checks}
    once = told_once(worst_first, asks)
    return Guarded(once, tuple(outcomes), limit, tuple(budgets), tuple(judgements))


@dataclass(frozen=True)
class _Answer:
    outcome: Outcome
    findings: tuple[Finding, ...]
    judgements: tuple[Judgement, ...] = ()


def _budget(check: Check, terms: Terms) -> float | None:
    """The flags that it keeps to; None for a check without a budget."""
    return terms.budget(check.name, check.budget) if isinstance(check, Budgeted) else None


def _examined(
    check: Check, flags: float | None, work: tuple[bytes, Draft], limit: timedelta
) -> _Answer:
    which, draft = check.name, work[1]
    if _hanging.count(which) >= HANGING:
        return _Answer(Outcome.LATE, (_unchecked(check, draft, "it still hangs from before"),))
    asked = _Asked(check, flags, work)
    if not asked.wait(limit):
        _log.warning("check late", check=which, limit=limit.total_seconds())
        why = f"the check gave no answer in {limit.total_seconds():g} seconds"
        return _Answer(Outcome.LATE, (_unchecked(check, draft, why),))
    if isinstance(asked.error, MalformedDraft):
        raise asked.error
    if asked.found is None:
        # The error's own words may hold clinical text; its type does not.
        _log.warning("check failed", check=which, error=type(asked.error).__name__)
        return _Answer(Outcome.FAILED, (_unchecked(check, draft, "the check failed"),))
    return _Answer(Outcome.DONE, asked.found, asked.judgements)


class _Asked:
    """A check at work in a thread that ends with the process, if not before."""

    def __init__(self, check: Check, flags: float | None, work: tuple[bytes, Draft]) -> None:
        self.check = check
        self.flags = flags
        self.found: tuple[Finding, ...] | None = None
        self.judgements: tuple[Judgement, ...] = ()
        self.error: BaseException | None = None
        self._given_up = False
        self._ended = threading.Lock()
        self._done = threading.Event()
        threading.Thread(
            target=self._work, args=work, name=f"check {check.name}", daemon=True
        ).start()

    def wait(self, limit: timedelta) -> bool:
        """Whether it has ended. If not, it counts as hanging from now on."""
        self._done.wait(limit.total_seconds())
        with self._ended:
            self._given_up = not self._done.is_set()
            if self._given_up:
                _hanging.add(self.check.name, 1)
        return not self._given_up

    def _work(self, rendition: bytes, draft: Draft) -> None:
        try:
            found, self.judgements = _asked(self._tuned(), rendition, draft)
            self.found = _usable(found, draft)
        except BaseException as error:  # noqa: BLE001 - told as a finding, even a panic of native code
            self.error = error
        finally:
            with self._ended:
                self._done.set()
                if self._given_up:
                    _hanging.add(self.check.name, -1)

    def _tuned(self) -> Check:
        """The check under its budget; as it is if that is the usual one, or it has none."""
        check, flags = self.check, self.flags
        if flags is None or not isinstance(check, Budgeted) or flags == check.budget:
            return check
        return check.within(flags)


def _asked(
    check: Check, rendition: bytes, draft: Draft
) -> tuple[tuple[Finding, ...], tuple[Judgement, ...]]:
    if isinstance(check, Sampling):
        return check.sample(rendition, draft)
    return check.examine(rendition, draft), ()


def _usable(found: Iterable[Finding], draft: Draft) -> tuple[Finding, ...]:
    """Raises LookupError for a finding on a section that the draft has not: it has no place."""
    findings = tuple(found)
    known = {section.key for section in draft.sections}
    if any(finding.section not in known for finding in findings):
        raise LookupError("a finding names a section that the draft has not")
    return findings


def _unchecked(check: Check, draft: Draft, why: str) -> Finding:
    """At the head of the note: of which statements it would have spoken, nobody knows."""
    explanation = f"This was not checked: {check.card.looks_for} ({why[0].upper()}{why[1:]}.)"
    return Finding(check.name, draft.sections[0].key, "", Severity.CAUTION, explanation)
