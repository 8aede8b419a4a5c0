"""A real Chromium before a served clinic.

Whatever a test does: an error on the browser's console, a breach of the page's policy and
a request to another host than ours and the issuer's fail it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.browser.chromium import chromium
from tests.browser.ward import Ward, warding
from tests.clinic import Clinic

CLINICIAN = "demo-clinician"
VisitAs = Callable[..., Page]


@dataclass
class Watched:
    """What must not happen, gathered over all pages of a test.

    allowed: parts of console messages that this test means to cause (a 409, an aborted
    request); Chromium logs every answer of 400 and above.
    """

    hosts: frozenset[str]
    wrong: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))
        context.on("request", self._asked)

    def verdict(self) -> list[str]:
        return [each for each in self.wrong if not any(part in each for part in self.allowed)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc not in self.hosts:
            self.wrong.append(f"asked elsewhere: {request.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one file: while it is open, an event loop runs in this thread, and bars another."""
    with chromium().launched() as launched:
        yield launched


@pytest.fixture(scope="module")
def ward(clinic: Clinic) -> Iterator[Ward]:
    with warding(clinic) as opened:
        yield opened


@pytest.fixture
def watched(ward: Ward) -> Iterator[Watched]:
    hosts = {urlsplit(ward.url).netloc, urlsplit(ward.served.issuer.url).netloc}
    made = Watched(frozenset(hosts))
    yield made
    assert made.verdict() == []


@pytest.fixture
def visit_as(browser: Browser, ward: Ward, watched: Watched) -> Iterator[VisitAs]:
    """A browser of its own for somebody, logged in; more words are the context's."""
    with ExitStack() as contexts:

        def visit(username: str = CLINICIAN, **context_options: object) -> Page:
            context = browser.new_context(**context_options)  # type: ignore[arg-type]
            contexts.callback(context.close)
            watched.watch(context)
            page = context.new_page()
            log_in(page, ward, username)
            return page

        yield visit


@pytest.fixture
def page(visit_as: VisitAs) -> Page:
    """The clinician's, at the worklist."""
    return visit_as()


def log_in(page: Page, ward: Ward, username: str = CLINICIAN) -> None:
    """At the issuer's own page, as a person does."""
    page.goto(ward.url)
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(ward.password(username))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{ward.url}/**")
