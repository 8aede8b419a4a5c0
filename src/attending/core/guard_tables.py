"""What one open transaction offers of the guard's own story. ``ports.Unit`` holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attending.core.guarding import BudgetKept, CheckOff, GuardAct, Guarded, Terms
from attending.core.ids import CaseId, GuardActId


class Guards(Protocol):
    """On what terms checks work, and what came of each. Acts are only ever added."""

    def terms(self, line: str) -> Terms:
        """What is off of a line's checks now, and the budgets that were chosen for them."""
        ...

    def off(self, line: str) -> Mapping[str, GuardActId]:
        """The checks of a line that are off now, each with the act that turned it off."""
        ...

    def told(self, acts: tuple[GuardActId, ...]) -> tuple[CheckOff, ...]:
        """By whom, since when and why; oldest first."""
        ...

    def acts(self, limit: int) -> tuple[GuardAct, ...]:
        """The history; the latest first."""
        ...

    def act(self, act: GuardActId) -> GuardAct: ...
    def hold(self, line: str) -> None:
        """Whoever else is about to change how a check of the line works waits for us."""
        ...

    def turn(self, act: GuardAct) -> None:
        """From the commit on; its ``at`` is the database's."""
        ...

    def keep(
        self, case: CaseId, section: str, revision: int, guarded: Guarded, terms: Terms
    ) -> None:
        """What came of each check. section: "" for the draft, which is revision 0."""
        ...

    def off_for(self, case: CaseId) -> tuple[CheckOff, ...]:
        """What was off when the draft, or an edit of it, was guarded; oldest first."""
        ...

    def budgets_for(self, case: CaseId) -> tuple[BudgetKept, ...]:
        """Under which budgets the draft, and then its edits, were guarded."""
        ...
