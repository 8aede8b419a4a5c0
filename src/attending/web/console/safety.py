"""The safety officer's page: stop a line or a model at once, and let it go by a signature."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError

from attending.core.errors import InvalidInput, Unauthenticated
from attending.core.guarding import GuardAct
from attending.core.identity import Principal, Scope
from attending.core.ids import PauseId, PrincipalId
from attending.core.line import Check, Line
from attending.core.pause import (
    ANY,
    LineInUse,
    ModelInUse,
    Pause,
    PauseAct,
    Stop,
    StopScope,
    digest,
    paused,
)
from attending.core.ports import Unit
from attending.core.rollout import Rollout
from attending.loop import checks, roll, stop
from attending.web.access import Desk
from attending.web.api.case_forms import ProofAsk
from attending.web.api.stop_forms import ResumptionAsk
from attending.web.api.types import Ask, Digest, Moment, Name, Reason
from attending.web.console.off_checks import OffCheck, off_checks
from attending.web.console.pages import page_router, see_other
from attending.web.console.session import Flow, Resuming, Session
from attending.web.console.signing import Issuer
from attending.web.console.visit import Officer, Visit
from attending.web.parts import WebParts

router = page_router("/safety")
ACTS = 50  # of the history, that the page shows
_STOPS: TypeAdapter[tuple[StopScope, Name, Name]] = TypeAdapter(tuple[StopScope, Name, Name])


class PauseForm(Ask):
    """``what``: one of the page's choices."""

    csrf: str
    what: str
    reason: Reason
    confirmed: bool = False

    def stop(self) -> Stop:
        try:
            return Stop(*_STOPS.validate_json(self.what))
        except ValidationError:
            raise InvalidInput("The form names nothing that could be stopped.") from None


class CheckForm(Ask):
    csrf: str
    check: Name
    turn: Literal["off", "on"]
    reason: Reason


class ResumeForm(Ask):
    csrf: str
    digest: Digest
    prepared_at: Moment


@dataclass(frozen=True)
class SafetyPage:
    """``choices``: what may be stopped, by the value of the form and what is shown."""

    choices: Mapping[str, list[tuple[str, str]]]
    pauses: tuple[Pause, ...]
    names: Mapping[PrincipalId, str]
    waiting: int
    lines: tuple[RunningLine, ...]
    models: tuple[RunningModel, ...]
    acts: tuple[PauseAct, ...]
    checks: tuple[RunningCheck, ...]
    check_acts: tuple[GuardAct, ...]
    rolled_out: tuple[tuple[str, str, Rollout], ...]  # line's title, version, act


@dataclass(frozen=True)
class RunningCheck:
    """A check of the guard; off: the act that turned it off."""

    line: str
    check: Check
    off: OffCheck | None


@dataclass(frozen=True)
class RunningLine:
    """held: a standing pause of the line itself."""

    title: str
    counts: LineInUse
    held: Pause | None


@dataclass(frozen=True)
class RunningModel:
    model: ModelInUse
    held: Pause | None


@dataclass(frozen=True)
class Effect:
    """What a pause would hold up, and what it leaves alone."""

    stop: Stop
    drafting: int
    in_review: int


@router.get("")
def show_stops(visit: Officer) -> Response:
    return visit.page("safety.html", page=visit.desk.read(lambda unit, _by: _page(visit, unit)))


@router.post("/pauses")
def pause(form: Annotated[PauseForm, Form()], visit: Officer) -> Response:
    """Asked once more before it is done: what it would hold up stands on the page."""
    lines = visit.desk.parts.loop.lines
    if not form.confirmed:
        effect = visit.desk.read(lambda unit, _by: _effect(unit, lines, form))
        return visit.page("pause.html", effect=effect, what=form.what, reason=form.reason)
    visit.desk.write(lambda unit, by: stop.pause(unit, lines, form.stop(), form.reason, by))
    return see_other("/safety")


@router.post("/checks")
def turn_check(form: Annotated[CheckForm, Form()], visit: Officer) -> Response:
    lines, off = visit.desk.parts.loop.lines, form.turn == "off"
    visit.desk.write(
        lambda unit, by: checks.turn(unit, lines, form.check, off=off, reason=form.reason, by=by)
    )
    return see_other("/safety#checks")


@router.get("/pauses/{pause}")
def show_resumption(pause: PauseId, visit: Officer, issuer: Issuer) -> Response:
    """Exactly what is signed, and what it lets go."""
    prepared = visit.desk.read(lambda unit, by: stop.prepare_resumption(unit, pause, by))
    return visit.page(
        "resume.html",
        form_target=issuer.endpoints().origin,
        resumption=prepared,
        stop=Stop(StopScope(prepared.scope), prepared.name, prepared.version),
        digest=digest(prepared),
    )


