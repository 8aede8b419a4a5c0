"""A pause met at every moment of a step: no new draft, nothing lost, and it goes on by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from attending.adapters.storage import everywhere
from attending.core.case import CaseState, ReleaseState, SourceState
from attending.core.errors import (
    Conflict,
    EngineFailed,
    InvalidInput,
    NotFound,
    Paused,
    ProofRefused,
)
from attending.core.ids import CaseId, PauseId, SourceId
from attending.core.pause import Stop, StopScope
from attending.core.work import Step
from attending.loop import recover, review
from attending.loop import stop as stopping
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.propose import propose
from tests.clinic import VITALS, Clinic, proof_of

pytestmark = pytest.mark.usefixtures("nothing_stays_paused")
STEPS: dict[Step, Callable[..., None]] = {
    Step.DECODE: decode,
    Step.INFER: infer,
    Step.PROPOSE: propose,
}
STOPS = {
    "line": VITALS,
    "drafting model": Stop(StopScope.MODEL, "mean-rate", "1"),
    "every version": Stop(StopScope.MODEL, "mean-rate"),
    "decoding model": Stop(StopScope.MODEL, "csv", "1"),
}


def run(clinic: Clinic, step: Step, case: CaseId, source: SourceId) -> None:
    job = clinic.job(step, source if step is Step.DECODE else case)
    STEPS[step](clinic.parts("inference"), job)


def brought_to(clinic: Clinic, step: Step) -> tuple[CaseId, SourceId]:
    """A case for which this step is the next."""
    source, head = clinic.upload()
    for before in list(STEPS)[: list(STEPS).index(step)]:
        run(clinic, before, head.id, source.id)
    return head.id, source.id


def finish(clinic: Clinic, case: CaseId, source: SourceId) -> None:
    """Every job that waits for the case, and those that follow."""
    for step in STEPS:
        run(clinic, step, case, source)


def queued(clinic: Clinic, *subjects: object, soon: bool = True) -> list[str]:
    """Steps that wait in the queue for these, to be done at once or only later."""
    query = """select task_name from queue.procrastinate_jobs
               where args->>'subject' = any (%s) and (scheduled_at is null) = %s order by id"""
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        return [row[0] for row in db.execute(query, ([str(s) for s in subjects], soon))]


def drafts(clinic: Clinic, case: CaseId) -> int:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return len(unit.all("select 1 from attending.drafts where case_id = %s", case))


def runs(clinic: Clinic, case: CaseId) -> list[str]:
    return [model.step for model in clinic.case(case).models]


def assert_waits(clinic: Clinic, case: CaseId) -> None:
    found = clinic.case(case)
    assert (found.state, found.reason) == (CaseState.DRAFTING, Paused.code)
    assert drafts(clinic, case) == 0
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert case in {waiting.case.id for waiting in unit.pauses.waiting()}
        assert not [f for f in unit.failures.open() if f.subject_id in (case, found.source)]


@contextmanager
def in_the_middle(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Iterator[None]:
    """The next gate of the line that is passed does this, once."""

    def passed(_stage: str) -> None:
        monkeypatch.undo()
        act()

    monkeypatch.setattr("tests.plugins.vitals_line.steps.pass_gate", passed)
    yield


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_what_is_paused_waits_and_goes_on(clinic: Clinic, step: Step, stop: Stop) -> None:
    case, source = brought_to(clinic, step)
    before, pause = runs(clinic, case), clinic.pause(stop)
    for _ in range(2):
        run(clinic, step, case, source)
    if step is Step.DECODE and stop.name == "mean-rate":
        assert runs(clinic, case) == ["decode"]  # the transcript is no draft
        step = Step.INFER
        run(clinic, step, case, source)
    else:
        assert runs(clinic, case) == before
    assert_waits(clinic, case)
    sooner = queued(clinic, case, source)
    clinic.resume(pause)
    woken = queued(clinic, case, source)[len(sooner) :]
    assert woken == ["decode" if step is Step.DECODE else "infer"]
    finish(clinic, case, source)
    assert clinic.case(case).state is CaseState.IN_REVIEW
    assert clinic.case(case).reason == ""
    assert sorted(runs(clinic, case)) == ["decode", "infer"]


@pytest.mark.parametrize("step", STEPS)
def test_a_pause_in_the_middle_of_a_step(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    """What the step had made is dropped."""
    case, source = brought_to(clinic, step)
    before, made = runs(clinic, case), list[PauseId]()
    with in_the_middle(monkeypatch, lambda: made.append(clinic.pause())):
        run(clinic, step, case, source)
    assert runs(clinic, case) == before
    assert_waits(clinic, case)
    clinic.resume(made[0])
    finish(clinic, case, source)
    assert clinic.case(case).state is CaseState.IN_REVIEW


@pytest.mark.parametrize("step", STEPS)
def test_a_pause_after_the_last_look_and_before_the_commit(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    """Only the database can see it: it looks once more when the step commits."""
    case, source = brought_to(clinic, step)
    before, made = runs(clinic, case), list[PauseId]()
    looked = stopping.require_running
    looks = 0

    def last_look(*asked: Any) -> None:
        nonlocal looks
        looked(*asked)
        looks += 1
        if looks == last:
            made.append(clinic.pause())

    last = {Step.DECODE: 3, Step.INFER: 2, Step.PROPOSE: 2}[step]
    monkeypatch.setattr(f"attending.loop.{step}.require_running", last_look)
    run(clinic, step, case, source)
    monkeypatch.undo()
    assert len(made) == 1
    assert runs(clinic, case) == before
    assert_waits(clinic, case)
    clinic.resume(made[0])
    finish(clinic, case, source)
    assert clinic.case(case).state is CaseState.IN_REVIEW


def test_what_was_put_off_asks_again_by_itself(clinic: Clinic) -> None:
    """Even without a resumption: another version of the model may stand there by then."""
    case, source = brought_to(clinic, Step.PROPOSE)
    clinic.pause()
    run(clinic, Step.PROPOSE, case, source)
    assert queued(clinic, case, source, soon=False) == ["infer"]


def test_a_model_that_was_replaced_drafts_anew(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old version stays paused, and its run with it; the draft is the new one's."""
    case, source = brought_to(clinic, Step.PROPOSE)
    clinic.pause(Stop(StopScope.MODEL, "mean-rate", "1"))
    run(clinic, Step.PROPOSE, case, source)
    assert_waits(clinic, case)
    engine = clinic.lines["vitals"].engine
    newer = type(engine.model)("infer", "mean-rate", "2")
    monkeypatch.setattr("tests.plugins.vitals_line.steps.MODEL", newer)
    monkeypatch.setitem(
        clinic.lines, "vitals", type(clinic.lines["vitals"])(engine=type(engine)(newer))
    )
    monkeypatch.setattr(type(engine), "draft", _drafting_as(newer, type(engine).draft))
    finish(clinic, case, source)
    assert clinic.case(case).state is CaseState.IN_REVIEW
    assert [m.version for m in clinic.case(case).models] == ["1", "1", "2"]


