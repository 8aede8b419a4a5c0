"""The guard's own story: which checks are off, and what came of each check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attending.core.guarding import CheckOff, GuardAct, Guarded, Outcome
from attending.core.ids import CaseId, GuardActId, PrincipalId

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


class GuardTables:
    """Implements ``core.ports.Guards``. Reasons lie under the clinic's key."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def off(self, line: str) -> Mapping[str, GuardActId]:
        rows = self.unit.all("select id, check_name from attending.checks_off(%s)", line)
        return {row["check_name"]: GuardActId(row["id"]) for row in rows}

    def told(self, acts: tuple[GuardActId, ...]) -> tuple[CheckOff, ...]:
        rows = self.unit.all(
            "select * from attending.guard_acts where id = any (%s) order by at", list(acts)
        )
        return tuple(
            CheckOff(a.id, a.check, a.reason, a.by, a.at) for a in map(self._act, rows) if a.is_off
        )

    def acts(self, limit: int) -> tuple[GuardAct, ...]:
        rows = self.unit.all("select * from attending.guard_acts order by at desc limit %s", limit)
        return tuple(map(self._act, rows))

    def _act(self, row: Mapping[str, Any]) -> GuardAct:
        act = GuardActId(row["id"])
        reason = self.unit.clinic_cipher.open(_place(act), row["body"]).decode()
        is_off, at = row["act"] == "off", row["at"]
        return GuardAct(
            act, row["line"], row["check_name"], is_off, reason, row["principal_id"], at
        )

    def turn(
        self, act: GuardActId, line: str, check: str, *, off: bool, reason: str, by: PrincipalId
    ) -> None:
        self.unit.run(
            """insert into attending.guard_acts
                 (tenant_id, id, line, check_name, act, body, principal_id)
               values (%s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            act,
            line,
            check,
            "off" if off else "on",
            self.unit.clinic_cipher.seal(_place(act), reason.encode()),
            by,
        )

    def hold(self, line: str) -> None:
        self.unit.hold("guard", line)

    def keep(
        self,
        case: CaseId,
        section: str,
        revision: int,
        guarded: Guarded,
        off: Mapping[str, GuardActId],
    ) -> None:
        self.unit.run(
            """insert into attending.guardings
                 (tenant_id, case_id, section, revision, done, failed, late, off, limit_ms)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            case,
            section,
            revision,
            list(guarded.ended(Outcome.DONE)),
            list(guarded.ended(Outcome.FAILED)),
            list(guarded.ended(Outcome.LATE)),
            [off[name] for name in guarded.ended(Outcome.OFF)],
            round(1000 * guarded.limit.total_seconds()),
        )

    def off_for(self, case: CaseId) -> tuple[CheckOff, ...]:
        row = self.unit.one(
            """select coalesce(array_agg(distinct act), '{}') as acts
               from attending.guardings g, unnest(g.off) as act where g.case_id = %s""",
            case,
        )
        return self.told(tuple(map(GuardActId, row["acts"])))


def _place(act: GuardActId) -> str:
    return f"guard_acts/body/{act}"
