"""On the pages: how many warnings a check makes, by whose choice, and which drafts keep to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.clinic import Clinic
from tests.loop.test_budgets import Loud
from tests.plugins.vitals_line.steps import VitalsLine
from tests.web.browser import Browser, Page
from tests.web.conftest import Web, ok
from tests.web.test_console_review import CALM

OFFICER = "demo-safety"
WHY = "Nurses <drown> in warnings."


@pytest.fixture(scope="module", autouse=True)
def loud(clinic: Clinic) -> Iterator[None]:
    """Before ``console``, whose parts hold the lines of the clinic."""
    with pytest.MonkeyPatch.context() as patch:
        line = replace(VitalsLine(), checks=(*VitalsLine().checks, Loud()))
        patch.setitem(clinic.lines, "vitals", line)
        yield


@pytest.fixture
def officer(console: Web) -> Iterator[Browser]:
    with console.anonymous() as client:
        browser = Browser(client)
        browser.log_in(OFFICER, console.password(OFFICER))
        yield browser


def choose(officer: Browser, flags: str, reason: str = WHY) -> Page:
    form = officer.get("/safety").form("/safety/budgets", check="loud")
    return officer.submit(form, flags=flags, reason=reason)


def test_the_page_says_what_a_choice_means(officer: Browser) -> None:
    page = officer.get("/safety")
    assert "about 2 warnings on a note without errors, as usual" in page.words
    assert "1 warning: 50 % of errors found" in page.words
    assert "2 warnings: 70 % of errors found (usual)" in page.words
    assert "4 warnings 2" not in page.words  # nobody measured it: nothing is claimed
    assert '<option value="2" selected>' in page.source


def test_an_officer_chooses_and_drafts_say_so(
    web: Web, clinic: Clinic, clinician: Browser, officer: Browser
) -> None:
    before = clinic.in_review(CALM)
    page = choose(officer, "1")
    try:
        assert "about 1 warning on a note without errors, chosen by" in page.words
        made = clinic.in_review(CALM)
        told = clinician.get(f"/cases/{made}").words
        assert "Fewer warnings at this clinic: Loud, about 1 warning" in told
        assert "(usually 2), so that more errors are missed" in told
        assert WHY in told
        with web.client() as client:
            ask = {"section": "rate", "text": "Another rate"}
            typed = ok(client.post(f"/v1/cases/{made}/checks", json=ask))
            (kept,) = ok(client.get(f"/v1/cases/{made}"))["budgets"]
            (usual,) = ok(client.get(f"/v1/cases/{before}"))["budgets"]
        assert typed["budgets"] == {"loud": 1.0}
        assert "At most 1." in [f["explanation"] for f in typed["findings"]]
        assert (kept["check"], kept["flags"], kept["reason"]) == ("loud", 1.0, WHY)
        assert (usual["flags"], usual["by"]) == (2.0, None)
    finally:
        choose(officer, "2", "Too little was found.")
    assert "Fewer warnings" in clinician.get(f"/cases/{made}").words  # it was made so
    calm = clinician.get(f"/cases/{before}").words
    assert "Fewer warnings" not in calm
    assert "Loud: checked for about 2 warnings on a note without errors." in calm
    assert "Too little was found." in officer.get("/safety").words


def test_more_than_usual_stands_at_the_foot(
    clinic: Clinic, clinician: Browser, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Loud, "within", lambda _check, flags: Loud(flags))
    choose(officer, "4", "We want to see more.")
    try:
        told = clinician.get(f"/cases/{clinic.in_review(CALM)}").words
    finally:
        choose(officer, "2", "Enough.")
    assert "Fewer warnings" not in told
    assert "Loud: checked for about 4 warnings on a note without errors, chosen by" in told


@pytest.mark.parametrize("flags", ["3", "0", "-1", "nan", "inf", "many", ""])
def test_what_is_not_offered_is_refused(officer: Browser, flags: str) -> None:
    assert choose(officer, flags).status == 422
    assert "as usual" in officer.get("/safety").words or "Enough." in officer.get("/safety").words


def test_nobody_else_may_choose(clinician: Browser, officer: Browser) -> None:
    form = officer.get("/safety").form("/safety/budgets", check="loud")
    assert clinician.submit(form, flags="1", reason=WHY).status == 403
