"""The guard's own story: on what terms its checks work, and what came of each check."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from attending.core.guarding import (
    BudgetChosen,
    BudgetKept,
    CheckOff,
    GuardAct,
    Guarded,
    GuardTurn,
    Judgement,
    Outcome,
    Terms,
)
from attending.core.ids import CaseId, GuardActId

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


class GuardTables:
    """Implements ``core.ports.Guards``. Reasons lie under the clinic's key."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def terms(self, line: str) -> Terms:
        rows = self.unit.all("select * from attending.budgets_chosen(%s)", line)
        chosen = {r["check_name"]: BudgetChosen(GuardActId(r["id"]), r["flags"]) for r in rows}
        return Terms(self.off(line), chosen)

    def off(self, line: str) -> Mapping[str, GuardActId]:
        rows = self.unit.all("select id, check_name from attending.checks_off(%s)", line)
        return {row["check_name"]: GuardActId(row["id"]) for row in rows}

    def told(self, acts: tuple[GuardActId, ...]) -> tuple[CheckOff, ...]:
        return tuple(
            CheckOff(act.id, act.check, act.reason, act.by, act.at)
            for act in self._acts(acts)
            if act.turn is GuardTurn.OFF
        )

    def acts(self, limit: int) -> tuple[GuardAct, ...]:
        rows = self.unit.all("select * from attending.guard_acts order by at desc limit %s", limit)
        return tuple(map(self._act, rows))

    def act(self, act: GuardActId) -> GuardAct:
        return self._act(self.unit.one("select * from attending.guard_acts where id = %s", act))

    def _acts(self, acts: Collection[GuardActId]) -> Iterator[GuardAct]:
        """Oldest first."""
        rows = self.unit.all(
            "select * from attending.guard_acts where id = any (%s) order by at", list(acts)
        )
        return map(self._act, rows)

    def _act(self, row: Mapping[str, Any]) -> GuardAct:
        act = GuardActId(row["id"])
        return GuardAct(
            id=act,
            line=row["line"],
            check=row["check_name"],
            turn=GuardTurn(row["act"]),
            flags=row["flags"],
            reason=self.unit.clinic_cipher.open(_place(act), row["body"]).decode(),
            by=row["principal_id"],
            at=row["at"],
        )

    def turn(self, act: GuardAct) -> None:
        self.unit.run(
            """insert into attending.guard_acts
                 (tenant_id, id, line, check_name, act, flags, body, principal_id)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            act.id,
            act.line,
            act.check,
            str(act.turn),
            act.flags,
            self.unit.clinic_cipher.seal(_place(act.id), act.reason.encode()),
            act.by,
        )

    def hold(self, line: str) -> None:
        self.unit.hold("guard", line)

    def keep(
        self, case: CaseId, section: str, revision: int, guarded: Guarded, terms: Terms
    ) -> None:
        chosen = [terms.budgets[name].act for name, _ in guarded.budgets if name in terms.budgets]
        self.unit.run(
            """insert into attending.guardings
                 (tenant_id, case_id, section, revision, done, failed, late, off, limit_ms,
                  budgets, chosen)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            case,
            section,
            revision,
            list(guarded.ended(Outcome.DONE)),
            list(guarded.ended(Outcome.FAILED)),
            list(guarded.ended(Outcome.LATE)),
            [terms.off[name] for name in guarded.ended(Outcome.OFF)],
            round(1000 * guarded.limit.total_seconds()),
            Jsonb(dict(guarded.budgets)),
            chosen,
        )
        for each in guarded.judgements:
            self._judged(case, each)

    def _judged(self, case: CaseId, said: Judgement) -> None:
        verdict, scored = said.verdict, said.scored
        self.unit.run(
            """insert into attending.judgements
                 (tenant_id, case_id, section, statement, check_name, judge, supported,
                  unsupported, contradicted, score, doubt, warns_from)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            case,
            said.section,
            said.statement,
            said.check,
            said.judge,
            verdict.supported,
            verdict.unsupported,
            verdict.contradicted,
            scored.by,
            scored.doubt,
            scored.warns_from,
        )

    def off_for(self, case: CaseId) -> tuple[CheckOff, ...]:
        row = self.unit.one(
            """select coalesce(array_agg(distinct act), '{}') as acts
               from attending.guardings g, unnest(g.off) as act where g.case_id = %s""",
            case,
        )
        return self.told(tuple(map(GuardActId, row["acts"])))

    def budgets_for(self, case: CaseId) -> tuple[BudgetKept, ...]:
        rows = self.unit.all(
            "select budgets, chosen from attending.guardings where case_id = %s order by at", case
        )
        acts = {act.id: act for act in self._acts({each for row in rows for each in row["chosen"]})}
        kept = (each for row in rows for each in _kept(row, acts))
        return tuple(dict.fromkeys(kept))


def _kept(row: Mapping[str, Any], acts: Mapping[GuardActId, GuardAct]) -> Iterator[BudgetKept]:
    by_check = {acts[each].check: acts[each] for each in row["chosen"]}
    for check, flags in row["budgets"].items():
        yield BudgetKept(check, float(flags), by_check.get(check))


def _place(act: GuardActId) -> str:
    return f"guard_acts/body/{act}"
