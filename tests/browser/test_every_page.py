"""Every page in every state: who cannot see, point or wait uses it too; nothing leaks."""

from __future__ import annotations

from typing import Literal

import pytest
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Page, ViewportSize

from attending.core.speech import Role
from attending.web.console import console
from tests.browser.axe import violations
from tests.browser.conftest import VisitAs, Watched
from tests.browser.pages import LONG_NAME, NO_PAGES, STATES, Scene, State
from tests.browser.ward import Ward
from tests.lines.documentation.spoken import transcript

WIDE: ViewportSize = {"width": 1280, "height": 900}
ZOOMED: ViewportSize = {"width": 640, "height": 450}  # as 1280 at 200 %
NARROW: ViewportSize = {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_OVERFLOW = """() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"""
# What Tab reaches: of a group of radio buttons one, of a roving set the one that has the turn.
_FOCUSABLE = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true})
            && !e.closest('[inert]') && (e.type !== 'radio' || e.checked))
  .map((e, number) => { e.dataset.number = number; return e.outerHTML.slice(0, 120) })"""
# The ring is the element's own, or that of the row that it spans.
_FOCUSED = """() => {
  const e = document.activeElement
  const ringed = (each, part) => {
    const style = getComputedStyle(each, part)
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
  }
  return {number: e.dataset.number ?? null, html: e.outerHTML.slice(0, 120),
          outlined: ringed(e) || ringed(e, '::after')}
}"""
# A roving set gives the turn to one of it once it is entered; arrow keys lead to the others.
_STILL = "n => (document.querySelector(`[data-number='${n}']`)?.tabIndex ?? -1) >= 0"
_KEPT = """async () => JSON.stringify([{...localStorage}, {...sessionStorage},
    (await indexedDB.databases()).map(d => d.name), await caches.keys()])"""


@pytest.fixture
def scene(ward: Ward, visit_as: VisitAs) -> Scene:
    return Scene(ward, visit_as)


def test_every_page_has_a_state() -> None:
    routes = {
        str(route.path)
        for route in iter_route_contexts(console().routes)
        if "GET" in (route.methods or ())
    }
    assert routes - NO_PAGES == {state.route for state in STATES}


@pytest.mark.parametrize("state", STATES, ids=str)
def test_everybody_can_use(scene: Scene, state: State, watched: Watched) -> None:
    page = state.arrange(scene)
    allow_answers_of_400(watched, state)
    _reached_by_keyboard(page)
    _names_nobody_in_addresses(page)
    for size in (WIDE, NARROW, ZOOMED):
        page.set_viewport_size(size)
        assert page.evaluate(_OVERFLOW) <= 0, f"it scrolls sideways at {size['width']}"
        for scheme in SCHEMES if size is WIDE else SCHEMES[:1]:
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{size['width']} {scheme}"


def _reached_by_keyboard(page: Page) -> None:
    """By Tab alone, and one sees where one is."""
    wanted = page.evaluate(_FOCUSABLE)
    reached: dict[int, dict[str, object]] = {}
    page.evaluate("document.activeElement.blur()")
    for _ in range(3 * len(wanted) + 10):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused["number"] is not None:
            # A date is several stops, of which its calendar has a ring of its own.
            reached.setdefault(int(focused["number"]), focused)
        if len(reached) == len(wanted):
            break
    missed = [n for n in range(len(wanted)) if n not in reached and page.evaluate(_STILL, n)]
    assert [wanted[n] for n in missed] == []
    assert [each["html"] for each in reached.values() if not each["outlined"]] == []


def _names_nobody_in_addresses(page: Page) -> None:
    addresses = page.evaluate("[location.href, ...[...document.links].map(a => a.href)]")
    for part in LONG_NAME.split():
        assert not [each for each in addresses if part.lower() in each.lower()]


def allow_answers_of_400(watched: Watched, state: State) -> None:
    """Chromium says every refusal on its console; here it is meant."""
    if state.name in {"unknown", "no guide"}:
        watched.allowed.append("404")


def test_nothing_is_left_after_log_off(scene: Scene) -> None:
    case = scene.case()
    page = scene.at(f"/cases/{case}")
    assert LONG_NAME in page.content()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/logged-out")
    kept = page.evaluate(_KEPT)
    assert kept == "[{},{},[],[]]"
    page.go_back()
    page.wait_for_load_state()
    assert LONG_NAME not in page.content()
    assert not str(page.url).startswith(f"{scene.ward.url}/cases/")


def test_what_is_hostile_is_shown_as_text(scene: Scene, page: Page) -> None:
    name = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    said = "I take <script>document.title=3</script> <b>bold</b> losartan &amp; aspirin daily."
    case = scene.ward.in_review(
        transcript((Role.PATIENT, said)), patient=scene.ward.clinic.patient(name)
    )
    for path in ("/", f"/cases/{case}"):
        page.goto(f"{scene.ward.url}{path}")
        assert name in page.locator("main").inner_text()
        assert page.locator("main img, main script, main b").count() == 0
        assert page.title().endswith("Attending")
    assert "<script>document.title=3</script>" in page.locator("#source-panel").inner_text()
