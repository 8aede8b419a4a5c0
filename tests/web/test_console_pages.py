"""Worklist, timeline and failures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from attending.core.case import CaseState
from attending.core.errors import EngineFailed, RecordRefused
from attending.core.ids import CaseId
from attending.core.work import Step
from attending.loop.decode import decode
from attending.loop.recover import give_up
from tests.clinic import Clinic
from tests.web.browser import Browser
from tests.web.conftest import NOWHERE, Web, ok, refused


@pytest.fixture
def engineer(console: Web) -> Iterator[Browser]:
    with console.anonymous() as client:
        opened = Browser(client)
        opened.log_in("demo-engineer", console.password("demo-engineer"))
        yield opened


def failed_source(clinic: Clinic) -> CaseId:
    """A source that could not be decoded, given up."""
    source, head = clinic.upload(b"0,80\n")
    decode(clinic.parts("inference"), clinic.job(Step.DECODE, source.id))
    error = EngineFailed("The engine broke.")
    give_up(clinic.databases["inference"], clinic.job(Step.INFER, head.id), error)
    return head.id


def failed_release(clinic: Clinic, *, untouched: bool = True) -> CaseId:
    """A note that the record refused, in its own words."""
    case = clinic.decided()
    clinic.sign(case)
    error = RecordRefused(
        "The record refused.", said="Field <author> is missing.", untouched=untouched
    )
    release = clinic.releases(case)[-1]
    give_up(clinic.databases["releaser"], clinic.job(Step.RELEASE, release.id), error)
    return case


def failure_of(web: Web, case: CaseId) -> dict[str, str]:
    """The open failure of a case's encounter."""
    found: list[dict[str, str]] = ok(web.client().get("/v1/failures"))["items"]
    encounter = str(web.clinic.case(case).encounter)
    (failure,) = [each for each in found if each["encounter"] == encounter]
    return failure


def test_the_worklist_tells_open_from_done(web: Web, console: Web, clinician: Browser) -> None:
    waiting, done = console.clinic.in_review(), console.clinic.in_review()
    version = console.clinic.case(done).version
    web.client().post(f"/v1/cases/{done}/rejection", json={"version": version, "reason": "No"})
    opened, every = clinician.get("/"), clinician.get("/?which=all")
    assert f"/cases/{waiting}" in opened.links
    assert f"/cases/{done}" not in opened.links
    assert f"/cases/{done}" in every.links
    assert "0 of 2 decided" in opened.words


def test_the_worklist_goes_on(console: Web, clinician: Browser) -> None:
    made = {f"/cases/{console.clinic.in_review()}" for _ in range(27)}
    seen: list[str] = []
    address = "/?rows=10"
    while address:
        page = clinician.get(address)
        seen += [link for link in page.links if link.startswith("/cases/")]
        following = [link for link in page.links if "cursor=" in link]
        address = following[0] if following else ""
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_the_story_of_an_encounter(web: Web, clinician: Browser) -> None:
    case = web.clinic.released()
    encounter = web.clinic.case(case).encounter
    page = clinician.get(f"/encounters/{encounter}")
    assert "Signed Dr Ada Lindqvist (demo)" in page.words
    assert f"/cases/{case}" in page.links


def test_an_engineer_reads_no_case(console: Web, engineer: Browser) -> None:
    case = console.clinic.in_review()
    assert engineer.get(f"/cases/{case}").status == 403
    page = engineer.get("/")
    assert engineer.at.endswith("/failures")
    assert "Worklist" not in page.words


def test_work_that_failed_is_tried_again(web: Web, console: Web, engineer: Browser) -> None:
    case = failed_source(console.clinic)
    failure = failure_of(web, case)
    page = engineer.get("/failures")
    assert "The engine broke." in page.words
    engineer.submit(page.form(f"/failures/{failure['id']}/retry"))
    assert console.clinic.case(case).state is CaseState.DRAFTING
    again = engineer.submit(page.form(f"/failures/{failure['id']}/retry"))
    assert again.status == 409


def test_a_refused_release_is_reviewed_again(web: Web, clinician: Browser) -> None:
    case = failed_release(web.clinic)
    failure = failure_of(web, case)
    page = clinician.get("/failures")
    assert "Field <author> is missing." in page.words
    page = clinician.submit(page.form(f"/failures/{failure['id']}/reopen"))
    assert clinician.at.endswith(f"/cases/{case}")
    assert web.clinic.case(case).state is CaseState.IN_REVIEW


def test_failures_through_the_api(web: Web) -> None:
    clinic, client = web.clinic, web.client()
    case = failed_release(clinic)
    failure = failure_of(web, case)
    path = f"/v1/failures/{failure['id']}"
    assert ok(client.post(f"{path}/take"))["owner"] == str(clinic.person().id)
    retried = ok(client.post(f"{path}/retry"))
    assert (retried["state"], retried["resolution"]) == ("closed", "retried")
    assert clinic.case(case).state is CaseState.SIGNED
    for step in ("take", "retry", "reopen"):
        refused(client.post(f"{path}/{step}"), 409, "case.conflict")
        refused(client.post(f"/v1/failures/{NOWHERE}/{step}"), 404, "resource.not_found")
    case = failed_source(clinic)
    failure = failure_of(web, case)
    refused(client.post(f"/v1/failures/{failure['id']}/reopen"), 409, "case.conflict")


@pytest.mark.parametrize("path", ["/cases/nonsense", f"/cases/{NOWHERE}", f"/encounters/{NOWHERE}"])
def test_what_is_not_there(clinician: Browser, path: str) -> None:
    page = clinician.get(path)
    assert page.status == 404
    assert "There is no such resource" in page.words


def test_what_may_stand_in_the_record_is_not_reviewed_again(web: Web, clinician: Browser) -> None:
    case = failed_release(web.clinic, untouched=False)
    failure = failure_of(web, case)
    page = clinician.get("/failures")
    clinician.submit(page.form(f"/failures/{failure['id']}/reopen"))
    assert web.clinic.case(case).state is CaseState.FAILED
