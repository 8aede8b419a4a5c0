"""A large judge's verdicts are kept beside the score of the line: of drafts, once, for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from attending.core.case import DecisionKind
from attending.core.draft import Draft, Section, Statement, Text
from attending.core.errors import Conflict
from attending.core.guarding import Outcome
from attending.loop import guard, recheck
from tests.clinic import Clinic
from tests.plugins.judging import DOUBTS, SCORED, Judging
from tests.plugins.vitals_line.steps import VitalsLine

EVER = datetime(2020, 1, 1, tzinfo=UTC)
NOTE = Draft("Note", (Section("plan", "Plan", (Statement("plan.1", Text("Rest.")),)),))
INSERT = """insert into attending.judgements
  (tenant_id, case_id, section, statement, check_name, judge, supported, unsupported,
   contradicted, score, doubt, warns_from)
  values (%s, %s, 'rate', 'slipped', 'second', 'large 1', 1, 0, 0, 'score', %s, 0.3)"""


def test_the_guard_hands_on_what_it_was_told() -> None:
    made = guard.guard((Judging(),), b"", NOTE)
    (told,) = made.judgements
    assert (told.statement, told.verdict, told.scored) == ("plan.1", DOUBTS, SCORED)
    assert [f.explanation for f in made.findings] == ["It doubts it."]


def test_a_judge_that_fails_leaves_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judging, "sample", lambda *_: None)
    made = guard.guard((Judging(),), b"", NOTE)
    assert (made.judgements, made.ended(Outcome.FAILED)) == ((), ("second",))


@pytest.fixture
def line(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    line = replace(VitalsLine(), checks=(*VitalsLine().checks, Judging()))
    monkeypatch.setitem(clinic.lines, "vitals", line)


@pytest.mark.usefixtures("line")
def test_a_draft_keeps_them_and_an_edit_adds_none(clinic: Clinic) -> None:
    case = clinic.in_review()
    clinic.see_all(case)
    clinic.decide(case, "rate", DecisionKind.EDIT, text="Another rate")
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        kept = [each for each in unit.learning.judged(EVER, 100) if each.case == case]
        edit = recheck.take_up(unit, case, "rate", "And another")
    drafted = clinic.case(case).proposal()
    stated = {s.id for section in drafted.sections for s in section.statements}
    assert {each.judgement.statement for each in kept} == stated
    assert {each.model for each in kept} == {"mean-rate 1"}
    assert {(e.judgement.judge, e.judgement.verdict, e.judgement.scored) for e in kept} == {
        ("large 1", DOUBTS, SCORED)
    }
    warned = {f.statement for f in clinic.case(case).findings if f.check == "fast-rate"}
    assert {e.judgement.statement for e in kept if e.warned} == warned & stated
    assert all(each.warned <= {"fast-rate"} for each in kept)
    assert recheck.checked(clinic.parts("web"), edit).guarded.judgements == ()


@pytest.mark.usefixtures("line")
def test_what_is_not_the_guards_word_is_refused(clinic: Clinic) -> None:
    case = clinic.in_review()
    inference = clinic.databases["inference"]
    with pytest.raises(Conflict), inference.transaction(clinic.tenant, "x") as unit:
        unit.run(INSERT, clinic.tenant, case, 0.5)  # nothing is being drafted any more
    for database, query, values in (
        (clinic.web, INSERT, (clinic.tenant, case, 0.5)),  # it only reads
        (inference, "select * from attending.judgements", ()),  # and it only writes
    ):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            database.transaction(clinic.tenant, "x") as unit,
        ):
            unit.run(query, *values)


@pytest.mark.usefixtures("line")
def test_the_next_clinic_reads_none_of_them(clinic: Clinic) -> None:
    clinic.in_review()
    with (
        clinic.next_door() as neighbour,
        neighbour.web.transaction(neighbour.tenant, "tests") as unit,
    ):
        assert unit.learning.judged(EVER, 100) == ()
        assert unit.learning.reviewed(EVER, 1) == ()
