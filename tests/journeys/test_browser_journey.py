"""A recording becomes a note in the stand-in EHR, by a clinician at a real browser.

Every process is real, speech too: nothing stands in for anything but the EHR itself, which
is a FHIR server that nobody here wrote.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from attending.demo.commands import SAMPLE
from attending.demo.document import NoteDocument
from attending.demo.installation import Installation
from tests.browser.chromium import chromium
from tests.journeys.sounds import excerpt
from tests.journeys.test_demo import attending

PATIENCE = 60_000.0  # milliseconds, for what another process does
OWN = "Come back in two weeks (written by a clinician)."


@pytest.fixture
def case(demo: Installation, folder: Path) -> str:
    """The id of a case whose draft waits."""
    recording = excerpt(SAMPLE, folder / "visit.ogg", 30)
    done = attending("note", str(recording), "--json", "--home", str(demo.home))
    assert done.returncode == 0, done.stderr
    return str(NoteDocument.model_validate_json(done.stdout).case.id)


@pytest.fixture
def page(demo: Installation) -> Iterator[Page]:
    with chromium().launched() as browser, browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(demo.web_url)
        prove(page, demo)
        yield page


def prove(page: Page, demo: Installation) -> None:
    """At the issuer's page: name, password, Enter."""
    page.get_by_label("User name").focus()
    page.keyboard.type("demo-clinician")
    page.keyboard.press("Tab")
    page.keyboard.type(demo.secrets["demo-clinician"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo.web_url}/**")


def in_the_ehr(page: Page, demo: Installation) -> str:
    """The note's text as the EHR gives it, by the reference that the page shows."""
    place = page.locator(".releases code").first
    expect(place).to_be_visible(timeout=PATIENCE)
    reference = place.inner_text()
    found = httpx.get(f"{demo.ehr_url}/{reference}", trust_env=False).json()
    assert found["docStatus"] == "final"
    parts = [each["attachment"]["data"] for each in found["content"]]
    return "\n".join(base64.b64decode(part).decode() for part in parts)


def test_by_mouse(demo: Installation, case: str, page: Page) -> None:
    page.locator(f'a[href="/cases/{case}"]').first.click()
    warnings = page.locator(".open-warning")
    while left := warnings.count():
        warnings.first.click()
        expect(warnings).to_have_count(left - 1)
    plan = page.locator("#section-plan")
    plan.locator("summary", has_text="Edit").click()
    plan.locator("textarea").fill(OWN)
    plan.get_by_role("button", name="Save the edit").click()
    expect(plan).to_have_attribute("data-decision", "edit")
    waiting = page.locator(".card:not([data-decision])")
    while left := waiting.count():
        waiting.first.get_by_role("button", name="Accept").click()
        expect(waiting).to_have_count(left - 1)
    page.locator("#sign").click()
    expect(page.locator("article.entry")).to_contain_text(OWN)
    page.get_by_role("button", name="Sign").last.click()
    prove(page, demo)
    assert OWN in in_the_ehr(page, demo)


def test_by_keyboard_alone(demo: Installation, case: str, page: Page) -> None:
    keys = page.keyboard
    link = page.locator(f'a[href="/cases/{case}"]').first
    while not link.evaluate("link => link === document.activeElement"):
        keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("review-desk")).to_be_visible()
    waiting, warnings = page.locator(".card:not([data-decision])"), page.locator(".open-warning")
    while left := waiting.count():
        keys.press("n")
        if page.evaluate(
            "!!document.activeElement.closest('.card').querySelector('.open-warning')"
        ):
            unopened = warnings.count()
            keys.press("o")
            expect(warnings).to_have_count(unopened - 1)
            continue
        keys.press("a")
        expect(waiting).to_have_count(left - 1)
    keys.press("s")
    page.wait_for_url("**/sign")
    sign = page.get_by_role("button", name="Sign").last
    while not sign.evaluate("button => button === document.activeElement"):
        keys.press("Tab")
    keys.press("Enter")
    prove(page, demo)
    assert "blood pressure" in in_the_ehr(page, demo)
