"""In a real browser: the guard speaks while a clinician types, and takes nothing away."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from attending.core.ids import CaseId
from tests.browser.conftest import Watched
from tests.browser.consultations import short
from tests.browser.review_page import Review
from tests.browser.ward import Ward

SLIP = "The pressure is 145 over 19."


@pytest.fixture
def case(ward: Ward) -> CaseId:
    return ward.in_review(short())


@pytest.fixture
def review(page: Page, ward: Ward, case: CaseId) -> Review:
    made = Review.opened(page, ward, case)
    made.open_warnings()
    return made


def said(review: Review) -> Locator:
    return review.card("assessment").locator("edit-check")


def test_a_slip_is_told_while_it_is_typed(review: Review) -> None:
    field = review.edit("assessment")
    field.press_sequentially(f" {SLIP}", delay=5)
    expect(said(review)).to_contain_text("A diastolic pressure of 19 is not plausible.")
    expect(said(review)).to_have_attribute("role", "status")
    expect(field).to_be_focused()
    assert SLIP in field.input_value()
    assert review.violations() == []
    field.fill("The pressure is 145 over 90.")
    expect(said(review)).not_to_contain_text("plausible")


def test_one_question_for_many_keys(review: Review) -> None:
    asked: list[str] = []
    review.page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/checks") else None)
    field = review.edit("assessment")
    field.press_sequentially(SLIP, delay=5)
    expect(said(review)).to_contain_text("plausible")
    assert len(asked) <= 3  # a slow machine may rest once or twice between keys


def test_a_slip_that_is_saved_waits_to_be_opened(review: Review) -> None:
    review.edit("assessment").fill(SLIP)
    review.button("assessment", "Save the edit").click()
    card = review.card("assessment")
    expect(card.locator(".open-warning")).to_have_count(1)
    expect(card).not_to_contain_text("is not plausible")
    review.open_warnings()
    expect(card).to_contain_text("is not plausible")


def test_what_is_typed_keeps_its_findings_over_a_change_of_the_note(review: Review) -> None:
    field = review.edit("assessment")
    field.fill(SLIP)
    expect(said(review)).to_contain_text("plausible")
    review.accept("plan")
    expect(field).to_have_value(SLIP)
    expect(said(review)).to_contain_text("plausible")


def test_a_guard_that_does_not_answer_says_so(review: Review, watched: Watched) -> None:
    watched.allowed.append("500")
    review.page.route("**/checks", lambda route: route.fulfill(status=500, body="x"))
    review.edit("assessment").fill(SLIP)
    expect(said(review)).to_contain_text("It is checked when you save.")
