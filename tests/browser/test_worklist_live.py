"""The worklist in a real browser: it follows what others do, and is worked by keyboard."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from attending import app as wiring
from attending.core.case import DecisionKind
from attending.core.ids import CaseId
from attending.demo.installation import NAME
from tests.browser.conftest import VisitAs, Watched
from tests.browser.ward import Ward
from tests.journeys.served import listening

CHANGED = 10_000  # milliseconds: a look a second, on a busy machine
SECOND = "demo-second"


def row(page: Page, case: CaseId) -> str:
    return f"#case-{case}"


def decide_first(ward: Ward, case: CaseId) -> None:
    clinic = ward.clinic
    clinic.see_all(case)
    clinic.decide(case, clinic.case(case).proposal().sections[0].key, DecisionKind.ACCEPT)


def listening_now(page: Page) -> None:
    """The page's stream stands: what happens from now on is told."""
    expect(page.locator("live-events[connected]")).to_be_attached()


def test_a_decision_of_another_shows_without_a_reload(ward: Ward, visit_as: VisitAs) -> None:
    case = ward.in_review()
    mine, theirs = visit_as(), visit_as(SECOND)
    listening_now(mine)
    mine.evaluate("window.stayed = true")
    expect(mine.locator(row(mine, case))).to_contain_text("0 of")
    theirs.goto(f"{ward.url}/cases/{case}")
    decide_first(ward, case)
    expect(mine.locator(row(mine, case))).to_contain_text("1 of", timeout=CHANGED)
    assert mine.evaluate("window.stayed")


def test_new_rows_wait_while_somebody_is_on_the_list(ward: Ward, page: Page) -> None:
    case = ward.in_review()
    page.reload()
    listening_now(page)
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.closest('li').id")
    before = page.locator(".cases li").count()
    fresh = ward.in_review()
    expect(page.locator(".news")).to_contain_text("1 new", timeout=CHANGED)
    expect(page.locator(row(page, fresh))).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('li').id") == focused
    page.keyboard.press("n")
    expect(page.locator(row(page, fresh))).to_be_visible()
    expect(page.locator(".cases li")).to_have_count(before + 1)
    assert page.evaluate("document.activeElement.closest('li').id") == focused
    expect(page.locator(".news")).to_be_empty()
    expect(page.locator(row(page, case))).to_be_visible()


def test_by_keyboard_alone(ward: Ward, page: Page) -> None:
    for _ in range(2):
        ward.in_review()
    page.reload()
    links = page.locator(".cases .patient a")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jk?")
    expect(page.get_by_role("searchbox")).to_have_value("jk?")
    page.get_by_role("searchbox").fill("")
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    href = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")


def test_a_search_shows_no_name_in_the_address(ward: Ward, page: Page) -> None:
    patient = ward.clinic.patient("Zora <b>Quist</b>")
    case = ward.in_review(patient=patient)
    page.get_by_role("searchbox").fill("zora")
    page.keyboard.press("Enter")
    expect(page.locator(".cases li")).to_have_count(1)
    expect(page.locator(row(page, case))).to_contain_text("Zora <b>Quist</b>")
    assert "zora" not in page.url.lower()


def test_a_role_without_cases_is_led_to_its_own_room(visit_as: VisitAs) -> None:
    expect(
        visit_as("demo-auditor").get_by_role("heading", name="Audit", exact=True)
    ).to_be_visible()


def test_a_page_that_is_hidden_listens_to_nothing(ward: Ward, page: Page) -> None:
    listening_now(page)
    limits = ward.served.app.state.limits
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page.locator("live-events[connected]")).not_to_be_attached()
    _until(lambda: not limits._streams._held)
    case = ward.in_review()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page.locator(row(page, case))).to_be_visible(timeout=CHANGED)


def test_a_restart_of_the_server_is_survived(ward: Ward, page: Page, watched: Watched) -> None:
    """The page says that the connection is lost, and then shows what it missed."""
    watched.allowed += ["ERR_CONNECTION", "ERR_INCOMPLETE", "ERR_EMPTY_RESPONSE", "ERR_ABORTED"]
    port = free_port()
    watched.hosts |= {f"{NAME}:{port}"}
    case = ward.in_review()
    lost = page.get_by_text("The connection to the server is lost")
    with another_process(ward, port) as address:
        page.goto(address)
        listening_now(page)
        expect(page.locator(row(page, case))).to_contain_text("0 of")
    expect(lost).to_be_visible(timeout=CHANGED)
    decide_first(ward, case)
    with another_process(ward, port):
        expect(page.locator(row(page, case))).to_contain_text("1 of", timeout=3 * CHANGED)
        expect(lost).to_have_count(0)
        page.goto("about:blank")


@contextmanager
def another_process(ward: Ward, port: int) -> Iterator[str]:
    """A web application over the same database, on a port of its own."""
    app = wiring.web(ward.clinic.installation.settings("web"))
    parts = app.state.parts.loop
    try:
        with listening(app, port) as address:
            yield address
    finally:
        parts.telemetry.close()
        parts.storage.close()


def free_port() -> int:
    with socket.create_server((NAME, 0)) as bound:
        return int(bound.getsockname()[1])


def test_a_session_that_was_ended_leaves_the_screen(
    ward: Ward, visit_as: VisitAs, watched: Watched
) -> None:
    watched.allowed += ["401"]
    page = visit_as(SECOND)
    listening_now(page)
    officer = ward.clinic.person("demo-safety")
    with ward.clinic.web.transaction(ward.clinic.tenant, str(officer.id)) as unit:
        unit.sessions.end(ward.clinic.person(SECOND).id, "", datetime.now(UTC), officer.id)
    page.wait_for_url("**/logged-out", timeout=2 * CHANGED)


def _until(holds: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(200):
        if holds():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come to that")
