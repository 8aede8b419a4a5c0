"""The page of the registry: what each version is, what it does now, and who rolls it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import Response

from attending.core.identity import Scope
from attending.core.ids import PrincipalId, VersionId
from attending.core.ports import Unit
from attending.core.promotion import SignedPromotion
from attending.core.registry import Evaluation, ModelVersion
from attending.core.rollout import Answered, AnswersWanted, Cohort, Role, Rollout
from attending.loop import roll
from attending.web.api.types import Ask, Name
from attending.web.console.pages import page_router, see_other
from attending.web.console.visit import Roller, SystemReader, Visit

router = page_router("/models")
LATELY = 3  # answers of each version that the page names


class RollForm(Ask):
    """cohort: as the page offers it, or typed."""

    csrf: str
    line: Name
    version: UUID
    role: Role
    percent: float = 0.0
    cohort: Name = "*"


class BackForm(Ask):
    csrf: str
    line: Name


@dataclass(frozen=True)
class Entry:
    """A version as the page shows it. promoted: by whom, the latest first."""

    version: ModelVersion
    evaluations: tuple[Evaluation, ...]
    promotions: tuple[SignedPromotion, ...]
    parts: tuple[Rollout, ...]
    lately: tuple[Answered, ...]


@dataclass(frozen=True)
class ModelsPage:
    """lines: by name and title, those on which something is shown to people first taken back."""

    entries: tuple[Entry, ...]
    names: dict[PrincipalId, str]
    lines: dict[str, str]
    shown: tuple[str, ...]


@router.get("")
def show_models(visit: SystemReader) -> Response:
    return visit.page("models.html", page=visit.desk.read(lambda unit, _by: _page(visit, unit)))


def _page(visit: Visit, unit: Unit) -> ModelsPage:
    acts, promotions = roll.parts(unit), unit.registry.promotions()
    entries = tuple(_entry(unit, each, promotions, acts) for each in unit.registry.versions())
    people = {p.by for p in promotions} | {act.by for act in acts if act.by}
    lines = visit.desk.parts.loop.lines
    return ModelsPage(
        entries=entries,
        names={each: unit.people.principal_by_id(each).name for each in people},
        lines={line.name: line.title for line in lines.values()},
        shown=tuple(sorted({act.line for act in acts if act.role.is_shown})),
    )


def _entry(
    unit: Unit,
    version: ModelVersion,
    promotions: Iterable[SignedPromotion],
    acts: Iterable[Rollout],
) -> Entry:
    wanted = AnswersWanted(version.name, version.version, limit=LATELY)
    return Entry(
        version,
        unit.registry.evaluations(version.id),
        tuple(each for each in promotions if each.version == version.id),
        tuple(act for act in acts if act.version == version.id),
        unit.registry.answered(wanted),
    )


@router.post("/rollouts")
def roll_version(form: Annotated[RollForm, Form()], visit: Roller) -> Response:
    lines = visit.desk.parts.loop.lines
    request = roll.RolloutRequest(
        form.line, VersionId(form.version), form.role, form.percent / 100, Cohort.read(form.cohort)
    )
    visit.desk.write(lambda unit, by: roll.roll_out(unit, lines, request, by))
    return see_other("/models")


@router.post("/rollbacks")
def take_back(form: Annotated[BackForm, Form()], visit: Roller) -> Response:
    """At once: what was rolled out last answers nobody any more."""
    visit.desk.write(lambda unit, by: roll.roll_back(unit, form.line, by))
    return see_other("/models" if Scope.SYSTEM in visit.desk.caller.scopes else "/safety")
