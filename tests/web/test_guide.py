"""The guided first look: in a demo, to who has its key; in a clinic there is none."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attending import app as wiring
from attending.core.errors import Misconfigured
from attending.demo.guide import write_guide
from attending.demo.installation import PEOPLE
from attending.web.guide import Guide, read_guide
from tests.web.browser import Browser
from tests.web.conftest import Web


@pytest.fixture(scope="module")
def guide(web: Web) -> Guide:
    return write_guide(web.clinic.installation)


@pytest.fixture
def guided(console: Web, guide: Guide) -> Iterator[Browser]:
    """Of a web that has the guide; nobody is logged in."""
    with replace(console, parts=replace(console.parts, guide=guide)).anonymous() as client:
        yield Browser(client)


def test_a_clinic_has_none(browser: Browser, console: Web) -> None:
    assert browser.get("/welcome").status == 404
    page = browser.log_in("demo-clinician", console.password("demo-clinician"))
    assert "Guide" not in page.source


def test_it_is_read_as_it_was_written_and_by_its_owner_alone(web: Web, guide: Guide) -> None:
    file = web.clinic.installation.guide
    assert read_guide(file) == guide
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert write_guide(web.clinic.installation).key == guide.key


def test_the_passwords_are_for_who_has_the_key(guided: Browser, guide: Guide, web: Web) -> None:
    for address in ("/welcome", "/welcome?key=", "/welcome?key=nonsense"):
        page = guided.get(address)
        assert page.status == 200
        assert not any(person.password in page.source for person in guide.people)
    page = guided.get(f"/welcome?key={guide.key}")
    for person in PEOPLE:
        assert f"{person.username} {web.password(person.username)} {person.name}" in page.words


def test_a_step_on_each_page_until_it_is_dismissed(
    guided: Browser, guide: Guide, console: Web
) -> None:
    page = guided.log_in("demo-clinician", console.password("demo-clinician"))
    assert guide.steps[0].text in page.words
    case = console.clinic.in_review()
    assert guide.steps[1].title in guided.get(f"/cases/{case}").words
    page = guided.get("/failures")
    assert guide.steps[2].title in page.words
    page = guided.submit(page.form("/guide/dismissal"))
    assert guided.at.endswith("/failures")
    assert guide.steps[2].title not in page.words
    assert guide.steps[0].title not in guided.get("/").words


def test_every_step_names_a_page_and_somebody_who_may_see_it(
    guided: Browser, guide: Guide, console: Web
) -> None:
    for step in guide.steps:
        if step.person:
            guided.client.cookies.clear()
            guided.log_in(step.person, console.password(step.person), then=step.where)
            page = guided.get(step.where)
            assert page.status == 200
            assert step.text in page.words


def test_it_leads_to_no_other_host(guided: Browser, console: Web) -> None:
    page = guided.log_in("demo-clinician", console.password("demo-clinician"))
    guided.submit(page.form("/guide/dismissal"), back="//evil.example")
    assert guided.at == f"{guided.home}/"


def test_a_guide_that_is_none(web: Web, tmp_path: Path) -> None:
    (tmp_path / "guide.json").write_text('{"title": 1}')
    with pytest.raises(Misconfigured, match=r"guide\.json"):
        read_guide(tmp_path / "guide.json")
    told = {"web": {"ATTENDING_GUIDE_FILE": str(web.clinic.installation.guide)}}
    write_guide(web.clinic.installation)
    app = wiring.web(replace(web.clinic.installation, own=told).settings("web"))
    assert app.state.parts.guide is not None
    app.state.parts.loop.telemetry.close()
    app.state.parts.loop.storage.close()
