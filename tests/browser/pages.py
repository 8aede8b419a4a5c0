"""Every page of the console, in each of its states: how a test gets there.

A route of the console that has no state here fails test_every_page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from attending.adapters.storage.learning import LearningTables
from attending.core.case import Case, DecisionKind
from attending.core.errors import AttendingError
from attending.core.ids import CaptureId, CaseId
from attending.core.registry import ModelVersion
from attending.core.rollout import Role as Part
from attending.core.speech import Role
from attending.core.work import Step
from attending.loop import checks
from attending.loop.capture import open_capture
from attending.loop.decode import decode
from attending.loop.recover import give_up
from tests.browser.conftest import VisitAs
from tests.browser.consultations import whole
from tests.browser.ward import Ward
from tests.learning.notes import worsening
from tests.lines.documentation.spoken import transcript
from tests.plugins.two_engines import FailingRate, SlowestRate
from tests.registered import Registry

LONG_NAME = "Wilhelmina Theodora van der Kloet-Abramowicz"


@dataclass(frozen=True)
class Scene:
    """Where states are arranged. ``visit`` opens a browser of somebody's own."""

    ward: Ward
    visit_as: VisitAs

    def at(self, path: str, username: str = "demo-clinician") -> Page:
        page = self.visit_as(username)
        page.goto(f"{self.ward.url}{path}")
        return page

    def case(self, name: str = LONG_NAME) -> CaseId:
        return self.ward.in_review(whole(), patient=self.ward.clinic.patient(name))

    def known(self, case: CaseId) -> Case:
        return self.ward.clinic.case(case)

    def decided(self) -> CaseId:
        """Edited, rejected, and otherwise accepted."""
        case = self.case()
        self.ward.clinic.see_all(case)
        first, second, *rest = (s.key for s in self.known(case).proposal().sections)
        text = f"{self.known(case).section(first).text}\nIt was put right."
        self.ward.clinic.decide(case, first, DecisionKind.EDIT, text=text)
        self.ward.clinic.decide(case, second, DecisionKind.REJECT, reason="It was not said.")
        for section in rest:
            self.ward.clinic.decide(case, section, DecisionKind.ACCEPT)
        return case

    def recording(self) -> CaptureId:
        """A visit that is recorded at this moment."""
        clinic = self.ward.clinic
        by, parts, encounter = clinic.person(), clinic.parts("web"), clinic.encounter()
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            return open_capture(parts, unit, encounter, "documentation", (), by).id

    def failed(self) -> CaseId:
        """The recording could not be used."""
        clinic = self.ward.clinic
        source, head = clinic.upload(b"not a rate")
        job = clinic.job(Step.DECODE, source.id)
        try:
            decode(clinic.parts("inference"), job)
        except AttendingError as error:
            give_up(clinic.databases["inference"], job, error)
        return head.id


@dataclass(frozen=True)
class State:
    """route: as the application names it."""

    route: str
    name: str
    arrange: Callable[[Scene], Page]

    def __str__(self) -> str:
        return f"{self.route} {self.name}"


def _case_page(of: Callable[[Scene], CaseId]) -> Callable[[Scene], Page]:
    return lambda scene: scene.at(f"/cases/{of(scene)}")


def _drafting(scene: Scene) -> CaseId:
    return scene.ward.upload()[1].id


def _silent(scene: Scene) -> CaseId:
    return scene.ward.in_review(transcript((Role.CLINICIAN, "Well.")))


def _paused(scene: Scene) -> Page:
    pause = scene.ward.clinic.pause()
    page = scene.at("/safety", "demo-safety")
    scene.ward.clinic.resume(pause)
    return page


def _resuming(scene: Scene) -> Page:
    pause = scene.ward.clinic.pause()
    page = scene.at(f"/safety/pauses/{pause}", "demo-safety")
    scene.ward.clinic.resume(pause)
    return page


def _worklist(scene: Scene) -> Page:
    for make in (scene.case, scene.decided, scene.failed):
        make()
    _drafting(scene)
    return scene.at("/")


def _timeline(scene: Scene) -> Page:
    return scene.at(f"/encounters/{scene.known(scene.decided()).encounter}")


def _released(scene: Scene) -> CaseId:
    return scene.ward.clinic.released()


def _failures(scene: Scene) -> Page:
    scene.failed()
    return scene.at("/failures", "demo-engineer")


def _asking(scene: Scene) -> Page:
    return scene.at(f"/patients/{scene.ward.clinic.patient(LONG_NAME)}/visit")


