"""``make screenshots``: the main pages as they look, light and dark, into docs/screenshots."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize

from attending.adapters.storage.embedded import EmbeddedPostgres
from tests.browser.chromium import ROOT, chromium
from tests.browser.conftest import log_in
from tests.browser.pages import STATES, Scene, State
from tests.browser.ward import warding
from tests.clinic import Clinic
from tests.conftest import ALL_LINES

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
FOLDER = ROOT / "docs/screenshots"
# By route and state; the name is the file's.
MAIN = {
    "worklist": "/ full",
    "review": "/cases/{case} in review",
    "decided": "/cases/{case} decided",
    "sign": "/cases/{case}/sign ready",
    "capture": "/captures/{capture} ready",
    "audit": "/audit some",
    "system": "/admin some",
    "timeline": "/encounters/{encounter} full",
    "failures": "/failures some",
    "safety": "/safety paused",
}
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    home = Path(tempfile.mkdtemp(prefix="attending-screenshots-"))
    home.chmod(0o755)  # the server's account must reach its data below
    try:
        with (
            chromium().launched() as browser,
            Clinic.opened(home, lines=ALL_LINES) as clinic,
            warding(clinic) as ward,
            ExitStack() as contexts,
        ):

            def visit(username: str = "demo-clinician") -> Page:
                page = _context(browser, contexts)
                log_in(page, ward, username)
                return page

            _take_all(Scene(ward, visit))
    finally:
        EmbeddedPostgres(home / "postgres").stop()
        shutil.rmtree(home, ignore_errors=True)


def _context(browser: Browser, contexts: ExitStack) -> Page:
    context = browser.new_context(viewport=WIDE)
    contexts.callback(context.close)
    return context.new_page()


def _take_all(scene: Scene) -> None:
    known = {str(state): state for state in STATES}
    for name, wanted in MAIN.items():
        _take(scene, name, known[wanted])


def _take(scene: Scene, name: str, state: State) -> None:
    page = state.arrange(scene)
    page.wait_for_load_state()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(WIDE)
        page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    page.screenshot(path=FOLDER / f"{name}-narrow.png")


if __name__ == "__main__":
    main()
