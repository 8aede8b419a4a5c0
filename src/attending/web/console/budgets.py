"""Under which budgets a draft was checked, as its page tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from attending.core.guarding import BudgetKept
from attending.core.line import Budgeted, Line
from attending.core.ports import Unit


@dataclass(frozen=True)
class DraftBudget:
    """title: of the check. usual: None if this installation has the check no more."""

    kept: BudgetKept
    title: str
    usual: float | None
    who: str

    @property
    def fewer(self) -> bool:
        """Whether less is found than usual: said before the draft, as what is off."""
        return self.usual is not None and self.kept.flags < self.usual


def draft_budgets(
    unit: Unit, budgets: tuple[BudgetKept, ...], lines: Mapping[str, Line]
) -> Iterator[DraftBudget]:
    known = {check.name: check for line in lines.values() for check in line.checks}
    for kept in budgets:
        check = known.get(kept.check)
        title = check.card.title if check else kept.check
        usual = check.budget if isinstance(check, Budgeted) else None
        who = unit.people.principal_by_id(kept.act.by).name if kept.act else ""
        yield DraftBudget(kept, title, usual, who)
