"""The pages beside the review, in a real browser: by keyboard, narrow and wide, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from attending.core.case import CaseState
from attending.core.errors import EngineFailed
from attending.core.ids import CaseId, FailureId
from attending.core.pause import Stop, StopScope
from attending.core.work import Step
from attending.loop.recover import give_up
from tests.browser.axe import violations
from tests.browser.conftest import VisitAs
from tests.browser.ward import Ward
from tests.web.test_timeline_page import spans_of

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
DOCUMENTATION = Stop(StopScope.LINE, "documentation")
PAGES = {
    "timeline": ("demo-clinician", "/encounters/{encounter}"),
    "failures": ("demo-clinician", "/failures"),
    "audit": ("demo-auditor", "/audit"),
    "safety": ("demo-safety", "/safety"),
    "system": ("demo-admin", "/admin"),
    "settings": ("demo-admin", "/admin/settings"),
}


@pytest.fixture(scope="module")
def reviewed(ward: Ward) -> CaseId:
    """A case in review that was tried twice; beside it a failure and a pause that was let go."""
    case = ward.in_review()
    spans_of(ward.clinic, case, "infer", "engine.failed", "")
    failed(ward)
    ward.clinic.resume(ward.clinic.pause(Stop(StopScope.LINE, "vitals"), "It erred."))
    return case


def failed(ward: Ward) -> tuple[CaseId, FailureId]:
    source, head = ward.upload()
    job = ward.clinic.job(Step.DECODE, source.id)
    give_up(ward.clinic.databases["inference"], job, EngineFailed("The engine broke."))
    with ward.clinic.web.transaction(ward.clinic.tenant, "tests") as unit:
        return head.id, next(f.id for f in unit.failures.open() if f.subject_id == source.id)


@pytest.fixture
def _nothing_stays_paused(ward: Ward) -> Iterator[None]:
    yield
    with ward.clinic.web.transaction(ward.clinic.tenant, "tests") as unit:
        standing = unit.pauses.standing()
    for each in standing:
        ward.clinic.resume(each.id)


@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_kept_out_of_what_unfolds(
    ward: Ward, visit_as: VisitAs, reviewed: CaseId, name: str
) -> None:
    """What test_every_page leaves folded."""
    username, path = PAGES[name]
    page = visit_as(username, viewport=NARROW, color_scheme="dark")
    page.goto(ward.url + path.format(encounter=ward.clinic.case(reviewed).encounter))
    for summary in page.locator("summary").all():
        summary.click()
    assert violations(page) == []
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0, f"the page is {wider} px wider than the screen"


def test_what_scrolls_is_reached_by_keyboard(
    ward: Ward, visit_as: VisitAs, reviewed: CaseId
) -> None:
    page = visit_as(viewport=NARROW)
    page.goto(f"{ward.url}/encounters/{ward.clinic.case(reviewed).encounter}")
    chart = page.get_by_role("region", name="The course over time")
    assert chart.evaluate("each => each.scrollWidth > each.clientWidth")
    for _ in range(20):
        page.keyboard.press("Tab")
        if chart.evaluate("each => each === document.activeElement"):
            break
    expect(chart).to_be_focused()


def test_a_failure_is_tried_again_by_keyboard(ward: Ward, visit_as: VisitAs) -> None:
    case, failure = failed(ward)
    page = visit_as("demo-engineer")
    page.goto(f"{ward.url}/failures")
    card = page.locator(f"#failure-{failure}")
    expect(card).to_contain_text("There is no draft to review.")
    card.get_by_role("button", name="Try again").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_role("status")).to_contain_text("it is tried again")
    expect(card).to_have_count(0)
    assert ward.clinic.case(case).state is CaseState.DRAFTING


def test_a_failure_is_handed_over(ward: Ward, visit_as: VisitAs) -> None:
    _, failure = failed(ward)
    giver, taker = visit_as("demo-clinician"), visit_as("demo-engineer")
    giver.goto(f"{ward.url}/failures")
    card = giver.locator(f"#failure-{failure}")
    card.locator("summary").click()
    card.get_by_label("To", exact=True).select_option(str(ward.clinic.person("demo-engineer").id))
    card.get_by_label("Note").fill("The disk <b>is</b> full.")
    card.locator("details").get_by_role("button", name="Hand it over").click()
    expect(giver.locator("main").get_by_role("status")).to_contain_text(
        "it belongs to Kim Soto (demo) now"
    )
    taker.goto(f"{ward.url}/failures?mine=true")
    expect(taker.locator(f"#failure-{failure}")).to_contain_text("The disk <b>is</b> full.")


def test_what_happens_after_a_retry_appears_by_itself(ward: Ward, visit_as: VisitAs) -> None:
    """Once the page is told that something changed."""
    case, failure = failed(ward)
    page = visit_as("demo-engineer")
    page.goto(f"{ward.url}/failures")
    page.locator(f"#failure-{failure}").get_by_role("button", name="Try again").click()
    status = page.locator("main").get_by_role("status")
    expect(status).to_contain_text("being drafted")
    source = ward.clinic.case(case).source
    job = ward.clinic.job(Step.DECODE, source)
    give_up(ward.clinic.databases["inference"], job, EngineFailed("Again."))
    page.evaluate("document.dispatchEvent(new CustomEvent('attending:changed'))")
    expect(status).to_contain_text("The case is now: failed")


@pytest.mark.usefixtures("_nothing_stays_paused")
def test_a_line_is_paused_and_let_go(ward: Ward, visit_as: VisitAs) -> None:
    page = visit_as("demo-safety")
    page.goto(f"{ward.url}/safety")
    page.get_by_label("Line or model").select_option(label="Consultation note (line documentation)")
    page.locator("#reason").fill("Medicines are misheard.")
    page.get_by_role("button", name="Pause it").click()
    expect(page.locator("h1")).to_contain_text("Pause the line documentation?")
    assert violations(page) == []
    page.keyboard.press("Enter")  # the button has the focus
    expect(page.locator(".card")).to_contain_text("Medicines are misheard.")
    line = page.get_by_role("row", name=re.compile("^Consultation note"))
    expect(line).to_contain_text("paused")
    page.get_by_role("link", name="Let it go on").click()
    assert violations(page) == []
    page.get_by_role("button").filter(has_text=re.compile("[Ss]ign|Log in")).first.click()
    log_in_anew(page, ward, "demo-safety")
    expect(page.get_by_text("Nothing is paused.")).to_be_visible()
    expect(page.get_by_role("region", name="History")).to_contain_text(
        "let go by Noor Haddad (demo)"
    )


def log_in_anew(page: Page, ward: Ward, username: str) -> None:
    """What signs takes a fresh log-in."""
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(ward.password(username))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{ward.url}/**")


@pytest.mark.usefixtures("_nothing_stays_paused")
def test_a_pause_of_another_officer_appears_by_itself(ward: Ward, visit_as: VisitAs) -> None:
    page = visit_as("demo-safety")
    page.goto(f"{ward.url}/safety")
    page.locator("#reason").fill("Half typed")
    ward.clinic.pause(DOCUMENTATION, "Found by a colleague.")
    page.evaluate("document.dispatchEvent(new CustomEvent('attending:changed'))")
    expect(page.locator(".card")).to_contain_text("Found by a colleague.")
    expect(page.locator("#reason")).to_have_value("Half typed")


def test_the_audit_is_filtered_and_verified(
    ward: Ward, visit_as: VisitAs, reviewed: CaseId
) -> None:
    page = visit_as("demo-auditor")
    expect(page.get_by_role("heading", name="Audit", exact=True)).to_be_visible()
    page.get_by_label("Case or encounter id").fill(str(reviewed))
    page.get_by_label("What was done").select_option(label="Draft made")
    page.get_by_label("From").fill(f"{datetime.now(UTC):%Y-%m-%d}")
    page.keyboard.press("Enter")
    rows = page.locator("table.audit tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Draft made")
    rows.get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Timeline")
    page.go_back()
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("The chain holds.")
    assert violations(page) == []


def test_a_long_verification_goes_on_by_itself(
    ward: Ward, visit_as: VisitAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attending.web.console.audit.STEP", 10)
    page = visit_as("demo-auditor")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("The chain holds.")


def test_the_export_is_a_file(ward: Ward, visit_as: VisitAs) -> None:
    page = visit_as("demo-auditor")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export every entry").click()
    assert re.fullmatch(
        rf"audit-{UUID(str(ward.clinic.tenant))}-\d{{4}}-\d\d-\d\d\.ndjson",
        download.value.suggested_filename,
    )
