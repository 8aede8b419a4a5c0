"""The review page as a clinician has it in hand."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from attending.core.ids import CaseId
from tests.browser import axe
from tests.browser.ward import Ward

SECTIONS = 10


@dataclass(frozen=True)
class Review:
    page: Page
    ward: Ward
    case: CaseId

    @classmethod
    def opened(cls, page: Page, ward: Ward, case: CaseId) -> Review:
        page.goto(f"{ward.url}/cases/{case}")
        return cls.at(page, ward, case)

    @classmethod
    def at(cls, page: Page, ward: Ward, case: CaseId) -> Review:
        """As soon as its script runs."""
        expect(page.locator('[data-stop][tabindex="0"]')).to_have_count(1)
        return cls(page, ward, case)

    def card(self, key: str) -> Locator:
        return self.page.locator(f"#section-{key}")

    def button(self, key: str, name: str) -> Locator:
        """A summary, too, is one for who presses it."""
        shown = self.card(key).locator("button, summary").filter(has_text=name)
        return shown.locator("visible=true").first

    def edit(self, key: str) -> Locator:
        """The field, open and with the focus."""
        self.button(key, "Edit").click()
        field = self.page.locator(f"#text-{key}")
        expect(field).to_be_focused()
        return field

    def accept(self, key: str) -> None:
        self.button(key, "Accept").click()
        expect(self.card(key).locator("h3")).to_contain_text("accepted")

    def accept_all(self) -> None:
        """Of what waits; every warning opened."""
        self.open_warnings()
        for key in self.waiting():
            self.accept(key)

    def open_warnings(self) -> None:
        warnings = self.page.locator(".open-warning")
        while left := warnings.count():
            warnings.first.click()
            expect(warnings).to_have_count(left - 1)

    def waiting(self) -> list[str]:
        cards = self.page.locator(".card:not([data-decision])")
        return [str(each.get_attribute("data-section")) for each in cards.all()]

    def decided(self, count: int) -> None:
        expect(self.page.locator("#progress")).to_contain_text(f"{count} of {SECTIONS} sections")

    def said(self, text: str) -> None:
        expect(self.page.locator("#announcement")).to_contain_text(text)

    def violations(self) -> list[str]:
        """On a screen that shows all at once: what lies half behind a bar counts as too small."""
        size = self.page.viewport_size or {"width": 1280, "height": 800}
        self.page.set_viewport_size({"width": size["width"], "height": 5_000})
        found = axe.violations(self.page)
        self.page.set_viewport_size(size)
        return found

    def focus(self) -> Locator:
        return self.page.locator("*:focus")
