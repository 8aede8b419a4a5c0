"""The state machine and the words of a case, without any storage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.core.case import (
    CASE_TRANSITIONS,
    Case,
    CaseState,
    Decision,
    DecisionKind,
    Revision,
    View,
    check_decision,
    check_signable,
    require_version,
    retained,
    rewritten,
)
from attending.core.characters import legible
from attending.core.draft import Draft, Finding, Section, Severity, Statement, Text
from attending.core.errors import Conflict, InvalidInput, NotFound, NotSeen
from attending.core.evidence import TimeSpan
from attending.core.ids import CaseId, EncounterId, PatientId, PrincipalId, SourceId, TenantId

ADA, SAM = PrincipalId(uuid4()), PrincipalId(uuid4())
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SPAN = (TimeSpan(0.0, 1.0, quote="pain"),)
PLAN = Section("plan", "Plan", (Statement("plan.1", Text("Rest."), SPAN),))
EXAM = Section("exam", "Examination", (Statement("exam.1", Text("BP 145 over 19."), SPAN),))
FLAG = Finding("implausible", "exam", "exam.1", Severity.SERIOUS, "Not plausible.")


def case(**changes: object) -> Case:
    made = Case(
        CaseId(uuid4()),
        TenantId(uuid4()),
        PatientId(uuid4()),
        EncounterId(uuid4()),
        SourceId(uuid4()),
        "documentation",
        CaseState.IN_REVIEW,
        3,
        draft=Draft("Note", (PLAN, EXAM)),
        findings=(FLAG,),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def decision(section: str, kind: DecisionKind, version: int, revision: int = 0) -> Decision:
    return Decision(section, revision, kind, "why", ADA, version, NOW)


SEEN = (View("plan", 0, ADA), View("exam", 0, ADA), View("exam", 0, ADA, "exam.1"))


def test_a_state_without_a_way_out_is_an_end() -> None:
    ends = set(CaseState) - {before for before, _ in CASE_TRANSITIONS}
    assert ends == {CaseState.REJECTED, CaseState.RETRACTED}


def test_only_a_signed_case_is_released() -> None:
    before = {a for a, b in CASE_TRANSITIONS if b in (CaseState.RELEASED, CaseState.RETRACTED)}
    assert before == {CaseState.SIGNED}


def test_the_present_text_is_the_last_revision() -> None:
    statements = (Statement("plan.r1.1", Text("Rest and fluids."), human=True),)
    edited = case(revisions=(Revision("plan", 1, statements, ADA, NOW),))
    assert edited.section("plan").text == "Rest and fluids."
    assert edited.proposal().section("plan").text == "Rest."
    assert edited.revision("plan") == 1


def test_seeing_is_of_what_stands_now_with_its_warnings_open() -> None:
    assert not case().seen("plan", ADA)
    assert case(views=SEEN).seen("plan", ADA)
    assert not case(views=SEEN).seen("plan", SAM)
    assert not case(views=SEEN[:2]).seen("exam", ADA)
    assert case(views=SEEN).seen("exam", ADA)
    revised = case(views=SEEN, revisions=(Revision("plan", 1, (), SAM, NOW),))
    assert not revised.seen("plan", ADA)
    assert revised.seen("plan", SAM)


@pytest.mark.parametrize(
    ("changes", "section", "revision", "reason", "error"),
    [
        ({"state": CaseState.SIGNED, "views": SEEN}, "plan", 0, "", Conflict),
        ({"views": SEEN}, "nothing", 0, "", NotFound),
        ({"views": SEEN}, "plan", 1, "", Conflict),
        ({}, "plan", 0, "why", NotSeen),
        ({"views": SEEN}, "plan", 0, " ", InvalidInput),
    ],
)
def test_a_decision_that_may_not_be_made(
    changes: dict[str, object], section: str, revision: int, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check_decision(case(**changes), section, revision, DecisionKind.REJECT, reason, ADA)


def test_a_decision_that_may_be_made() -> None:
    check_decision(case(views=SEEN), "exam", 0, DecisionKind.ACCEPT, "", ADA)


def test_signing_needs_every_section_decided_and_seen_by_the_signer() -> None:
    decided = (decision("plan", DecisionKind.ACCEPT, 2), decision("exam", DecisionKind.REJECT, 3))
    with pytest.raises(Conflict):
        check_signable(case(views=SEEN, decisions=decided[:1]), ADA)
    with pytest.raises(NotSeen):
        check_signable(case(views=SEEN, decisions=decided), SAM)
    check_signable(case(views=SEEN, decisions=decided), ADA)


def test_a_rejected_section_is_not_retained_until_it_is_decided_anew() -> None:
    decided = (decision("plan", DecisionKind.ACCEPT, 2), decision("exam", DecisionKind.REJECT, 3))
    assert [s.key for s in retained(case(decisions=decided))] == ["plan"]
    again = (*decided, decision("exam", DecisionKind.ACCEPT, 4))
    assert [s.key for s in retained(case(decisions=again))] == ["plan", "exam"]


def test_a_stale_version_loses_and_is_told_the_present_one() -> None:
    with pytest.raises(Conflict) as lost:
        require_version(case(), 2)
    assert lost.value.context["version"] == 3


LINES = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), max_size=6)


@given(LINES)
def test_rewriting_keeps_exactly_the_lines_that_were_written(lines: list[str]) -> None:
    statements = rewritten(PLAN, "\n".join(lines), 1)
    assert [s.text for s in statements] == [seen for line in lines if (seen := legible(line))]
    for statement in statements:
        assert statement.human == (statement.text != "Rest.")
        assert bool(statement.evidence) == (statement.text == "Rest.")


def test_rewriting_to_nothing_empties_the_section() -> None:
    assert rewritten(PLAN, "  \n\n", 1) == ()


def test_an_engine_cannot_claim_that_a_clinician_wrote() -> None:
    claimed = Section("plan", "Plan", (replace(PLAN.statements[0], human=True),))
    proposed = Draft("Note", (claimed,)).as_proposed()
    assert not proposed.section("plan").statements[0].human
    assert proposed.section("plan").text == PLAN.text
