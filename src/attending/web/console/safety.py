"""The safety officer's page: stop a line or a model at once, and let it go by a signature."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError

from attending.core.errors import InvalidInput
from attending.core.guarding import GuardAct
from attending.core.identity import Proof, Scope
from attending.core.ids import PauseId, PrincipalId
from attending.core.line import Line
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
from attending.loop import roll, stop
from attending.web.access import Desk
from attending.web.api.types import Ask, Name, Reason
from attending.web.console.pages import page_router, see_other
from attending.web.console.proving import Issuer, PreparedForm, still_there, to_log_in
from attending.web.console.running_checks import RunningCheck, running_checks
from attending.web.console.session import Act, Proving, Session
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
    pause: PauseId, form: Annotated[PreparedForm, Form()], visit: Officer, issuer: Issuer
) -> Response:
    proving = form.proving(Act.RESUMPTION, pause, visit.desk.caller)
    return to_log_in(visit, issuer, proving, "/safety")


def complete_resumption(
    parts: WebParts, session: Session | None, proving: Proving, id_token: str
) -> Response:
    """Resume with the proof that came back, in the session that asked for it."""
    caller = still_there(parts, session, proving)
    pause = PauseId(UUID(proving.about))
    request = stop.ResumeRequest(pause, proving.prepared, proving.digest, Proof(id_token))
    desk = Desk(parts, caller, frozenset({Scope.STOP}))
    desk.write(lambda unit, by: stop.resume(unit, request, by, parts.trust))
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
        checks=tuple(running_checks(unit, visit.desk.parts.loop.lines)),
        check_acts=check_acts,
        rolled_out=tuple(_rolled_out(unit, known)),
    )


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
