"""What was stopped, and let go again: acts of officers here, and of an administrator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from attending.adapters.storage import forms
from attending.core.case import CaseState, SourceState
from attending.core.errors import Conflict, Paused
from attending.core.ids import PauseId, PrincipalId
from attending.core.pause import (
    LineInUse,
    ModelInUse,
    Pause,
    PauseAct,
    Resumption,
    SignedResumption,
    Standing,
    Stop,
    StopScope,
    Waiting,
)

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_RESUMPTIONS: TypeAdapter[Resumption] = TypeAdapter(Resumption)
# Which models had a part in a draft: the one that read the source, and its own.
_PART = """(r.step = 'decode' or exists (
  select from attending.drafts d
  where d.tenant_id = r.tenant_id and d.case_id = c.id and d.run_id = r.id))"""
_IN_USE = f"""
select m.name, m.version,
  (select min(r.finished_at) from attending.runs r
   where r.model_name = m.name and r.model_version = m.version) as first,
  (select max(r.finished_at) from attending.runs r
   where r.model_name = m.name and r.model_version = m.version) as last,
  (select count(*) from attending.runs r
   join attending.cases c on c.tenant_id = r.tenant_id and c.source_id = r.source_id
   join attending.drafts t on t.tenant_id = c.tenant_id and t.case_id = c.id
   where r.model_name = m.name and r.model_version = m.version and r.finished_at >= %s
     and {_PART}) as drafted,
  (select count(*) from attending.cases c
   join attending.runs r on r.tenant_id = c.tenant_id and r.source_id = c.source_id
   where c.state = 'in_review' and r.model_name = m.name and r.model_version = m.version
     and {_PART}) as in_review
from unnest(%s::text[], %s::text[]) as m(name, version)
"""
_ACTS = """
select id, act, scope, name, version, principal_id, body, null as reason, at
from attending.pauses
union all
select id, act, scope, name, version, null, null, reason, at from attending.installation_pauses
order by at desc limit %s
"""
_UNDECODED = (SourceState.RECEIVED, SourceState.TRANSCRIBING)


class PauseTables:
    """Implements ``core.ports.Pauses``. Reasons and proofs lie under the clinic's key."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def standing(self) -> tuple[Standing, ...]:
        rows = self.unit.all("select * from attending.stops() order by at, id")
        return tuple(
            Standing(PauseId(row["id"]), _stop(row), row["everywhere"], row["at"]) for row in rows
        )

    def stands(self, pause: PauseId) -> bool:
        self.unit.hold("pauses")
        return pause in {standing.id for standing in self.standing()}

    def pauses(self) -> tuple[Pause, ...]:
        return tuple(self._pause(standing) for standing in self.standing())

    def _pause(self, standing: Standing) -> Pause:
        if standing.everywhere:
            row = self.unit.one(
                "select reason from attending.installation_pauses where id = %s and act = 'pause'",
                standing.id,
            )
            return Pause(standing.id, standing.stop, row["reason"], None, standing.at)
        row = self.unit.one(
            "select body, principal_id from attending.pauses where id = %s and act = 'pause'",
            standing.id,
        )
        reason = self.unit.clinic_cipher.open(_place("reason", standing.id), row["body"]).decode()
        return Pause(standing.id, standing.stop, reason, row["principal_id"], standing.at)

    def models(self) -> tuple[tuple[str, str], ...]:
        """From one version to the next along the index, however many runs there are."""
        rows = self.unit.all(
            """with recursive used as (
                 (select model_name, model_version from attending.runs order by 1, 2 limit 1)
                 union all
                 select next.* from used u cross join lateral (
                   select r.model_name, r.model_version from attending.runs r
                   where (r.model_name, r.model_version) > (u.model_name, u.model_version)
                   order by 1, 2 limit 1) next)
               select model_name, model_version from used"""
        )
        return tuple((row["model_name"], row["model_version"]) for row in rows)

    def in_use(self, since: datetime) -> tuple[ModelInUse, ...]:
        known = self.models()
        names, versions = [name for name, _ in known], [version for _, version in known]
        return tuple(ModelInUse(**row) for row in self.unit.all(_IN_USE, since, names, versions))

    def lines_in_use(self) -> tuple[LineInUse, ...]:
        rows = self.unit.all(
            """select line, count(*) filter (where state = %s) as drafting,
                      count(*) filter (where state = %s) as in_review
               from attending.cases where state = any (%s) group by line order by line""",
            CaseState.DRAFTING,
            CaseState.IN_REVIEW,
            [CaseState.DRAFTING, CaseState.IN_REVIEW],
        )
        return tuple(LineInUse(**row) for row in rows)

    def acts(self, limit: int) -> tuple[PauseAct, ...]:
        return tuple(map(self._act, self.unit.all(_ACTS, limit)))

    def _act(self, row: Mapping[str, Any]) -> PauseAct:
        pause, is_resumption = PauseId(row["id"]), row["act"] == "resume"
        reason = row["reason"] or ""
        if row["body"] is not None and not is_resumption:
            reason = self.unit.clinic_cipher.open(_place("reason", pause), row["body"]).decode()
        return PauseAct(pause, is_resumption, _stop(row), reason, row["principal_id"], row["at"])

    def pause(self, pause: PauseId, stop: Stop, reason: str, by: PrincipalId) -> None:
        self.unit.run(
            """insert into attending.pauses
                 (tenant_id, id, act, scope, name, version, body, principal_id)
               values (%s, %s, 'pause', %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            pause,
            stop.scope,
            stop.name,
            stop.version,
            self.unit.clinic_cipher.seal(_place("reason", pause), reason.encode()),
            by,
        )

    def resume(self, pause: Pause, signed: SignedResumption, by: PrincipalId) -> None:
        cipher, stop = self.unit.clinic_cipher, pause.stop
        written = self.unit.run(
            """insert into attending.pauses
                 (tenant_id, id, act, scope, name, version, body, digest, proof, principal_id, at)
               values (%s, %s, 'resume', %s, %s, %s, %s, %s, %s, %s, %s)
               on conflict do nothing""",
            self.unit.tenant,
            pause.id,
            stop.scope,
            stop.name,
            stop.version,
            cipher.seal(_place("resumption", pause.id), _RESUMPTIONS.dump_json(signed.resumption)),
            signed.digest,
            cipher.seal(_place("proof", pause.id), forms.proofs.dump_json(signed.proof)),
            by,
            signed.at,
        )
        if written == 0:
            raise Conflict("Somebody has resumed this already.", pause=pause.id)

    def waiting(self) -> tuple[Waiting, ...]:
        return tuple(self._waiting())

    def _waiting(self) -> Iterator[Waiting]:
        rows = self.unit.all(
            """select c.id, s.state from attending.cases c
               join attending.source_states s
                 on s.tenant_id = c.tenant_id and s.source_id = c.source_id
               where c.state = %s and c.reason = %s order by c.changed_at""",
            CaseState.DRAFTING,
            Paused.code,
        )
        for row in rows:
            head = self.unit.cases.head(row["id"])
            yield Waiting(head, head.source if row["state"] in _UNDECODED else None)


def _stop(row: Mapping[str, Any]) -> Stop:
    return Stop(StopScope(row["scope"]), row["name"], row["version"])


def _place(what: str, pause: PauseId) -> str:
    return f"pauses/{what}/{pause}"
