"""Two clinicians at one case: no edit is lost, and no page is overwritten."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from attending.core.case import DecisionKind
from attending.core.ids import CaseId
from attending.loop import review as reviewing
from tests.browser.conftest import VisitAs, Watched
from tests.browser.consultations import short
from tests.browser.review_page import Review
from tests.browser.ward import Ward

SECOND = "demo-second"
MINE = "Unstable angina, I think."
THEIRS = "Stable angina, class two."


@pytest.fixture
def case(ward: Ward) -> CaseId:
    return ward.in_review(short())


@pytest.fixture
def mine(visit_as: VisitAs, ward: Ward, case: CaseId, watched: Watched) -> Review:
    """A 409 is what these tests mean to cause."""
    watched.allowed += ["status of 409"]
    return Review.opened(visit_as(), ward, case)


@pytest.fixture
def theirs(visit_as: VisitAs, ward: Ward, mine: Review) -> Review:
    return Review.opened(visit_as(SECOND), ward, mine.case)


def typing(review: Review) -> Locator:
    field = review.edit("assessment")
    field.fill(MINE)
    return field


def edited_by(review: Review, text: str = THEIRS) -> None:
    review.edit("assessment").fill(text)
    review.page.keyboard.press("Control+Enter")
    expect(review.card("assessment").locator("h3")).to_contain_text("edited by")


def noticed(review: Review) -> None:
    """The page looks at once, as it does when it is told that something changed."""
    review.page.evaluate("document.dispatchEvent(new CustomEvent('attending:changed'))")


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(
    ("choice", "kept"),
    [("Keep mine", MINE), ("Take theirs", THEIRS), ("Both", f"{THEIRS}\n{MINE}")],
)
def test_edit_against_edit(
    mine: Review, theirs: Review, told: bool, choice: str, kept: str
) -> None:
    field = typing(mine)
    edited_by(theirs)
    if told:
        noticed(mine)
    else:
        mine.page.keyboard.press("Control+Enter")
    block = mine.card("assessment").locator(".theirs")
    expect(block).to_contain_text(THEIRS)
    expect(block.get_by_role("button", name=choice)).to_be_in_viewport()
    assert mine.violations() == []
    expect(field).to_have_value(MINE)
    expect(field).to_be_focused()
    save = mine.button("assessment", "Save the edit")
    expect(save).to_be_disabled()
    mine.page.keyboard.press("Control+Enter")
    mine.said("Choose before you save.")
    mine.button("assessment", choice).click()
    expect(block).to_be_hidden()
    expect(field).to_have_value(kept)
    if kept != THEIRS:
        save.click()
        expect(mine.card("assessment").locator("h3")).to_contain_text("Lindqvist")
        assert mine.ward.clinic.case(mine.case).section("assessment").text == kept
    assert len(mine.ward.clinic.case(mine.case).revisions) == (1 if kept == THEIRS else 2)


def test_a_choice_still_waits_after_the_next_change(mine: Review, theirs: Review) -> None:
    field = typing(mine)
    edited_by(theirs)
    noticed(mine)
    expect(mine.card("assessment").locator(".theirs")).to_be_visible()
    theirs.accept("allergies")
    noticed(mine)
    expect(mine.card("allergies").locator("h3")).to_contain_text("accepted")
    expect(mine.button("assessment", "Save the edit")).to_be_disabled()
    expect(field).to_have_value(MINE)


@pytest.mark.parametrize("told", [True, False])
def test_edit_against_accept(mine: Review, theirs: Review, told: bool) -> None:
    field = typing(mine)
    theirs.accept("assessment")
    if told:
        noticed(mine)
    else:
        mine.page.keyboard.press("Control+Enter")
    expect(mine.page.locator("#news")).to_contain_text("accepted Assessment")
    expect(field).to_have_value(MINE)
    expect(field).to_be_focused()
    mine.page.keyboard.press("Control+Enter")
    expect(mine.card("assessment").locator("h3")).to_contain_text("edited")
    assert mine.ward.clinic.case(mine.case).section("assessment").text == MINE


@pytest.mark.parametrize("told", [True, False])
def test_edit_against_rejection(mine: Review, theirs: Review, told: bool) -> None:
    typing(mine)
    page = theirs.page
    page.get_by_text("Reject the whole draft").click()
    page.locator("#reject-case").fill("Wrong patient")
    page.get_by_role("button", name="Reject the draft").click()
    expect(page.locator(".case-state")).to_contain_text("rejected")
    _lost_its_place(mine, "rejected", told)


@pytest.mark.parametrize("told", [True, False])
def test_edit_against_signature(mine: Review, theirs: Review, told: bool) -> None:
    typing(mine)
    theirs.accept_all()
    page, ward = theirs.page, mine.ward
    page.locator("#sign").click()
    page.get_by_role("button", name="Sign").last.click()
    page.get_by_label("User name").fill(SECOND)
    page.get_by_label("Password").fill(ward.password(SECOND))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{mine.case}*")
    text = ward.clinic.case(mine.case).section("assessment").text
    _lost_its_place(mine, "signed", told)
    assert ward.clinic.case(mine.case).section("assessment").text == text


def _lost_its_place(mine: Review, state: str, told: bool) -> None:
    if told:
        noticed(mine)
    else:
        mine.page.keyboard.press("Control+Enter")
    expect(mine.page.locator(".case-state")).to_contain_text(state)
    expect(mine.page.locator("#kept textarea")).to_have_value(MINE)
    assert mine.page.locator("#section-assessment form").count() == 0
    mine.page.get_by_role("button", name="I no longer need it").click()
    mine.page.get_by_role("button", name="Discard", exact=True).click()
    expect(mine.page.locator("#kept")).to_be_hidden()


def test_a_change_comes_in_place_and_is_told(mine: Review, theirs: Review) -> None:
    mine.page.keyboard.press("n")
    at = mine.focus().get_attribute("id")
    theirs.accept("allergies")
    noticed(mine)
    mine.said("accepted Allergies")
    expect(mine.page.locator("#news")).to_contain_text("accepted Allergies")
    expect(mine.focus()).to_have_attribute("id", str(at))


def test_an_accept_after_an_edit_is_refused_and_shows_it(mine: Review, theirs: Review) -> None:
    """Of a page that was not told of the edit yet: else it would show it, and accept that."""
    mine.page.evaluate("document.querySelector('live-events').remove()")
    edited_by(theirs)
    mine.button("assessment", "Accept").click()
    expect(mine.card("assessment").locator(".banner")).to_contain_text("changed")
    expect(mine.card("assessment").locator(".statement")).to_have_text(THEIRS)
    decided = mine.ward.clinic.case(mine.case).decision("assessment")
    assert decided is not None
    assert decided.kind is DecisionKind.EDIT


def test_a_lost_answer_is_no_second_decision(mine: Review, ward: Ward) -> None:
    """The server carried it out, the page did not hear: trying again shows that it stands."""
    by = ward.clinic.person()
    with ward.clinic.web.transaction(ward.clinic.tenant, str(by.id)) as unit:
        known = unit.cases.case(mine.case)
        reviewing.see(unit, mine.case, "assessment", 0, None, by)
        choice = reviewing.Choice("assessment", 0, DecisionKind.ACCEPT)
        reviewing.decide(unit, mine.case, known.version, choice, by)
    mine.button("assessment", "Accept").click()
    expect(mine.page.locator("#news")).to_contain_text("You accepted Assessment")
    assert len(ward.clinic.case(mine.case).decisions) == 1
