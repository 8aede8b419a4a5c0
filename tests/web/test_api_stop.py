"""Stopping and resuming over HTTP and on the console's pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from attending.adapters.storage import everywhere
from attending.core.case import CaseState
from attending.core.ids import CaseId, PauseId
from attending.core.pause import Stop, StopScope
from attending.core.work import Step
from attending.loop.decode import decode
from tests.clinic import VITALS, Clinic, proof_of
from tests.web.browser import Browser, Page
from tests.web.conftest import NOWHERE, Web, ok, refused, review_all, sign

pytestmark = pytest.mark.usefixtures("nothing_stays_paused")
OFFICER = "demo-safety"
ASK = {"scope": "line", "name": "vitals", "version": "*", "reason": "It errs."}


@pytest.fixture
def officer(web: Web) -> Iterator[TestClient]:
    with web.client(OFFICER) as opened:
        yield opened


def paused(officer: TestClient, **changed: str) -> dict[str, Any]:
    told: dict[str, Any] = ok(officer.post("/v1/pauses", json=ASK | changed), 201)
    return told


def resumption(web: Web, officer: TestClient, pause: str, **changed: Any) -> Any:
    """The answer to a resumption as its officer would send it, but for what is changed."""
    address = f"/v1/pauses/{pause}/resumption"
    told = ok(officer.get(address))
    assert told["payload"]["reason"] == "It errs."
    proof = proof_of(web.clinic.person(OFFICER), told["digest"])
    ask = {
        "digest": told["digest"],
        "prepared_at": told["prepared_at"],
        "proof": {"kind": "oidc", "token": proof.token},
    }
    return officer.post(address, json=ask | changed)


def waiting_case(clinic: Clinic) -> CaseId:
    source, head = clinic.upload()
    decode(clinic.parts("inference"), clinic.job(Step.DECODE, source.id))
    return head.id


def test_an_officer_stops_a_line_and_lets_it_go(
    web: Web, officer: TestClient, client: TestClient
) -> None:
    reviewed = web.clinic.in_review()
    before = ok(officer.get("/v1/stops"))
    assert before["pauses"] == []
    assert {"name": "vitals", "title": "Vitals"} in before["lines"]
    assert {"name": "mean-rate", "version": "1"} in before["models"]
    made = paused(officer)
    assert (made["by_name"], made["everywhere"]) == ("Noor Haddad (demo)", False)
    waits = waiting_case(web.clinic)
    told = ok(client.get("/v1/stops"))
    assert [each["id"] for each in told["pauses"]] == [made["id"]]
    assert told["waiting"] == 1
    assert ok(client.get(f"/v1/cases/{waits}"))["reason"] == "line.paused"
    held = ok(client.get(f"/v1/cases/{reviewed}"))["paused"]
    assert (held["scope"], held["name"], held["reason"]) == ("line", "vitals", "It errs.")

    ok(resumption(web, officer, made["id"]), 201)
    assert ok(client.get("/v1/stops"))["pauses"] == []
    assert ok(client.get(f"/v1/cases/{reviewed}"))["paused"] is None
    refused(officer.get(f"/v1/pauses/{made['id']}/resumption"), 404, "resource.not_found")


def test_what_is_in_review_is_decided_and_signed(
    web: Web, officer: TestClient, client: TestClient
) -> None:
    case = web.clinic.in_review()
    paused(officer, scope="model", name="mean-rate", version="1")
    assert review_all(client, case)["paused"]["name"] == "mean-rate"
    assert ok(sign(client, case, web.clinic.person()), 201)["state"] == "signed"


@pytest.mark.parametrize("username", ["demo-clinician", "demo-engineer", "demo-admin"])
def test_nobody_else_stops_or_resumes(web: Web, officer: TestClient, username: str) -> None:
    made = paused(officer)
    address = f"/v1/pauses/{made['id']}/resumption"
    ask = {"digest": "0" * 64, "prepared_at": made["at"], "proof": {"token": "x"}}
    with web.client(username) as client:
        refused(client.post("/v1/pauses", json=ASK), 403, "identity.forbidden")
        refused(client.get(address), 403, "identity.forbidden")
        refused(client.post(address, json=ask), 403, "identity.forbidden")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "vital"},
        {"name": " "},
        {"reason": " "},
        {"version": "2"},
        {"scope": "model"},
        {"scope": "clinic"},
    ],
)
def test_what_stops_nothing_is_refused(officer: TestClient, changed: dict[str, str]) -> None:
    refused(officer.post("/v1/pauses", json=ASK | changed), 422, "input.invalid")
    assert ok(officer.get("/v1/stops"))["pauses"] == []


def test_a_resumption_needs_its_own_proof(web: Web, officer: TestClient) -> None:
    made, other = paused(officer), paused(officer)
    by_another = proof_of(web.clinic.person(), "0" * 64).token
    wrong = {"kind": "oidc", "token": by_another}
    refused(resumption(web, officer, made["id"], proof=wrong), 403, "signature.proof_refused")
    refused(resumption(web, officer, made["id"], digest="0" * 64), 409, "case.conflict")
    old = "2026-01-01T00:00:00Z"
    refused(resumption(web, officer, made["id"], prepared_at=old), 409, "case.conflict")
    standing = {each["id"] for each in ok(officer.get("/v1/stops"))["pauses"]}
    assert standing == {made["id"], other["id"]}


def test_an_administrators_pause_is_not_an_officers_to_resume(
    web: Web, officer: TestClient
) -> None:
    admin = web.clinic.installation.admin_dsn
    pause = everywhere.pause(admin, VITALS, "A recall.")
    (told,) = ok(officer.get("/v1/stops"))["pauses"]
    assert (told["id"], told["everywhere"], told["by"]) == (str(pause), True, None)
    refused(officer.get(f"/v1/pauses/{pause}/resumption"), 409, "case.conflict")


def test_a_pause_that_is_not_there(officer: TestClient) -> None:
    refused(officer.get(f"/v1/pauses/{NOWHERE}/resumption"), 404, "resource.not_found")


# The console.


@pytest.fixture
def safety(console: Web) -> Iterator[Browser]:
    """The safety officer's browser, logged in."""
    with console.anonymous() as client:
        opened = Browser(client)
        opened.log_in(OFFICER, console.password(OFFICER))
        yield opened


