"""How many findings a check may make: a clinic's officer chooses, and drafts and edits keep to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from attending.core.draft import Draft, Finding, Section, Severity, Statement, Text
from attending.core.errors import Conflict, InvalidInput
from attending.core.guarding import BudgetChosen, GuardTurn, Outcome, Terms
from attending.core.ids import CaseId, GuardActId, fresh
from attending.core.line import Budget, Budgeted, CheckCard
from attending.core.work import Step
from attending.lines.documentation.fidelity.check import Fidelity
from attending.lines.documentation.fidelity.combined import LEXICAL, shipped
from attending.loop import checks, guard, recheck
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.propose import propose
from tests.clinic import Clinic
from tests.plugins.vitals_line.steps import VitalsLine

NOTE = Draft("Note", (Section("plan", "Plan", (Statement("plan.1", Text("Rest.")),)),))
CARD = CheckCard("Loud", "whether it is loud.", (Severity.INFO,))
WHY = "Nurses drown in warnings."


@dataclass
class Loud:
    """Tells its budget in the head of the draft; it breaks under one of 4."""

    budget: float = 2.0
    name: str = "loud"
    card: CheckCard = CARD

    @property
    def budgets(self) -> tuple[Budget, ...]:
        return (Budget(1.0, 0.5), Budget(2.0, 0.7), Budget(4.0))

    def within(self, flags: float) -> Loud:
        if flags == 4.0:
            raise ValueError(flags)
        return Loud(flags)

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        for section in draft.sections:
            for statement in section.statements:
                why = f"At most {self.budget:g}."
                return (Finding(self.name, section.key, statement.id, Severity.INFO, why),)
        return ()


def terms(flags: float) -> Terms:
    return Terms(budgets={"loud": BudgetChosen(GuardActId(fresh()), flags)})


def test_the_guard_has_a_check_keep_to_what_was_chosen() -> None:
    usual = guard.guard((Loud(),), b"", NOTE)
    fewer = guard.guard((Loud(),), b"", NOTE, terms=terms(1.0))
    assert [f.explanation for f in (*usual.findings, *fewer.findings)] == [
        "At most 2.", "At most 1.",
    ]  # fmt: skip
    assert (usual.budgets, fewer.budgets) == ((("loud", 2.0),), (("loud", 1.0),))


def test_a_check_that_cannot_keep_to_it_is_a_check_that_failed() -> None:
    made = guard.guard((Loud(),), b"", NOTE, terms=terms(4.0))
    assert made.ended(Outcome.FAILED) == ("loud",)


def test_what_is_off_keeps_to_nothing() -> None:
    made = guard.guard((Loud(),), b"", NOTE, terms=Terms(off={"loud": GuardActId(fresh())}))
    assert made.budgets == ()


@pytest.fixture
def line(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[VitalsLine]:
    line = replace(VitalsLine(), checks=(*VitalsLine().checks, Loud()))
    monkeypatch.setitem(clinic.lines, "vitals", line)
    yield line
    if "loud" in standing(clinic):
        choose(clinic, 2.0)


def standing(clinic: Clinic) -> dict[str, float]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        chosen = unit.guards.terms("vitals").budgets
    return {name: each.flags for name, each in chosen.items() if each.flags != 2.0}


def choose(
    clinic: Clinic, flags: float, name: str = "loud", who: str = "demo-safety", why: str = WHY
) -> GuardActId:
    by = clinic.person(who)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        return checks.choose_budget(unit, clinic.lines, name, flags, reason=why, by=by)


def drafted(clinic: Clinic) -> Any:
    parts = clinic.parts("inference")
    source, head = clinic.upload()
    for step, work, subject in (
        (Step.DECODE, decode, source.id),
        (Step.INFER, infer, head.id),
        (Step.PROPOSE, propose, head.id),
    ):
        work(parts, clinic.job(step, subject))
    return clinic.case(head.id)


def said(found: tuple[Finding, ...]) -> list[str]:
    return [f.explanation for f in found if f.check == "loud"]


def edited(clinic: Clinic, case: CaseId) -> recheck.Checked:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        edit = recheck.take_up(unit, case, "rate", "Another rate")
    return recheck.checked(clinic.parts("web"), edit)


@pytest.mark.usefixtures("line")
def test_drafts_and_edits_keep_to_it_and_say_so_for_good(clinic: Clinic) -> None:
    before = drafted(clinic)
    act = choose(clinic, 1.0)
    after = drafted(clinic)
    assert (said(before.findings), said(after.findings)) == (["At most 2."], ["At most 1."])
    assert said(edited(clinic, after.id).guarded.findings) == ["At most 1."]
    again = choose(clinic, 2.0, why="Too little was found.")
    assert said(edited(clinic, after.id).guarded.findings) == ["At most 2."]
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        (usual,), (kept,) = unit.guards.budgets_for(before.id), unit.guards.budgets_for(after.id)
        history = unit.guards.acts(2)
        entries = [json.loads(e.entry) for e in unit.trail.entries(0, 10_000)]
    assert (usual.check, usual.flags, usual.act) == ("loud", 2.0, None)
    assert (kept.flags, kept.act and (kept.act.id, kept.act.reason)) == (1.0, (act, WHY))
    assert [(e.id, e.turn, e.flags) for e in history] == [
        (again, GuardTurn.BUDGET, 2.0), (act, GuardTurn.BUDGET, 1.0),
    ]  # fmt: skip
    (entry,) = [e for e in entries if e["subject"] == str(act)]
    told = {"line": "vitals", "check": "loud", "flags": 1.0}
    assert (entry["action"], entry["detail"]) == ("guard.budget", told)


@pytest.mark.usefixtures("line")
def test_turning_it_off_and_on_leaves_the_budget(clinic: Clinic) -> None:
    choose(clinic, 1.0)
    by = clinic.person("demo-safety")
    for off in (True, False):
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            assert ("loud" in unit.guards.off("vitals")) is not off
            checks.turn(unit, clinic.lines, "loud", off=off, reason="A trial.", by=by)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert unit.guards.off("vitals") == {}
    assert standing(clinic) == {"loud": 1.0}


@pytest.mark.usefixtures("line")
def test_who_may_choose_what(clinic: Clinic) -> None:
    with pytest.raises(Conflict):  # the database's own rule: no safety officer
        choose(clinic, 1.0, who="demo-clinician")
    for flags, name, why in (
        (3.0, "loud", WHY), (1.0, "fast-rate", WHY), (1.0, "nobody", WHY), (1.0, "loud", " "),
        (float("nan"), "loud", WHY), (-1.0, "loud", WHY),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            choose(clinic, flags, name, why=why)
    assert standing(clinic) == {}
    choose(clinic, 1.0)
    with pytest.raises(Conflict):
        choose(clinic, 1.0)


@pytest.mark.usefixtures("line")
def test_what_one_clinic_chose_is_not_the_next_ones(clinic: Clinic) -> None:
    choose(clinic, 1.0)
    with (
        clinic.next_door() as neighbour,
        neighbour.web.transaction(neighbour.tenant, "tests") as unit,
    ):
        assert unit.guards.terms("vitals") == Terms()
        assert unit.guards.acts(9) == ()


def test_fidelity_offers_the_budgets_that_it_was_fitted_for() -> None:
    usual = Fidelity()
    assert isinstance(usual, Budgeted)
    offered = [each.flags for each in usual.budgets]
    assert usual.budget in offered
    assert offered == sorted(shipped(LEXICAL).thresholds)
    assert [usual.within(each).budget for each in offered] == offered
