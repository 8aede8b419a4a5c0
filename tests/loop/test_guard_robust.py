"""A check that crashes, hangs or is off is told on the draft; it never stops it, or is silent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from attending.core.case import CaseState
from attending.core.draft import Draft, Finding, Section, Severity, Statement, Text
from attending.core.errors import Conflict, InvalidInput, MalformedDraft
from attending.core.guarding import GuardTurn, Outcome, Terms
from attending.core.ids import GuardActId, fresh
from attending.core.line import CheckCard
from attending.core.work import Step
from attending.loop import checks, guard
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.propose import propose
from tests.clinic import Clinic
from tests.plugins.vitals_line.steps import VitalsLine

NOTE = Draft("Note", (Section("plan", "Plan", (Statement("plan.1", Text("Rest.")),)),))
CARD = CheckCard("Sample", "whether all is well.", (Severity.INFO,))
SOON = timedelta(milliseconds=50)
FINE = Finding("fine", "plan", "plan.1", Severity.INFO, "Fine.")


@dataclass
class Sample:
    """A check that does what the test wants."""

    work: Callable[[], Any]
    name: str = "sample"
    card: CheckCard = CARD

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        found: tuple[Finding, ...] = self.work()
        return found


def fails(error: BaseException) -> Sample:
    def work() -> None:
        raise error

    return Sample(work)


@dataclass
class Hanging:
    """Hangs until the test lets it go."""

    name: str
    card: CheckCard = CARD
    let: threading.Event = field(default_factory=threading.Event)
    begun: list[int] = field(default_factory=list)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        self.begun.append(1)
        self.let.wait(30)
        self.ended.release()
        return ()


@pytest.fixture
def hanging(request: pytest.FixtureRequest) -> Iterator[Hanging]:
    made = Hanging(request.node.name)
    yield made
    made.let.set()


ALIKE = replace(CARD, asks="was it said")


def finds(name: str, severity: Severity, why: str, card: CheckCard = ALIKE) -> Sample:
    return Sample(lambda: (Finding(name, "plan", "plan.1", severity, why),), name, card)


def test_checks_that_ask_the_same_of_a_statement_are_one_finding() -> None:
    caution = finds("dose", Severity.CAUTION, "The number 20 was not said. Listen at 0:20.")
    serious = finds("drug", Severity.SERIOUS, "Nobody named lisinopril. Listen at 0:20.")
    other = finds("form", Severity.CAUTION, "It breaks off.", CARD)
    found = guard.guard((caution, serious, other), b"", NOTE).findings
    assert [(each.check, each.severity) for each in found] == [
        ("drug", Severity.SERIOUS),
        ("form", Severity.CAUTION),
    ]
    assert found[0].explanation == (
        "Nobody named lisinopril. Listen at 0:20. The number 20 was not said."
    )


def test_what_is_told_of_a_whole_section_stays_apart() -> None:
    def whole() -> tuple[Finding, ...]:
        return (Finding("speaker", "plan", "", Severity.SERIOUS, "Who said it?"),)

    dose = finds("dose", Severity.SERIOUS, "The number 20 was not said.")
    found = guard.guard((Sample(whole, "speaker", ALIKE), dose), b"", NOTE).findings
    assert [each.check for each in found] == ["speaker", "dose"]


SAID = "Ann Test has a rash"


@pytest.mark.parametrize(
    "error", [ValueError(SAID), RecursionError(SAID), MemoryError(SAID), SystemExit(SAID)]
)
def test_what_a_check_raises_is_a_finding_and_the_others_are_heard(error: BaseException) -> None:
    with capture_logs() as told:
        made = guard.guard((fails(error), Sample(lambda: (FINE,), "fine")), b"", NOTE)
    unchecked, fine = made.findings
    assert (unchecked.check, unchecked.severity) == ("sample", Severity.CAUTION)
    assert unchecked.explanation.startswith("This was not checked: whether all is well.")
    assert fine == FINE
    assert made.outcomes == (("sample", Outcome.FAILED), ("fine", Outcome.DONE))
    assert "Ann" not in str(told)
    assert told[0]["check"] == "sample"


@pytest.mark.parametrize("answer", [None, 7, (None,), (replace(FINE, section="elsewhere"),)])
def test_an_answer_that_is_none_is_a_check_that_failed(answer: object) -> None:
    made = guard.guard((Sample(lambda: answer),), b"", NOTE)
    assert made.ended(Outcome.FAILED) == ("sample",)
    assert [f.severity for f in made.findings] == [Severity.CAUTION]


def test_a_draft_that_has_no_form_is_still_not_shown() -> None:
    with pytest.raises(MalformedDraft):
        guard.guard((fails(MalformedDraft("none")),), b"", NOTE)
    with pytest.raises(MalformedDraft):
        guard.guard((), b"", Draft("Note", ()))


def test_a_check_that_hangs_is_a_finding_too(hanging: Hanging) -> None:
    made = guard.guard((hanging, Sample(lambda: (FINE,), "fine")), b"", NOTE, limit=SOON)
    assert made.ended(Outcome.LATE) == (hanging.name,)
    assert made.ended(Outcome.DONE) == ("fine",)
    assert "no answer in 0.05 seconds" in made.findings[0].explanation


def test_a_check_that_hangs_on_every_draft_leaves_few_threads(hanging: Hanging) -> None:
    for _ in range(guard.HANGING + 4):
        made = guard.guard((hanging,), b"", NOTE, limit=SOON)
        assert made.ended(Outcome.LATE) == (hanging.name,)
    assert len(hanging.begun) == guard.HANGING
    hanging.let.set()
    for _ in range(guard.HANGING):
        assert hanging.ended.acquire(timeout=10)
    deadline = threading.Event()
    while guard._hanging.count(hanging.name):  # what came back may be asked again
        deadline.wait(0.01)
    assert guard.guard((hanging,), b"", NOTE).ended(Outcome.DONE) == (hanging.name,)


def test_a_check_that_is_off_does_not_run_unless_the_form_needs_it() -> None:
    ran: list[str] = []

    def named(name: str, *, required: bool) -> Sample:
        card = replace(CARD, required=required)
        return Sample(lambda: ran.append(name) or (), name, card)

    both = Terms(off={name: GuardActId(fresh()) for name in "ab"})
    made = guard.guard(
        (named("a", required=False), named("b", required=True)), b"", NOTE, terms=both
    )
    assert ran == ["b"]
    assert made.outcomes == (("a", Outcome.OFF), ("b", Outcome.DONE))


def drafted(clinic: Clinic, *more: Any, limit: timedelta = guard.LIMIT) -> Any:
    line = replace(VitalsLine(), checks=(*VitalsLine().checks, *more))
    parts = replace(clinic.parts("inference"), lines={"vitals": line}, check_limit=limit)
    source, head = clinic.upload()
    for step, work, subject in (
        (Step.DECODE, decode, source.id),
        (Step.INFER, infer, head.id),
        (Step.PROPOSE, propose, head.id),
    ):
        work(parts, clinic.job(step, subject))
    return clinic.case(head.id)


def row(clinic: Clinic, case: Any) -> dict[str, Any]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return unit.one("select * from attending.guardings where case_id = %s", case.id)


def test_a_draft_is_shown_though_two_checks_of_it_fail(clinic: Clinic, hanging: Hanging) -> None:
    case = drafted(clinic, fails(ValueError("x")), hanging, limit=timedelta(seconds=0.3))
    assert case.state is CaseState.IN_REVIEW
    unchecked = [f for f in case.findings if f.explanation.startswith("This was not checked")]
    assert {f.check for f in unchecked} == {"sample", hanging.name}
    kept = row(clinic, case)
    assert (kept["done"], kept["failed"], kept["late"]) == (
        ["fast-rate"], ["sample"], [hanging.name],
    )  # fmt: skip
    assert kept["limit_ms"] == 300


def turn(clinic: Clinic, *, off: bool, name: str = "fast-rate", who: str = "demo-safety") -> None:
    by = clinic.person(who)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        checks.turn(unit, clinic.lines, name, off=off, reason="Too many flags.", by=by)


def test_what_is_off_stands_with_the_draft_for_good(clinic: Clinic) -> None:
    turn(clinic, off=True)
    try:
        case = drafted(clinic)
    finally:
        turn(clinic, off=False)
    assert case.findings == ()
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        (told,) = unit.guards.off_for(case.id)
        assert unit.guards.off("vitals") == {}
        assert [act.turn for act in unit.guards.acts(2)] == [GuardTurn.ON, GuardTurn.OFF]
        entries = [json.loads(e.entry) for e in unit.trail.entries(0, 10_000)]
    assert (told.check, told.reason, told.by) == (
        "fast-rate", "Too many flags.", clinic.person("demo-safety").id,
    )  # fmt: skip
    assert [e["action"] for e in entries if e["subject"] == str(told.act)] == ["guard.off"]
    (proposed,) = [
        e["detail"]
        for e in entries
        if (e["action"], e["subject"]) == ("case.proposed", str(case.id))
    ]
    assert (proposed["off"], proposed["unchecked"]) == (["fast-rate"], [])
    assert drafted(clinic).findings != ()


def test_who_may_turn_what(clinic: Clinic) -> None:
    with pytest.raises(Conflict):  # the database's own rule: no safety officer
        turn(clinic, off=True, who="demo-clinician")
    with pytest.raises(InvalidInput):
        turn(clinic, off=True, name="fast-rat")
    with pytest.raises(Conflict):
        turn(clinic, off=False)
    by = clinic.person("demo-safety")
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit, pytest.raises(InvalidInput):
        checks.turn(unit, clinic.lines, "fast-rate", off=True, reason=" ", by=by)
