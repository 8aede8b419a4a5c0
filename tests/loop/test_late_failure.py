"""A worker wakes late and fails: what another did meanwhile, or does, is not undone by that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest

from attending.core.errors import AttendingError, EngineFailed
from attending.core.ids import CaseId, SourceId
from attending.core.work import Job, Step
from attending.loop import recover
from attending.loop.decode import decode
from attending.loop.guard import guard
from attending.loop.infer import infer
from attending.loop.propose import propose
from attending.loop.release import release
from tests.clinic import Clinic

STEPS: Mapping[Step, Callable[[Any, Job], None]] = {
    Step.DECODE: decode,
    Step.INFER: infer,
    Step.PROPOSE: propose,
    Step.RELEASE: release,
}
DURING = dict(zip(STEPS, ("transcribing", "drafting", "drafting", "signed"), strict=True))
AFTER = dict(zip(STEPS, ("transcribed", "drafting", "in_review", "released"), strict=True))


@dataclass
class Bench:
    """A case whose next step is this one."""

    clinic: Clinic
    step: Step
    source: SourceId
    case: CaseId

    @classmethod
    def brought_to(cls, clinic: Clinic, step: Step) -> Bench:
        if step is Step.RELEASE:
            case = clinic.decided()
            clinic.sign(case)
            return cls(clinic, step, clinic.case(case).source, case)
        source, head = clinic.upload()
        bench = cls(clinic, step, source.id, head.id)
        for before in list(STEPS)[: list(STEPS).index(step)]:
            STEPS[before](clinic.parts("inference"), bench.job(before))
        return bench

    def job(self, step: Step) -> Job:
        subject: Any = self.source if step is Step.DECODE else self.case
        if step is Step.RELEASE:
            subject = self.clinic.releases(self.case)[-1].id
        return self.clinic.job(step, subject)

    def work(self) -> None:
        parts: Any = self.clinic.parts("inference")
        if self.step is Step.RELEASE:
            parts = self.clinic.releaser()
        STEPS[self.step](parts, self.job(self.step))

    def fail(self) -> AttendingError:
        """Work until it fails, and give up as a worker does."""
        with pytest.raises(AttendingError) as failed:
            self.work()
        process = "releaser" if self.step is Step.RELEASE else "inference"
        recover.give_up(self.clinic.databases[process], self.job(self.step), failed.value)
        return failed.value

    def state(self) -> str:
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            if self.step is Step.DECODE:
                return unit.intake.progress(self.source).state
            return unit.cases.head(self.case).state

    def waits_for_a_person(self) -> bool:
        subject = self.job(self.step).subject
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            return subject in [failure.subject_id for failure in unit.failures.open()]

    def in_the_middle(self, patch: pytest.MonkeyPatch, meet: Callable[[], None]) -> None:
        """What whoever is in the middle of the step meets."""
        if self.step is Step.PROPOSE:  # within it: what a check meets is a finding
            patch.setattr("attending.loop.propose.guard", _met_before(guard, meet))
            return
        patch.setattr("tests.plugins.vitals_line.steps.pass_gate", lambda _stage: meet())
        record = self.clinic.record
        deliver = record.deliver

        def met(*values: Any) -> Any:
            meet()
            return deliver(*values)

        patch.setattr(record, "deliver", met)


def _met_before(work: Callable[..., Any], meet: Callable[[], None]) -> Callable[..., Any]:
    def met(*values: Any, **named: Any) -> Any:
        meet()
        return work(*values, **named)

    return met


@dataclass
class Overtaking:
    """The first in the middle of the work is overtaken by a second, and fails while that works."""

    bench: Bench
    error: Exception
    working: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    other: Thread | None = None

    def meet(self) -> None:
        if self.other is not None:
            self.working.set()
            assert self.go_on.wait(30)
            return
        self.other = Thread(target=self.bench.work)
        self.other.start()
        assert self.working.wait(30)
        raise self.error

    def end(self) -> None:
        self.go_on.set()
        assert self.other is not None
        self.other.join(30)


@pytest.mark.parametrize("error", [EngineFailed("No."), ZeroDivisionError()], ids=["told", "bug"])
@pytest.mark.parametrize("step", STEPS)
def test_it_fails_while_another_works(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, step: Step, error: Exception
) -> None:
    bench = Bench.brought_to(clinic, step)
    turns = Overtaking(bench, error)
    bench.in_the_middle(monkeypatch, turns.meet)
    try:
        bench.fail()
        assert (bench.state(), bench.waits_for_a_person()) == (DURING[step], False)
    finally:
        turns.end()
    assert (bench.state(), bench.waits_for_a_person()) == (AFTER[step], False)


@pytest.mark.parametrize("step", STEPS)
def test_it_fails_alone(clinic: Clinic, monkeypatch: pytest.MonkeyPatch, step: Step) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    bench = Bench.brought_to(clinic, step)
    bench.in_the_middle(monkeypatch, broken)
    assert bench.fail().code == "engine.unexpected"
    assert (bench.state(), bench.waits_for_a_person()) == ("failed", True)
