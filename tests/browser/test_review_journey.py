"""From the worklist to the record, by mouse and by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from attending.core.case import CaseState, DecisionKind
from attending.core.ids import CaseId
from tests.browser.consultations import GUESSED, MARKUP, hostile, short
from tests.browser.review_page import SECTIONS, Review
from tests.browser.ward import Ward


@pytest.fixture
def case(ward: Ward) -> CaseId:
    return ward.in_review(short())


@pytest.fixture
def review(page: Page, ward: Ward, case: CaseId) -> Review:
    return Review.opened(page, ward, case)


def sign(review: Review) -> None:
    """On the sign page: the issuer asks who it is."""
    page, ward = review.page, review.ward
    page.get_by_role("button", name="Sign").last.press("Enter")
    page.get_by_label("User name").fill("demo-clinician")
    page.get_by_label("Password").fill(ward.password("demo-clinician"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{review.case}*")


def written(review: Review) -> str:
    """What stands in the record, and that the page says so."""
    release = review.ward.deliver(review.case)
    review.page.goto(f"{review.ward.url}/cases/{review.case}")
    expect(review.page.locator("#note")).to_contain_text("written and read back")
    return str(release.resource)


def test_by_mouse(page: Page, ward: Ward, case: CaseId) -> None:
    page.goto(ward.url)
    page.locator(f'a[href="/cases/{case}"]').first.click()
    review = Review.at(page, ward, case)
    review.open_warnings()
    review.edit("plan").fill("Amoxicillin 250 mg\nCome back in two weeks.")
    review.button("plan", "Save the edit").click()
    expect(review.card("plan")).to_contain_text("edited by")
    review.button("allergies", "Reject").click()
    review.button("allergies", "It was not said").click()
    expect(review.card("allergies").locator("h3")).to_contain_text("rejected")
    review.accept_all()
    page.locator("#sign").click()
    expect(page.locator("article.entry")).to_contain_text("Amoxicillin 250 mg")
    sign(review)
    assert ward.clinic.case(case).state is CaseState.SIGNED
    reasons = {d.section: d.reason for d in ward.clinic.case(case).decisions if d.reason}
    assert reasons == {"allergies": "It was not said"}
    assert "contentType" in written(review)


def test_by_keyboard_alone(page: Page, ward: Ward, case: CaseId) -> None:
    page.goto(ward.url)
    page.locator(f'a[href="/cases/{case}"]').first.press("Enter")
    review = Review.at(page, ward, case)
    keys = page.keyboard
    keys.press("n")
    expect(review.focus()).to_have_attribute("id", "statement-chief_complaint.1")
    while (
        key := str(page.evaluate("document.activeElement.closest('.card')?.dataset.section"))
    ) != "plan":
        done = SECTIONS - len(review.waiting())
        if key == "allergies":
            keys.press("r")
            keys.press("3")
        else:
            keys.press("a")
        review.decided(done + 1)
    expect(review.focus()).to_have_attribute("id", "statement-plan.1")
    keys.press("a")
    review.said("Open the warning before you decide.")
    keys.press("o")
    expect(review.focus()).to_have_attribute("id", "statement-plan.1")
    expect(review.focus()).to_contain_text("Serious")
    keys.press("e")
    expect(page.locator("#text-plan")).to_be_focused()
    keys.press("ControlOrMeta+A")
    keys.type("Amoxicillin 250 mg")
    keys.press("Control+Enter")
    review.said(f"Plan edited. {SECTIONS} of {SECTIONS} sections decided.")
    expect(page.locator("#sign")).to_be_focused()
    keys.press("s")
    page.wait_for_url("**/sign")
    sign(review)
    assert "contentType" in written(review)
    kinds = {d.section: d.kind for d in ward.clinic.case(case).decisions}
    assert kinds["plan"] is DecisionKind.EDIT
    assert kinds["allergies"] is DecisionKind.REJECT


def test_an_unopened_warning_holds_its_section(review: Review) -> None:
    accept = review.button("plan", "Accept")
    expect(accept).to_be_disabled()
    expect(review.card("plan")).to_contain_text("Open the warning before you decide.")
    assert review.card("plan").locator("form[action$='/decisions']").count() == 0
    expect(review.page.locator("#progress")).to_contain_text("1 warning to open")
    expect(review.card("plan")).not_to_contain_text("confidence")
    review.card("plan").locator(".open-warning").click()
    expect(accept).to_be_enabled()
    expect(review.page.locator("#progress")).not_to_contain_text("to open")
    review.accept("plan")


def test_findings_stand_at_their_statement_and_are_led_to(review: Review) -> None:
    jump = review.page.locator(".summary a", has_text="Plan 1")
    expect(review.page.locator("#summary")).to_contain_text("1 serious")
    jump.click()
    expect(review.focus()).to_have_attribute("id", "statement-plan.1")
    expect(review.focus()).to_contain_text(GUESSED)


def test_an_edit_is_left_by_escape_and_asks_only_for_what_was_typed(review: Review) -> None:
    page = review.page
    field = review.edit("assessment")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    field = review.edit("assessment")
    field.fill("Unstable angina")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep it").click()
    expect(field).to_have_value("Unstable angina")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(field).to_be_hidden()
    expect(review.button("assessment", "Edit")).to_be_focused()
    expect(review.edit("assessment")).not_to_have_value("Unstable angina")


def test_the_reasons_are_left_by_escape(review: Review) -> None:
    page = review.page
    review.button("assessment", "Reject").click()
    own = page.locator("#reason-assessment")
    own.press("Escape")
    expect(own).to_be_hidden()
    expect(review.button("assessment", "Reject")).to_be_focused()
    page.keyboard.press("r")
    own.fill("It was said by the nurse")
    own.press("Escape")
    page.get_by_role("button", name="Keep it").click()
    expect(own).to_be_focused()
    own.press("Enter")
    expect(review.card("assessment").locator("h3")).to_contain_text("said by the nurse")


def test_a_decision_is_changed_and_the_difference_shown(review: Review) -> None:
    review.accept("assessment")
    review.button("assessment", "Change").click()
    review.edit("assessment").fill("I think this is unstable angina.")
    review.page.keyboard.press("Control+Enter")
    expect(review.card("assessment").locator("h3")).to_contain_text("edited")
    review.button("assessment", "What the model had drafted").click()
    expect(review.card("assessment").locator("del")).to_contain_text("stable")
    expect(review.card("assessment").locator("ins")).to_contain_text("unstable")


def test_what_is_typed_elsewhere_survives_a_decision(review: Review) -> None:
    field = review.edit("assessment")
    field.fill("Half a sentence")
    review.accept("allergies")
    expect(field).to_be_visible()
    expect(field).to_have_value("Half a sentence")


def test_leaving_asks_only_while_something_is_typed(review: Review) -> None:
    page, asked = review.page, []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == []
    review.edit("assessment").press_sequentially("x")
    page.reload()
    assert asked == ["beforeunload"]


def test_a_key_decides_nothing_that_has_not_the_focus(review: Review) -> None:
    """Whoever reads the source, and presses a key, is first led to what it would decide."""
    review.page.keyboard.press("a")
    expect(review.focus()).to_have_attribute("id", "statement-chief_complaint.1")
    review.decided(0)
    review.page.keyboard.press("a")
    review.decided(1)


def test_single_keys_can_be_switched_off(review: Review) -> None:
    page = review.page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Single keys do something").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    expect(page.locator("[data-stop]:focus")).to_have_count(0)
    page.reload()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys do something").check()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("[data-stop]:focus")).to_have_count(1)


def test_keys_only_type_while_one_types(review: Review) -> None:
    field = review.edit("assessment")
    field.fill("")
    review.page.keyboard.type("jaoren?s123")
    expect(field).to_have_value("jaoren?s123")
    review.decided(0)


def test_tab_reaches_one_statement_and_its_buttons(review: Review) -> None:
    page = review.page
    page.keyboard.press("n")
    assert page.locator('[data-stop][tabindex="0"]').count() == 1
    page.keyboard.press("j")
    assert page.locator('[data-stop][tabindex="0"]').count() == 1
    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.closest('.card') !== null")
    assert inside


def test_markup_in_a_statement_is_text(page: Page, ward: Ward) -> None:
    review = Review.opened(page, ward, ward.in_review(hostile()))
    expect(review.card("plan").locator(".statement")).to_contain_text(MARKUP)
    review.open_warnings()  # markup is no sentence of a note: the guard says so
    field = review.edit("plan")
    field.fill(f"{MARKUP}\n</textarea><script>alert(2)</script>")
    page.keyboard.press("Control+Enter")
    expect(review.card("plan").locator(".statement").last).to_contain_text("<script>")
    assert page.locator("#note img, #note script, #note b").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 640, 1280])  # 640: at 200 % zoom
def test_nobody_is_kept_out(page: Page, ward: Ward, case: CaseId, scheme: str, width: int) -> None:
    """While it is reviewed; test_every_page has it as it is opened."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    review = Review.opened(page, ward, case)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    review.open_warnings()
    review.edit("plan")
    review.button("allergies", "Reject").click()
    assert review.violations() == []
    review.accept("assessment")
    page.keyboard.press("?")
    assert review.violations() == []


def test_a_statement_is_struck_out_by_one_key(review: Review) -> None:
    """What else was typed stays; nothing is saved before it is said so."""
    page = review.page
    review.open_warnings()
    plan = page.locator("#text-plan")
    second = page.locator("[id='statement-plan.2']")
    text = second.locator(".statement").inner_text()
    second.focus()
    page.keyboard.press("x")
    expect(plan).to_be_focused()
    assert text not in plan.input_value()
    assert "amoxicillin" in plan.input_value()
    review.said("struck out")
    assert review.ward.clinic.case(review.case).decisions == ()
    page.keyboard.press("Control+Enter")
    expect(review.card("plan")).to_have_attribute("data-decision", "edit")
    standing = review.ward.clinic.case(review.case).section("plan")
    assert [each.text for each in standing.statements if each.text == text] == []
    assert any(each.evidence for each in standing.statements), "what is left keeps its source"
