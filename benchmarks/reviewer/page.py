"""The modelled reviewer at the real page, by keyboard alone: every key is really pressed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from benchmarks.reviewer.reader import Reader

PATIENCE = 180_000.0  # milliseconds: the machine may be busy, and its time is not counted
_IS_NEXT = """button => {
  const at = document.activeElement, key = "[data-key=o]"
  const stop = at.closest("[data-stop]"), card = at.closest(".card")
  return (stop?.querySelector(key) ?? card?.querySelector(key)) === button
}"""
_TEXTS = "nodes => nodes.map(node => node.innerText)"


@dataclass
class Review:
    """One note. ``wrong``: statements that the reviewer recognises once they are opened.

    ``alarms``: what findings cost at statements that were right.
    """

    page: Page
    wrong: frozenset[str]
    reader: Reader = field(default_factory=Reader)
    alarms: Reader = field(default_factory=Reader)
    opened: set[str] = field(default_factory=set)
    flagged: set[str] = field(default_factory=set)

    def done(self, address: str) -> None:
        """From the case's page to the button that signs."""
        self.page.goto(address, timeout=PATIENCE)
        self.flagged = {
            str(each.get_attribute("value"))
            for each in self.page.locator(".concern.serious input[name=statement]").all()
        }
        self._read("#note .summary p")
        keys = self.page.locator("#note .card").evaluate_all(
            "all => all.map(e => e.dataset.section)"
        )
        for key in keys:
            self._section(str(key))
        self._press("s")
        self.page.wait_for_url("**/sign", timeout=PATIENCE)
        for part in (".facts dd:first-of-type", "[aria-labelledby=changes]", ".meaning"):
            self._read(part)
        self._tap(1)  # the button that signs

    def _section(self, key: str) -> None:
        card = self.page.locator(f"#section-{key}")
        self._read(f"#section-{key} .title")
        self._read(f"#section-{key} .statement")
        for shown in card.locator(".finding").all():
            self._judge(shown.inner_text(), self.alarms)
        errors = []
        while (closed := card.locator(".open-warning")).count():
            statement = self._open(card, closed.first)
            if statement in self.wrong:
                errors.append(statement)
        if errors:
            self._strike(card, errors)
        else:
            self._decide(card, "a")

    def _open(self, card: Locator, button: Locator) -> str:
        statement = str(button.get_attribute("id")).removeprefix("open-")
        before = card.locator(".open-warning").count()
        shown = set(card.locator(".finding").all_inner_texts())
        counted = Reader() if statement in self.wrong else self.alarms
        self._go_to(button, counted)
        self._press("o", counted)
        expect(card.locator(".open-warning")).to_have_count(before - 1, timeout=PATIENCE)
        for text in set(card.locator(".finding").all_inner_texts()) - shown:
            self._judge(text, counted)
        self.opened.add(statement)
        return statement

    def _go_to(self, button: Locator, counted: Reader) -> None:
        """Where the last answer left the focus, or so many keys further on."""
        for _ in range(60):
            if button.evaluate(_IS_NEXT):
                return
            self._press("n", counted)
        raise AssertionError("the key for what is next does not lead to the warning")

    def _strike(self, card: Locator, errors: list[str]) -> None:
        """Take the statements in error out, one by one from the last, and save."""
        for statement in reversed([each for each in self._statements(card) if each in errors]):
            self.page.locator(f"[id='statement-{statement}']").focus()
            self._tap(1)
            self._press("x")
            expect(card.locator("textarea.edited")).to_be_focused(timeout=PATIENCE)
        self._decide(card, "Control+Enter")

    def _statements(self, card: Locator) -> list[str]:
        return [
            str(each).removeprefix("statement-")
            for each in card.locator("li[data-evidence]").evaluate_all("all => all.map(e => e.id)")
        ]

    def _decide(self, card: Locator, key: str) -> None:
        """A key decides what has the focus alone; else it leads there first."""
        if not card.evaluate("card => card.contains(document.activeElement)"):
            self._press("n")
        self._press(key)
        expect(card).to_have_attribute("data-decision", re.compile("."), timeout=PATIENCE)

    def _read(self, selector: str) -> None:
        for text in self.page.locator(selector).evaluate_all(_TEXTS):
            self.reader.read(text)

    def _judge(self, text: str, also: Reader) -> None:
        for each in (self.reader, also):
            each.read(text)
            each.judgements += 1

    def _press(self, key: str, also: Reader | None = None) -> None:
        self.page.keyboard.press(key)
        self._tap(1, also)

    def _tap(self, keys: int, also: Reader | None = None) -> None:
        self.reader.keys += keys
        if also is not None:
            also.keys += keys