def _drafting_as(model: Any, draft: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, rendition: replace(draft(self, rendition), model=model)


def test_a_resumption_under_way_is_not_missed(clinic: Clinic) -> None:
    """It was let go between the look and the putting off: the job comes back at once."""
    case, _ = brought_to(clinic, Step.INFER)
    pause = clinic.pause()
    before = queued(clinic, case)
    with stopping.put_off(clinic.databases["inference"], clinic.job(Step.INFER, case)):
        clinic.resume(pause)
        raise Paused("The line, or a model, is paused.", pause=pause)
    assert queued(clinic, case)[len(before) :] == ["infer"]
    assert clinic.case(case).reason == ""


def test_what_is_in_review_stays_and_can_be_signed(clinic: Clinic) -> None:
    case = clinic.in_review()
    clinic.pause()
    clinic.see_all(case)
    for section in clinic.case(case).proposal().sections:
        clinic.decide(case, section.key, review.DecisionKind.ACCEPT)
    clinic.sign(case)
    assert clinic.deliver(case).state is ReleaseState.WRITTEN
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.reopen(unit, case, unit.cases.head(case).version, by)
    assert clinic.case(case).state is CaseState.IN_REVIEW


def test_other_lines_and_the_neighbour_go_on(clinic: Clinic, neighbour: Clinic) -> None:
    clinic.pause()
    clinic.pause(Stop(StopScope.LINE, "documentation"))
    assert neighbour.case(neighbour.in_review()).state is CaseState.IN_REVIEW


def test_another_lines_pause_holds_nothing_up(clinic: Clinic) -> None:
    clinic.pause(Stop(StopScope.LINE, "documentation"))
    assert clinic.case(clinic.in_review()).state is CaseState.IN_REVIEW


def test_two_pauses_are_two_reasons(clinic: Clinic) -> None:
    case, source = brought_to(clinic, Step.INFER)
    first, second = clinic.pause(), clinic.pause(STOPS["drafting model"])
    run(clinic, Step.INFER, case, source)
    clinic.resume(first)
    run(clinic, Step.INFER, case, source)
    assert_waits(clinic, case)
    clinic.resume(second)
    finish(clinic, case, source)
    assert clinic.case(case).state is CaseState.IN_REVIEW


def test_for_every_clinic(clinic: Clinic, neighbour: Clinic) -> None:
    admin = clinic.installation.admin_dsn
    ours, theirs = brought_to(clinic, Step.DECODE), brought_to(neighbour, Step.INFER)
    pause = everywhere.pause(admin, VITALS, "A recall by the maker.")
    assert [p.reason for p in everywhere.standing(admin)] == ["A recall by the maker."]
    run(clinic, Step.DECODE, *ours)
    run(neighbour, Step.INFER, *theirs)
    assert_waits(clinic, ours[0])
    assert_waits(neighbour, theirs[0])
    with pytest.raises(Conflict):
        clinic.resumption(pause)
    assert everywhere.resume(admin, pause, "Mended.") >= 2
    assert everywhere.standing(admin) == ()
    finish(clinic, *ours)
    finish(neighbour, *theirs)
    for each, (case, _) in ((clinic, ours), (neighbour, theirs)):
        assert each.case(case).state is CaseState.IN_REVIEW
        assert audited(each, pause) == ["stop.paused", "stop.resumed"]


def test_an_administrators_act_needs_a_reason_and_a_pause(clinic: Clinic) -> None:
    admin = clinic.installation.admin_dsn
    with pytest.raises(InvalidInput):
        everywhere.pause(admin, VITALS, " ")
    with pytest.raises(NotFound):
        everywhere.resume(admin, PauseId(clinic.tenant), "Mended.")
    assert everywhere.ever_ran(admin, STOPS["drafting model"])
    assert not everywhere.ever_ran(admin, Stop(StopScope.MODEL, "mean-rat"))


def audited(clinic: Clinic, subject: object) -> list[str]:
    query = """select entry::jsonb->>'action' as action from attending.audit_log
               where entry::jsonb->>'subject' = %s order by seq"""
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return [row["action"] for row in unit.all(query, str(subject))]


def test_each_act_is_audited_and_waiting_stands_on_the_timeline(clinic: Clinic) -> None:
    case, source = brought_to(clinic, Step.INFER)
    pause = clinic.pause()
    run(clinic, Step.INFER, case, source)
    clinic.resume(pause)
    finish(clinic, case, source)
    assert audited(clinic, pause) == ["stop.paused", "stop.resumed"]
    assert "case.put_off" in audited(clinic, case)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        events = unit.timeline.events(clinic.case(case).encounter)
    steps = [(e.name, e.outcome) for e in events if e.name.startswith("case")]
    assert steps == [
        ("case: new → drafting", ""),
        ("case: drafting → drafting", Paused.code),
        ("case: drafting → drafting", ""),
        ("case: drafting → in_review", ""),
    ]


@pytest.mark.parametrize(
    "stop",
    [
        Stop(StopScope.LINE, "vital"),
        Stop(StopScope.LINE, "vitals", "2"),
        Stop(StopScope.LINE, "mean-rate"),
        Stop(StopScope.MODEL, "vitals"),
        Stop(StopScope.MODEL, "mean-rate", "99"),
    ],
)
def test_what_is_not_known_is_not_seemingly_stopped(clinic: Clinic, stop: Stop) -> None:
    with pytest.raises(InvalidInput):
        clinic.pause(stop)


def test_a_pause_needs_a_reason(clinic: Clinic) -> None:
    with pytest.raises(InvalidInput):
        clinic.pause(reason=" ")


class TestResuming:
    def resume(self, clinic: Clinic, request: Any, username: str = "demo-safety") -> None:
        by = clinic.person(username)
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            stopping.resume(unit, request, by, clinic.trust)

    def test_twice_is_refused(self, clinic: Clinic) -> None:
        request = clinic.resumption(clinic.pause())
        self.resume(clinic, request)
        with pytest.raises(NotFound):
            self.resume(clinic, request)

    def test_a_stale_log_in_does_not_resume(self, clinic: Clinic) -> None:
        request = clinic.resumption(clinic.pause(), age=3600)
        with pytest.raises(ProofRefused):
            self.resume(clinic, request)

    def test_anothers_proof_does_not_resume(self, clinic: Clinic) -> None:
        request = clinic.resumption(clinic.pause())
        with pytest.raises(Conflict):  # it is another officer who would be named
            self.resume(clinic, request, "demo-clinician")
        with pytest.raises(ProofRefused):
            self.resume(clinic, _proven_by(clinic, request, "demo-clinician"))

    def test_one_pauses_signature_does_not_resume_another(self, clinic: Clinic) -> None:
        first, second = clinic.pause(), clinic.pause()
        request = clinic.resumption(first)
        with pytest.raises(Conflict):
            self.resume(clinic, replace(request, pause=second))

    def test_what_was_prepared_long_ago_is_prepared_anew(self, clinic: Clinic) -> None:
        request = clinic.resumption(clinic.pause())
        old = replace(request, prepared_at=request.prepared_at - timedelta(hours=1))
        with pytest.raises(Conflict):
            self.resume(clinic, old)


def _proven_by(clinic: Clinic, request: Any, username: str) -> Any:
    return replace(request, proof=proof_of(clinic.person(username), request.digest))


def test_a_failed_case_that_is_retried_waits_like_any_other(clinic: Clinic) -> None:
    case, source = brought_to(clinic, Step.INFER)
    job = clinic.job(Step.INFER, case)
    recover.give_up(clinic.databases["inference"], job, EngineFailed("It broke."))
    pause = clinic.pause()
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        (failure,) = [f for f in unit.failures.open() if f.subject_id == case]
        recover.retry(unit, failure.id, by)
    run(clinic, Step.INFER, case, source)
    assert_waits(clinic, case)
    clinic.resume(pause)
    finish(clinic, case, source)
    assert clinic.case(case).state is CaseState.IN_REVIEW


def test_a_paused_source_stays_as_it_was(clinic: Clinic) -> None:
    case, source = brought_to(clinic, Step.DECODE)
    clinic.pause()
    run(clinic, Step.DECODE, case, source)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert unit.intake.progress(source).state is SourceState.RECEIVED
