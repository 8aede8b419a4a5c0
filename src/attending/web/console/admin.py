"""The system as it stands: people, record systems and the queue, from what the database knows."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import Response

from attending.core.errors import TrustBroken
from attending.core.identity import Principal, StaffRole
from attending.core.ports import Unit
from attending.core.trust import PrincipalBody, StatementKind, Trusted
from attending.core.work import Deliveries, Queued, Step, Target, Tenant
from attending.web.console.pages import page_router
from attending.web.console.visit import SystemReader, Visit

router = page_router("/admin")


@dataclass(frozen=True)
class Person:
    """Somebody, as the trust log has it. differs: the row of the database says otherwise.

    command: what takes the person off, or back.
    """

    principal: Principal
    may_sign: bool
    is_trusted: bool
    revoked_at: str
    reason: str
    differs: bool
    command: str


@dataclass(frozen=True)
class System:
    target: Target
    is_trusted: bool
    deliveries: Deliveries


@dataclass(frozen=True)
class Waiting:
    """The jobs of one step. retried: that failed before. oldest: since when the first waits."""

    step: Step
    jobs: int
    doing: int
    retried: int
    oldest: datetime


@dataclass(frozen=True)
class SystemPage:
    """broken: why the trust log does not hold, or ""."""

    tenant: Tenant
    people: tuple[Person, ...]
    systems: tuple[System, ...]
    waiting: tuple[Waiting, ...]
    failures: int
    broken: str
    addition: str


@router.get("")
def show_system(visit: SystemReader) -> Response:
    return visit.page("admin.html", page=visit.desk.read(lambda unit, _by: _page(visit, unit)))


def _page(visit: Visit, unit: Unit) -> SystemPage:
    trusted, broken = _trusted(visit, unit)
    deliveries = {each.target: each for each in unit.signing.deliveries()}
    login = visit.desk.parts.console
    return SystemPage(
        tenant=unit.people.tenant(),
        people=tuple(_person(unit, trusted, each) for each in unit.people.principals()),
        systems=tuple(
            System(target, _names(trusted, StatementKind.TARGET, target.id), deliveries[target.id])
            for target in unit.people.targets()
        ),
        waiting=tuple(_waiting(unit.queue.waiting())),
        failures=unit.failures.count(),
        broken=broken,
        addition=_command(unit, "add principal SUB", issuer=login.issuer, name="NAME", role="ROLE"),
    )


def _trusted(visit: Visit, unit: Unit) -> tuple[Trusted | None, str]:
    """A log that was tampered with is told on the page: the rest of it is needed then most."""
    try:
        return visit.desk.parts.trust.standing(unit), ""
    except TrustBroken as error:
        return None, f"{error.message} {error.remedy}"


def _names(trusted: Trusted | None, kind: StatementKind, subject: object) -> bool:
    return trusted is not None and trusted.names(kind, subject)


def _person(unit: Unit, trusted: Trusted | None, row: Principal) -> Person:
    key = (StatementKind.PRINCIPAL, str(row.id))
    stated = trusted.standing.get(key) if trusted else None
    revoked = trusted.revoked.get(key) if trusted else None
    body = stated if isinstance(stated, PrincipalBody) else None
    return Person(
        principal=row,
        may_sign=body is not None and StaffRole.CLINICIAN in body.roles,
        is_trusted=body is not None,
        revoked_at=revoked.at if revoked else "",
        reason=revoked.reason if revoked else "",
        differs=_differs(row, body),
        command=_revoke(unit, row) if body else _add(unit, row),
    )


def _differs(row: Principal, body: PrincipalBody | None) -> bool:
    if body is None:
        return bool(row.roles)
    told = (body.issuer, body.subject, body.name, set(body.roles))
    return told != (row.issuer, row.subject, row.name, {role.value for role in row.roles})


def _revoke(unit: Unit, row: Principal) -> str:
    return _command(unit, f"revoke principal {row.id}", reason="WHY")


def _add(unit: Unit, row: Principal) -> str:
    subject = f"add principal {shlex.quote(row.subject)}"
    return _command(unit, subject, issuer=row.issuer, name=row.name, role="ROLE")


def _command(unit: Unit, what: str, **options: str) -> str:
    """As it is typed: each value is quoted, so that a name is never more than a name."""
    told = " ".join(f"--{name} {shlex.quote(value)}" for name, value in options.items())
    return f"attending trust {what} {told} --tenant {unit.tenant}"


def _waiting(jobs: Iterable[Queued]) -> Iterator[Waiting]:
    by_step = defaultdict[Step, list[Queued]](list)
    for job in jobs:
        by_step[job.step].append(job)
    for step in Step:
        held = by_step[step]
        if held:
            yield Waiting(
                step=step,
                jobs=len(held),
                doing=sum(job.doing for job in held),
                retried=sum(job.tries > 0 for job in held),
                oldest=min(job.since for job in held),
            )
