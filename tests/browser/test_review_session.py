"""A session that ends in the middle of an edit, and a server that does not answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import CLINICIAN, VisitAs, Watched
from tests.browser.consultations import short
from tests.browser.review_page import Review
from tests.browser.ward import Ward

MINE = "Half an hour of typing"
IDLE = 30 * 60 * 1_000  # milliseconds


@pytest.fixture
def review(visit_as: VisitAs, ward: Ward, watched: Watched) -> Review:
    watched.allowed += ["status of 401", "status of 403"]
    page = visit_as()
    page.clock.install()
    return Review.opened(page, ward, ward.in_review(short()))


def end_session(review: Review) -> None:
    """As the server forgets it: the cookie tells no session any more."""
    review.page.context.clear_cookies()


def log_in_beside(review: Review, username: str = CLINICIAN) -> Page:
    """In the tab that the page offers."""
    with review.page.context.expect_page() as opened:
        review.page.get_by_role("link", name="Log in").click()
    tab = opened.value
    tab.get_by_label("User name").fill(username)
    tab.get_by_label("Password").fill(review.ward.password(username))
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{review.ward.url}/**")
    return tab


def is_blank(review: Review) -> None:
    expect(review.page.get_by_role("dialog")).to_contain_text("Your session has ended")
    html = review.page.content()
    for word in ("angina", "Ann Test", MINE, "amoxicillin"):
        assert word not in html


def test_what_is_typed_survives_the_end_of_the_session(review: Review) -> None:
    field = review.edit("assessment")
    field.fill(MINE)
    end_session(review)
    review.page.keyboard.press("Control+Enter")
    is_blank(review)
    review.page.keyboard.press("Escape")
    review.page.keyboard.press("Escape")
    is_blank(review)
    assert review.violations() == []
    tab = log_in_beside(review)
    expect(tab.locator("h1")).to_have_text("You are logged in")
    expect(field).to_have_value(MINE)
    expect(field).to_be_focused()
    review.said("What you typed is still here")
    review.page.keyboard.press("Control+Enter")
    expect(review.card("assessment").locator("h3")).to_contain_text("edited")
    assert review.ward.clinic.case(review.case).section("assessment").text == MINE


def test_somebody_else_finds_nothing(review: Review) -> None:
    review.edit("assessment").fill(MINE)
    end_session(review)
    review.page.keyboard.press("Control+Enter")
    is_blank(review)
    log_in_beside(review, "demo-second")
    review.page.wait_for_url(f"{review.ward.url}/")
    assert MINE not in review.page.content()
    review.page.go_back()
    assert MINE not in review.page.content()


def test_left_alone_it_locks_over_what_is_typed(review: Review) -> None:
    field = review.edit("assessment")
    field.fill(MINE)
    review.page.clock.fast_forward(IDLE + 60_000)
    is_blank(review)
    log_in_beside(review)
    expect(field).to_have_value(MINE)


def test_left_alone_with_nothing_typed_it_gives_way(review: Review) -> None:
    review.page.clock.fast_forward(IDLE + 60_000)
    review.page.wait_for_url("**/logged-out")


def test_ended_from_elsewhere_it_locks(review: Review, visit_as: VisitAs) -> None:
    """The page learns it when it looks whether the case was changed."""
    field = review.edit("assessment")
    field.fill(MINE)
    elsewhere = visit_as()
    elsewhere.goto(f"{review.ward.url}/session")
    elsewhere.get_by_role("button", name="Log out everywhere").click()
    elsewhere.wait_for_url("**/logged-out")
    review.ward.served.forget()  # a log-in of the same second is ended with it
    review.page.evaluate("document.dispatchEvent(new CustomEvent('attending:changed'))")
    is_blank(review)
    log_in_beside(review)
    expect(field).to_have_value(MINE)
    review.page.keyboard.press("Control+Enter")
    expect(review.card("assessment").locator("h3")).to_contain_text("edited")


def test_working_keeps_the_session_open(review: Review) -> None:
    asked: list[str] = []
    review.page.on("request", lambda request: asked.append(request.url))
    review.edit("assessment").fill(MINE)
    for _ in range(8):
        review.page.keyboard.press("ArrowLeft")
        review.page.clock.fast_forward(IDLE // 4)
    expect(review.page.locator("#text-assessment")).to_be_visible()
    assert f"{review.ward.url}/session/form" in asked


def test_logged_in_anew_elsewhere_the_forms_still_work(review: Review) -> None:
    """The other tab's session has another word in its forms."""
    tab = review.page.context.new_page()
    tab.goto(f"{review.ward.url}/login?anew=true")
    tab.get_by_label("User name").fill(CLINICIAN)
    tab.get_by_label("Password").fill(review.ward.password(CLINICIAN))
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{review.ward.url}/")
    review.button("allergies", "Accept").click()
    again = review.page.get_by_role("button", name="Try again")
    accepted = review.card("allergies").locator("h3", has_text="accepted")
    expect(again.or_(accepted)).to_be_visible()
    if again.is_visible():
        again.click()
    expect(accepted).to_be_visible()


def test_a_server_that_does_not_answer(review: Review, watched: Watched) -> None:
    watched.allowed += ["ERR_FAILED", "htmx:error", "Failed to fetch"]
    field = review.edit("assessment")
    field.fill(MINE)

    def lost(route: Route) -> None:
        route.abort()

    review.page.route("**/decisions", lost)
    review.page.keyboard.press("Control+Enter")
    said = review.card("assessment").get_by_role("alert")
    expect(said).to_contain_text("Nothing is lost")
    expect(field).to_have_value(MINE)
    review.page.unroute("**/decisions")
    review.page.get_by_role("button", name="Try again").click()
    expect(review.card("assessment").locator("h3")).to_contain_text("edited")


def test_a_server_that_is_broken(review: Review, watched: Watched) -> None:
    watched.allowed += ["status of 503"]
    review.page.route("**/decisions", lambda route: route.fulfill(status=503, body="<p>No</p>"))
    review.button("allergies", "Accept").click()
    expect(review.card("allergies").get_by_role("alert")).to_contain_text("could not do this")
    review.page.unroute("**/decisions")
    review.page.get_by_role("button", name="Try again").click()
    expect(review.card("allergies").locator("h3")).to_contain_text("accepted")
