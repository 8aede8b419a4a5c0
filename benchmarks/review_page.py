"""The review page of a visit of half an hour, in a real browser: until it can be worked with."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from attending.demo.commands import CLINICIAN
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median, spread
from benchmarks.ready_clinic import ReadyClinic
from benchmarks.running import serving
from tests.browser.chromium import chromium

GOAL = 1.0  # seconds until the page answers
# When its scripts have run and nothing long is at work: from then on keys and pointer answer.
_READY = """() => new Promise(resolve => requestAnimationFrame(() => setTimeout(() => {
  const [page] = performance.getEntriesByType('navigation');
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  new PerformanceObserver(() => {}).observe({type: 'longtask', buffered: true});
  const long = performance.getEntriesByType('longtask').map(e => e.startTime + e.duration);
  resolve({
    server: page.responseStart - page.requestStart,
    interactive: Math.max(page.domContentLoadedEventEnd, paint?.startTime ?? 0, ...long),
    elements: document.querySelectorAll('*').length,
  });
})))"""
# From the focus on a statement to the frame that shows its words.
_MARKED = """n => new Promise(resolve => {
  const chips = document.querySelectorAll('a.evidence');
  const begun = performance.now();
  chips[n % chips.length].focus();
  if (!CSS.highlights.get('attending-evidence')) throw new Error('nothing is marked');
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
})"""


@dataclass(frozen=True)
class _Loads:
    server: list[float]
    interactive: list[float]
    marked: list[float]
    elements: int
    html: str


def measure(bench: Bench) -> list[Figure]:
    times = bench.pick(20, 8, 1)
    installation = bench.installation("review", "long_line")
    with serving(installation, "web"):
        with ReadyClinic.opened(installation) as clinic:
            case = clinic.in_review()
        bench.tell(f"review page: loaded {times} times")
        with chromium().launched() as browser:
            loads = _loaded(browser, installation, f"/cases/{case}", times)
    return _figures(loads)


def _loaded(browser: Browser, installation: Installation, path: str, times: int) -> _Loads:
    page = browser.new_page()
    _log_in(page, installation)
    address = installation.web_url + path
    page.goto(address)  # the first one also fetches scripts and styles
    told, marked = [], []
    for number in range(times):
        page.goto(address)
        told.append(_ready(page))
        marked.append(float(page.evaluate(_MARKED, number)) / 1000)
    html = page.request.get(address).text()
    return _Loads(
        [each["server"] / 1000 for each in told],
        [each["interactive"] / 1000 for each in told],
        marked,
        told[-1]["elements"],
        html,
    )


def _ready(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_READY)
    return found


def _log_in(page: Page, installation: Installation) -> None:
    page.goto(installation.web_url)
    page.get_by_label("User name").fill(CLINICIAN)
    page.get_by_label("Password").fill(installation.secrets[CLINICIAN])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{installation.web_url}/**")


def _figures(loads: _Loads) -> list[Figure]:
    size, packed = len(loads.html.encode()), len(gzip.compress(loads.html.encode(), 6))
    return [
        Figure.at_most(
            "Review page of a visit of 30 minutes, until it can be worked with",
            median(loads.interactive),
            "s",
            GOAL,
            f"from the request; scripts run, painted, no long task left; {loads.elements:,} "
            f"elements; {spread(loads.interactive)}",
        ),
        Figure(
            "Of it, until the first byte comes",
            median(loads.server),
            "s",
            f"rendered at the server, with log-in and policies; {spread(loads.server)}",
        ),
        Figure("Its size", size / 1024, "KiB", f"as sent; {packed / 1024:.0f} KiB as gzip"),
        Figure(
            "From the focus on a statement until its words are marked",
            median(loads.marked),
            "s",
            f"the next frame included; {spread(loads.marked)}",
        ),
    ]