def stop_it(safety: Browser, stop: Stop = VITALS, reason: str = "It <errs>.") -> Page:
    form = safety.get("/safety").form("/safety/pauses")
    what = json.dumps([stop.scope, stop.name, stop.version])
    assert what in form.choices["what"]
    asked = safety.submit(form, what=what, reason=reason)
    assert "Nothing is paused yet" in asked.words
    return safety.submit(asked.form("/safety/pauses"))


def pause_of(clinic: Clinic) -> PauseId:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        (standing,) = unit.pauses.standing()
    return standing.id


def test_on_the_page_it_is_stopped_and_let_go_by_a_log_in(console: Web, safety: Browser) -> None:
    clinic = console.clinic
    assert "/safety" in safety.get("/").links
    assert "Nothing is paused." in safety.get("/safety").words
    page = stop_it(safety)
    waiting_case(clinic)
    assert "It <errs>." in page.words
    assert "Noor Haddad (demo)" in page.words
    pause = pause_of(clinic)
    signing = safety.get(f"/safety/pauses/{pause}")
    assert "I have looked into why this was stopped" in signing.words
    login = safety.submit(signing.form(f"/safety/pauses/{pause}/resumption"))
    after = safety.submit(login.forms[0], username=OFFICER, password=console.password(OFFICER))
    assert safety.at.endswith("/safety")
    assert "Nothing is paused." in after.words


def test_anothers_log_in_does_not_let_it_go(console: Web, safety: Browser) -> None:
    stop_it(safety)
    pause = pause_of(console.clinic)
    signing = safety.get(f"/safety/pauses/{pause}")
    login = safety.submit(signing.form(f"/safety/pauses/{pause}/resumption"))
    second = "demo-second"
    page = safety.submit(login.forms[0], username=second, password=console.password(second))
    assert page.status == 403
    assert "proof of signing does not hold" in page.words
    assert pause_of(console.clinic) == pause


def test_a_form_that_names_nothing(safety: Browser) -> None:
    form = safety.get("/safety").form("/safety/pauses")
    for what in ("", "[]", '["line", "vitals"]', '["line", "nonsense", "*"]', "{"):
        safety.get("/safety")
        page = safety.submit(form, what=what, reason="It errs.")
        assert page.status == 422, what
    assert "Nothing is paused." in safety.get("/safety").words


def test_review_pages_say_so(console: Web, safety: Browser, web: Web) -> None:
    clinic = console.clinic
    case, decided = clinic.in_review(), web.clinic.decided()
    stop_it(safety)
    waits = waiting_case(clinic)
    with console.anonymous() as client:
        clinician = Browser(client)
        clinician.log_in("demo-clinician", console.password("demo-clinician"))
        page = clinician.get(f"/cases/{case}")
        assert "This line was paused" in page.words
        assert "What is in review stays reviewable" in page.words
        assert "It <errs>." in page.words
        assert page.form(f"/cases/{case}/decisions", section="fast", kind="accept")
        assert "You may still sign" in clinician.get(f"/cases/{decided}/sign").words
        waiting = clinician.get(f"/cases/{waits}").words
        assert "The draft waits" in waiting
        assert "The draft is being made" not in waiting
        assert "/safety" not in page.links
        assert clinician.get("/safety").status == 403
    assert clinic.case(case).state is CaseState.IN_REVIEW


def test_a_paused_model_is_named(console: Web, safety: Browser) -> None:
    case = console.clinic.in_review()
    stop_it(safety, Stop(StopScope.MODEL, "mean-rate"))
    words = safety.get(f"/cases/{case}").words
    assert "A model of this case was paused" in words
    assert "mean-rate , every version" in words
