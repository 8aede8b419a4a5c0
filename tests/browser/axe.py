"""What axe-core finds on a page, against WCAG 2.2 A and AA."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from tests.browser.chromium import ROOT

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """Each as a rule, its advice, and where; none on a page that keeps nobody out."""
    if page.evaluate("typeof axe") == "undefined":  # a document keeps it once it was given
        page.evaluate(_source())
    found = page.evaluate("levels => axe.run(document, {runOnly: levels})", LEVELS)
    return [
        f"{each['id']}: {each['help']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@cache
def _source() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
