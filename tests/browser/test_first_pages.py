"""The harness itself, and the first pages, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import VisitAs, Watched
from tests.browser.ward import Ward


def test_a_clinician_finds_the_case(page: Page, ward: Ward) -> None:
    case = ward.in_review()
    page.reload()
    page.get_by_role("link", name="Ann Test").first.click()
    page.wait_for_url(f"**/cases/{case}")
    expect(page.locator("#source-panel .utterance")).not_to_have_count(0)
    expect(page.locator("[data-evidence]")).not_to_have_count(0)


def test_scripts_and_styles_are_loaded_under_the_policy(page: Page) -> None:
    assert page.evaluate("typeof window.htmx") == "object"
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 20
    assert page.evaluate("[...document.styleSheets].every(sheet => sheet.href)")


def test_what_must_not_happen_is_seen(page: Page, watched: Watched) -> None:
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">')")
    page.evaluate("fetch('http://127.0.0.1:9/fetched').catch(() => 0)")
    page.evaluate("console.error('said')")
    with pytest.raises(PlaywrightError):
        page.goto("http://127.0.0.1:9/followed")
    found = " ".join(watched.wrong)
    assert "inline style" in found
    assert "connect-src" in found
    assert "said" in found
    assert "asked elsewhere: http://127.0.0.1:9/followed" in found
    watched.allowed += ["inline style", "127.0.0.1:9", "said"]


@pytest.mark.parametrize("username", ["demo-safety", "demo-auditor"])
def test_others_are_received_too(visit_as: VisitAs, username: str) -> None:
    expect(visit_as(username).locator("h1")).to_be_visible()


def test_the_browser_is_the_packed_one_or_the_named_one(browser: Browser) -> None:
    assert browser.version
