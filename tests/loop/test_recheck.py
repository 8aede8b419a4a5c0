"""The guard over an edit: while it is typed, as it is saved, and what it holds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import psycopg
import pytest

from attending.core.case import Case, CaseState, DecisionKind
from attending.core.draft import Draft, Finding, Severity
from attending.core.errors import InvalidInput, NotSeen
from attending.core.guarding import Outcome
from attending.core.ids import CaseId
from attending.core.line import CheckCard
from attending.loop import recheck, review
from tests.attacks.conftest import as_superuser
from tests.clinic import Clinic
from tests.plugins.vitals_line.steps import VitalsLine

CALM = b"0,80\n1,81\n"
CARD = CheckCard("Slips", "whether it slipped.", (Severity.SERIOUS, Severity.CAUTION))
SLIP, DOUBT = "Rate 1200 /min", "Rate perhaps 80"


@dataclass(frozen=True)
class Slips:
    """SERIOUS for 1200, CAUTION for perhaps, in whatever stands in the draft."""

    name: str = "slip"
    card: CheckCard = CARD

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            Finding(self.name, section.key, each.id, severity, f"Odd: {each.text}")
            for section in draft.sections
            for each in section.statements
            for word, severity in (("1200", Severity.SERIOUS), ("perhaps", Severity.CAUTION))
            if word in each.text
        )


class Failing(Slips):
    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        raise ValueError(draft)


@pytest.fixture(scope="module", autouse=True)
def slips(clinic: Clinic) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        line = replace(VitalsLine(), checks=(*VitalsLine().checks, Slips()))
        patch.setitem(clinic.lines, "vitals", line)
        yield


@pytest.fixture
def case(clinic: Clinic) -> CaseId:
    made = clinic.in_review(CALM)
    clinic.see_all(made)
    return made


def edit(clinic: Clinic, case: CaseId, text: str) -> Case:
    return clinic.decide(case, "rate", DecisionKind.EDIT, text=text)


def asked(clinic: Clinic, case: CaseId, text: str, **changed: object) -> recheck.Checked:
    parts = replace(clinic.parts("web"), **changed)  # type: ignore[arg-type]
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return recheck.checked(parts, recheck.take_up(unit, case, "rate", text))


def test_what_is_typed_is_checked_and_nothing_is_kept(clinic: Clinic, case: CaseId) -> None:
    before = clinic.case(case)
    made = asked(clinic, case, f"{SLIP}\n{DOUBT}")
    assert [f.severity for f in made.guarded.findings] == [Severity.SERIOUS, Severity.CAUTION]
    assert [f.statement for f in made.guarded.findings] == ["rate.r1.1", "rate.r1.2"]
    assert clinic.case(case) == before


def test_what_the_model_drafted_is_not_told_again(clinic: Clinic) -> None:
    fast = clinic.in_review(b"0,1200\n")
    clinic.see_all(fast)
    standing = clinic.case(fast).section("rate").text
    assert "1200" in standing
    assert asked(clinic, fast, f"{standing}\nFine").guarded.findings == ()


def test_a_check_that_fails_on_an_edit_says_so_there(clinic: Clinic, case: CaseId) -> None:
    made = asked(clinic, case, "Fine", lines={"vitals": replace(VitalsLine(), checks=(Failing(),))})
    (finding,) = made.guarded.findings
    assert (finding.section, finding.severity) == ("rate", Severity.CAUTION)
    assert finding.explanation.startswith("This was not checked")
    assert made.guarded.ended(Outcome.FAILED) == ("slip",)


def test_a_serious_finding_of_an_edit_is_opened_before_all_else(
    clinic: Clinic, case: CaseId
) -> None:
    by = clinic.person()
    after = edit(clinic, case, f"{SLIP}\n{DOUBT}")
    assert [f.check for f in after.revisions[0].findings] == ["slip", "slip"]
    assert after.serious("rate") == {"rate.r1.1"}
    assert not after.seen("rate", by.id)
    clinic.decide(case, "fast", DecisionKind.ACCEPT)
    with pytest.raises(NotSeen):
        clinic.sign(case)
    with pytest.raises(NotSeen):
        edit(clinic, case, "Rate 80")
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.see(unit, case, "rate", 1, "rate.r1.1", by)
    clinic.sign(case)
    assert clinic.case(case).state is CaseState.SIGNED


def test_the_database_refuses_it_too(clinic: Clinic, case: CaseId) -> None:
    by = clinic.person()
    edit(clinic, case, SLIP)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        query = "select attending.seen(%s, 'rate', %s) as seen"
        assert unit.one(query, case, by.id)["seen"] is False
        review.see(unit, case, "rate", 1, "rate.r1.1", by)
        assert unit.one(query, case, by.id)["seen"] is True


def test_a_slip_that_is_mended_holds_nothing_up(clinic: Clinic, case: CaseId) -> None:
    by = clinic.person()
    edit(clinic, case, SLIP)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.see(unit, case, "rate", 1, "rate.r1.1", by)
    after = edit(clinic, case, "Rate 80")
    assert after.serious("rate") == frozenset()
    assert after.said("rate") == ()
    second = clinic.person("demo-second")
    clinic.see_all(case, second)
    assert clinic.case(case).seen("rate", second.id)


def test_a_slip_that_is_left_is_told_of_the_next_edit(clinic: Clinic, case: CaseId) -> None:
    by = clinic.person()
    edit(clinic, case, SLIP)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.see(unit, case, "rate", 1, "rate.r1.1", by)
    after = edit(clinic, case, f"{SLIP}\nNew words")
    assert after.serious("rate") == {"rate.r1.1"}
    assert after.seen("rate", by.id)  # opened once is opened


def test_no_edit_is_kept_without_its_checks(clinic: Clinic, case: CaseId) -> None:
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        version = unit.cases.head(case).version
        unchecked = review.Choice("rate", 0, DecisionKind.EDIT, "", "Rate 80")
        other = clinic.checked(unit, case, replace(unchecked, text="Rate 81"))
        for choice in (unchecked, replace(other, text="Rate 80")):
            with pytest.raises(InvalidInput):
                review.decide(unit, case, version, choice, by)
    assert clinic.case(case).revisions == ()


def test_what_came_of_the_checks_stands_with_the_edit(clinic: Clinic, case: CaseId) -> None:
    edit(clinic, case, "Rate 80")
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        rows = unit.all(
            "select revision, section, done from attending.guardings where case_id = %s"
            " order by revision",
            case,
        )
    assert rows == [
        {"revision": 0, "section": "", "done": ["fast-rate", "slip"]},
        {"revision": 1, "section": "rate", "done": ["fast-rate", "slip"]},
    ]


_GUARDING = """insert into attending.guardings
  (tenant_id, case_id, section, revision, done, failed, late, off, limit_ms)
values (%s, %s, 'rate', 2, '{}', '{}', '{}', '{}', 1)"""
_FINDING = """insert into attending.revision_findings
  (tenant_id, id, case_id, section, number, statement, check_name, severity, body)
values (%s, gen_random_uuid(), %s, 'rate', 1, 'rate.r1.1', 'slip', 'info', 'x')"""


@pytest.mark.parametrize("query", [_GUARDING, _FINDING], ids=["guarding", "finding"])
def test_nothing_is_slipped_in_later(clinic: Clinic, case: CaseId, query: str) -> None:
    edit(clinic, case, SLIP)
    clinic.see_all(case)
    clinic.decide(case, "fast", DecisionKind.ACCEPT)  # the case went on
    with as_superuser(clinic) as db, pytest.raises(psycopg.Error) as refused:
        db.execute(query, (clinic.tenant, case))
    assert refused.value.sqlstate == "AT005"