@router.post("/pauses/{pause}/resumption")
def begin_resumption(
    pause: PauseId, form: Annotated[ResumeForm, Form()], visit: Officer, issuer: Issuer
) -> Response:
    """To the issuer, for a fresh log-in whose ID token carries the digest."""
    caller = visit.desk.caller
    resuming = Resuming(
        pause=str(pause),
        digest=form.digest,
        prepared_at=form.prepared_at.isoformat(),
        tenant=str(caller.tenant),
        issuer=caller.issuer,
        subject=caller.subject,
    )
    flow = Flow.begun("/safety", resuming=resuming)
    answer = see_other(issuer.signing_address(flow, form.digest))
    visit.cookies.keep_flow(answer, flow)
    return answer


def complete_resumption(
    parts: WebParts, session: Session | None, resuming: Resuming, id_token: str
) -> Response:
    """Resume with the proof that came back, in the session that asked for it."""
    if session is None:
        raise Unauthenticated("Your session ended while you signed; nothing was resumed.")
    caller = parts.tokens.caller(session.token)
    asked_by = (resuming.tenant, resuming.issuer, resuming.subject)
    if (str(caller.tenant), caller.issuer, caller.subject) != asked_by:
        raise Unauthenticated("Somebody else is logged in now; nothing was resumed.")
    ask = ResumptionAsk(
        digest=resuming.digest,
        prepared_at=datetime.fromisoformat(resuming.prepared_at),
        proof=ProofAsk(token=id_token),
    )
    request = ask.request(PauseId(UUID(resuming.pause)))
    desk = Desk(parts, caller, frozenset({Scope.STOP}))

    def resume(unit: Unit, by: Principal) -> Pause:
        return stop.resume(unit, request, by, parts.trust)

    desk.write(resume)
    return see_other("/safety")


def _page(visit: Visit, unit: Unit) -> SafetyPage:
    standing, acts = unit.pauses.pauses(), unit.pauses.acts(ACTS)
    known = stop.known(unit, visit.desk.parts.loop.lines)
    check_acts = unit.guards.acts(ACTS)
    people = {p.by for p in standing if p.by} | {act.by for act in acts if act.by}
    people |= {act.by for act in check_acts}
    return SafetyPage(
        choices={"Lines": list(_lines(known)), "Models": list(_models(known))},
        pauses=standing,
        names={by: unit.people.principal_by_id(by).name for by in people},
        waiting=len(unit.pauses.waiting()),
        lines=tuple(_running_lines(unit, known, standing)),
        models=tuple(_running_models(unit, standing)),
        acts=acts,
        checks=tuple(_running_checks(unit, visit.desk.parts.loop.lines)),
        check_acts=check_acts,
        rolled_out=tuple(_rolled_out(unit, known)),
    )


def _running_checks(unit: Unit, lines: Mapping[str, Line]) -> Iterator[RunningCheck]:
    for line in lines.values():
        acts = unit.guards.told(tuple(unit.guards.off(line.name).values()))
        off = {each.act.check: each for each in off_checks(unit, acts, lines)}
        for check in line.checks:
            yield RunningCheck(line.title, check, off.get(check.name))


def _rolled_out(unit: Unit, known: stop.Known) -> Iterator[tuple[str, str, Rollout]]:
    """What is shown to people, and could be taken back."""
    for act in roll.parts(unit):
        if act.role.is_shown:
            yield known.lines.get(act.line, act.line), unit.registry.version(act.version).label, act


def _running_lines(
    unit: Unit, known: stop.Known, standing: tuple[Pause, ...]
) -> Iterator[RunningLine]:
    counts = {each.line: each for each in unit.pauses.lines_in_use()}
    for name, title in known.lines.items():
        held = (p for p in standing if p.stop.scope is StopScope.LINE and p.stop.name == name)
        yield RunningLine(title, counts.get(name, LineInUse(name, 0, 0)), next(held, None))


def _running_models(unit: Unit, standing: tuple[Pause, ...]) -> Iterator[RunningModel]:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for model in unit.pauses.in_use(today):
        yield RunningModel(model, paused(standing, "", [model]))


def _effect(unit: Unit, lines: Mapping[str, Line], form: PauseForm) -> Effect:
    """Of a model the drafts in review alone are known: what it would draft next is not."""
    wanted = form.stop()
    stop.require_stoppable(unit, lines, wanted, form.reason)
    if wanted.scope is StopScope.LINE:
        held = [each for each in unit.pauses.lines_in_use() if each.line == wanted.name]
        return Effect(wanted, sum(e.drafting for e in held), sum(e.in_review for e in held))
    models = unit.pauses.in_use(datetime.now(UTC))
    review = sum(each.in_review for each in models if wanted.holds("", [each]))
    return Effect(wanted, 0, review)


def _lines(known: stop.Known) -> Iterator[tuple[str, str]]:
    for name, title in known.lines.items():
        yield _value(StopScope.LINE, name, ANY), f"{title} (line {name})"


def _models(known: stop.Known) -> Iterator[tuple[str, str]]:
    for name, version in known.models:
        yield _value(StopScope.MODEL, name, version), f"{name} {version}"
    for name in sorted({name for name, _ in known.models}):
        yield _value(StopScope.MODEL, name, ANY), f"{name}, every version"


def _value(scope: StopScope, name: str, version: str) -> str:
    return json.dumps([scope, name, version])
