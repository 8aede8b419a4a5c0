"""The safety officer's page: what runs, in numbers; a pause that is asked twice; its history."""

from __future__ import annotations

import json

import pytest

from attending.adapters.storage import everywhere
from attending.core.pause import ANY, Stop, StopScope
from tests.clinic import VITALS, Clinic
from tests.web.browser import Browser, Page
from tests.web.conftest import Web

pytestmark = pytest.mark.usefixtures("nothing_stays_paused")
OFFICER = "demo-safety"
MODEL = Stop(StopScope.MODEL, "mean-rate", "1")


@pytest.fixture
def officer(console: Web, browser: Browser) -> Browser:
    browser.log_in(OFFICER, console.password(OFFICER))
    return browser


def asked(officer: Browser, stop: Stop, reason: str = "It <errs>.") -> Page:
    """The page that asks once more."""
    form = officer.get("/safety").form("/safety/pauses")
    what = json.dumps([stop.scope, stop.name, stop.version])
    return officer.submit(form, what=what, reason=reason)


def row(page: Page, name: str) -> str:
    """The words of a table's row."""
    body = page.source.partition(f'<th scope="row">{name}</th>')[2].partition("</tr>")[0]
    assert body, f"no row of {name}"
    return " ".join(body.replace(">", "> ").split())


def numbers(page: Page, name: str) -> list[int]:
    """Of a row: the counts in it."""
    cells = row(page, name).split('class="number"> ')[1:]
    return [int(cell.split("<")[0]) for cell in cells]


def test_models_are_counted(officer: Browser, web: Web) -> None:
    clinic = web.clinic
    clinic.in_review()
    drafted, in_review = numbers(officer.get("/safety"), "mean-rate 1")
    assert 1 <= in_review <= drafted
    clinic.released()  # a draft of today, that is not in review
    waits, source = clinic.in_review(), clinic.upload()
    assert waits
    assert source
    page = officer.get("/safety")
    assert numbers(page, "mean-rate 1") == [drafted + 2, in_review + 1]
    drafting, reviewed = numbers(page, "Vitals")
    assert (drafting >= 1, reviewed) == (True, in_review + 1)
    assert "runs" in row(page, "Vitals")


def test_a_pause_is_asked_once_more(officer: Browser, web: Web) -> None:
    web.clinic.in_review()
    page = asked(officer, VITALS)
    assert "Nothing is paused yet." in page.words
    assert "being drafted will wait" in page.words
    assert "Reason It <errs>." in page.words
    assert "Nothing is paused." in officer.get("/safety").words
    asked(officer, VITALS)
    page = officer.submit(page.form("/safety/pauses"))
    assert officer.at.endswith("/safety")
    assert "paused" in row(page, "Vitals")
    assert "the line vitals paused by Noor Haddad (demo) : It <errs>." in page.words
    assert "Macro" not in page.words


def test_a_model_that_is_paused_says_so(officer: Browser, web: Web) -> None:
    web.clinic.in_review()
    page = asked(officer, MODEL)
    assert "Whatever this model would draft next waits" in page.words
    page = officer.submit(page.form("/safety/pauses"))
    assert "paused" in row(page, "mean-rate 1")
    assert "runs" in row(page, "Vitals")


@pytest.mark.parametrize("reason", ["", "  "])
def test_no_pause_without_a_reason(officer: Browser, reason: str) -> None:
    assert asked(officer, VITALS, reason).status == 422


def test_the_history_tells_both_acts(officer: Browser, web: Web) -> None:
    clinic = web.clinic
    clinic.resume(clinic.pause(Stop(StopScope.LINE, "documentation"), "Heard \u202ebadly"))
    everywhere.pause(clinic.installation.admin_dsn, Stop(StopScope.MODEL, "x", ANY), "A recall.")
    page = officer.get("/safety")
    history = page.words.partition("History")[2]
    assert "the model x , every version paused by an administrator, in every clinic" in (
        history.replace("x,", "x ,")
    )
    assert "the line documentation let go by Noor Haddad (demo)" in history
    assert "Heard [U+202E]badly" in history
    assert history.index("A recall.") < history.index("let go by") < history.index("Heard")


def test_nothing_of_another_clinic(officer: Browser, neighbour: Clinic) -> None:
    neighbour.resume(neighbour.pause(VITALS, "Their own reason"))
    before = numbers(officer.get("/safety"), "Vitals")
    neighbour.in_review()
    page = officer.get("/safety")
    assert "Their own reason" not in page.words
    assert numbers(page, "Vitals") == before


@pytest.mark.parametrize("username", ["demo-clinician", "demo-auditor", "demo-engineer"])
def test_it_is_the_officers_alone(console: Web, browser: Browser, username: str) -> None:
    browser.log_in(username, console.password(username))
    assert browser.get("/safety").status == 403