def _quality(scene: Scene) -> Page:
    """Notes that nobody need sign here: what is drawn is what counts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LearningTables, "reviewed", lambda *_: worsening())
        return scene.at("/quality", "demo-safety")


def _checks_off(scene: Scene) -> Page:
    _turn(scene, off=True)
    page = _case_page(Scene.case)(scene)
    _turn(scene, off=False)
    return page


def _turn(scene: Scene, *, off: bool) -> None:
    clinic = scene.ward.clinic
    by = clinic.person("demo-safety")
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        checks.turn(unit, clinic.lines, "unsure-words", off=off, reason="A trial.", by=by)


def _fewer_warnings(scene: Scene) -> Page:
    _choose(scene, 1)
    page = _case_page(Scene.case)(scene)
    _choose(scene, 2)
    return page


def _choose(scene: Scene, flags: float) -> None:
    clinic = scene.ward.clinic
    by = clinic.person("demo-safety")
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        checks.choose_budget(unit, clinic.lines, "fidelity", flags, reason="A trial.", by=by)


def _version(scene: Scene) -> tuple[Registry, ModelVersion]:
    registry = Registry(scene.ward.clinic)
    version = registry.register(SlowestRate())
    registry.evaluated(version, recall=0.92, recall__negation=0.8)
    return registry, version


def _models(scene: Scene) -> Page:
    registry, version = _version(scene)
    registry.promote(version)
    registry.roll(version, Part.CANARY, share=0.1)
    page = scene.at("/models", "demo-engineer")
    registry.roll_back()
    return page


def _promotion(scene: Scene) -> Page:
    return scene.at(f"/models/{_version(scene)[1].id}/promotion")


def _failing(scene: Scene) -> Page:
    return scene.at(f"/models/{Registry(scene.ward.clinic).register(FailingRate()).id}/promotion")


STATES = (
    State("/", "full", _worklist),
    State("/", "signed", lambda scene: scene.at("/?which=signed")),
    State("/cases/{case}", "in review", _case_page(Scene.case)),
    State("/cases/{case}", "a check is off", _checks_off),
    State("/cases/{case}", "fewer warnings than usual", _fewer_warnings),
    State("/cases/{case}", "decided", _case_page(Scene.decided)),
    State("/cases/{case}", "being drafted", _case_page(_drafting)),
    State("/cases/{case}", "nothing was said", _case_page(_silent)),
    State("/cases/{case}", "released", _case_page(_released)),
    State("/cases/{case}", "failed", _case_page(Scene.failed)),
    State("/cases/{case}", "unknown", lambda scene: scene.at(f"/cases/{uuid4()}")),
    State("/cases/{case}/sign", "ready", lambda scene: scene.at(f"/cases/{scene.decided()}/sign")),
    State("/encounters/{encounter}", "full", _timeline),
    State("/failures", "some", _failures),
    State("/safety", "nothing paused", lambda scene: scene.at("/safety", "demo-safety")),
    State("/safety", "paused", _paused),
    State("/safety/pauses/{pause}", "to let go", _resuming),
    State("/quality", "grown worse", _quality),
    State("/quality", "nothing yet", lambda scene: scene.at("/quality?days=30", "demo-safety")),
    State("/models", "rolled out", _models),
    State("/models/{version}/promotion", "to sign", _promotion),
    State("/models/{version}/promotion", "a gate fails", _failing),
    State("/people", "some", lambda scene: scene.at("/people", "demo-admin")),
    State("/audit", "some", lambda scene: scene.at("/audit", "demo-auditor")),
    State("/admin", "some", lambda scene: scene.at("/admin", "demo-admin")),
    State("/admin/settings", "all", lambda scene: scene.at("/admin/settings", "demo-admin")),
    State("/visits/new", "some", lambda scene: scene.at("/visits/new")),
    State("/patients/{patient}/visit", "to ask", _asking),
    State("/captures/{capture}", "ready", lambda scene: scene.at(f"/captures/{scene.recording()}")),
    State("/welcome", "no guide", lambda scene: scene.at("/welcome")),
    State("/session/again", "back", lambda scene: scene.at("/session/again")),
    State("/session/passkeys", "none", lambda scene: scene.at("/session/passkeys")),
    State("/session/passkeys/new", "first", lambda scene: scene.at("/session/passkeys/new")),
    State("/session", "own", lambda scene: scene.at("/session")),
    State("/logged-out", "left", lambda scene: scene.at("/logged-out")),
)
# Answers that are no page of ours.
NO_PAGES = {
    "/login",
    "/login/callback",
    "/assets/{name}",
    "/assets/lines/{line}/{name}",
    "/audit/export",
    "/captures/{capture}/state",
    "/cases/{case}/recording",
    "/cases/{case}/version",
    "/events",
    "/session/form",
}
