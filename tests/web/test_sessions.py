"""Log-ins that are ended before their time: here, everywhere, by oneself and by an officer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from attending.adapters.storage.history import Walk
from attending.core.entry import FRESH, LEEWAY
from attending.core.identity import Principal
from attending.core.ids import PrincipalId, fresh
from attending.web.console.session import IDLE, LONGEST
from tests.clinic import Clinic
from tests.web.browser import Browser
from tests.web.conftest import NOWHERE, Web, ok, refused

COOKIE = "attending"
OLD = FRESH + LEEWAY + timedelta(seconds=5)


def holding(web: Web, person: Principal, **limits: Any) -> TestClient:
    """A client with a token of the person, at an application of its own."""
    return web.anonymous(Authorization=f"Bearer {web.tokens.of(web.clinic, person, **limits)}")


def is_in(client: TestClient) -> bool:
    answer = client.get("/v1/me")
    if answer.status_code != 200:
        refused(answer, 401, "identity.unauthenticated")
    return bool(answer.status_code == 200)


def another_browser(console: Web, browser: Browser) -> Iterator[Browser]:
    """With a copy of the cookie."""
    with console.anonymous() as client:
        client.cookies.update(browser.client.cookies)
        yield Browser(client)


class TestOverHttp:
    def test_a_token_that_was_logged_out_opens_nothing(self, web: Web) -> None:
        person = web.clinic.enrolled()
        client, other = holding(web, person), holding(web, person)
        told = ok(client.post("/v1/me/log-out", json={}), 201)
        assert (told["principal"], told["everywhere"]) == (str(person.id), False)
        assert not is_in(client)
        again = web.anonymous(Authorization=client.headers["authorization"])
        refused(again.post("/v1/me/log-out", json={}), 401, "identity.unauthenticated")
        refused(again.get("/v1/cases"), 401, "identity.unauthenticated")
        assert is_in(other)

    def test_every_session_of_mine(self, web: Web) -> None:
        person, bystander = web.clinic.enrolled(), web.clinic.enrolled()
        clients, others = [holding(web, person) for _ in range(3)], holding(web, bystander)
        ok(clients[0].post("/v1/me/log-out", json={"everywhere": True}), 201)
        assert [is_in(client) for client in clients] == [False] * 3
        assert is_in(others)
        assert is_in(holding(web, person)), "a log-in that came later is not ended"

    def test_a_token_of_an_issuer_whose_clock_is_ahead(self, web: Web) -> None:
        person = web.clinic.enrolled()
        client = holding(web, person)
        token = client.headers["authorization"].removeprefix("Bearer ")
        caller = web.tokens.known[token]
        web.tokens.known[token] = replace(
            caller, issued_at=caller.issued_at + timedelta(seconds=20)
        )
        ok(client.post("/v1/me/log-out", json={}), 201)
        assert not is_in(client)

    @pytest.mark.parametrize("username", ["demo-safety", "demo-admin"])
    def test_an_officer_ends_another_persons(self, web: Web, username: str) -> None:
        person = web.clinic.enrolled()
        client, officer = holding(web, person), web.client(username)
        listed = {each["id"]: each for each in ok(officer.get("/v1/principals"))["items"]}
        assert listed[str(person.id)]["name"] == person.name
        assert listed[str(person.id)]["roles"] == ["clinician"]
        told = ok(officer.post(f"/v1/principals/{person.id}/log-out"), 201)
        assert told["everywhere"] is True
        assert not is_in(client)
        assert is_in(officer)

    def test_nobody_of_another_clinic(self, web: Web, neighbour: Clinic) -> None:
        officer = web.client("demo-safety")
        theirs = neighbour.person()
        for person in (theirs.id, NOWHERE):
            answer = officer.post(f"/v1/principals/{person}/log-out")
            refused(answer, 404, "resource.not_found")
        listed = [each["id"] for each in ok(officer.get("/v1/principals"))["items"]]
        assert str(theirs.id) not in listed

    def test_a_clinician_ends_no_other_persons(self, web: Web) -> None:
        person = web.clinic.enrolled()
        client = web.client()
        refused(client.get("/v1/principals"), 403, "identity.forbidden")
        answer = client.post(f"/v1/principals/{person.id}/log-out")
        refused(answer, 403, "identity.forbidden")
        assert is_in(holding(web, person))

    def test_it_stands_in_the_chain(self, web: Web) -> None:
        person = web.clinic.enrolled()
        ok(holding(web, person).post("/v1/me/log-out", json={}), 201)
        officer = web.clinic.person("demo-safety")
        ok(web.client("demo-safety").post(f"/v1/principals/{person.id}/log-out"), 201)
        said = [e for e in entries(web) if e["subject"] == str(person.id)]
        ended = [e for e in said if e["action"] == "session.ended"]
        told = [(e["actor"], e["detail"]["every"]) for e in ended]
        assert told == [(str(person.id), False), (str(officer.id), True)]

    def test_a_retry_is_told_what_it_did(self, web: Web) -> None:
        """Not by the token that it ended; an officer's is another."""
        person, officer = web.clinic.enrolled(), web.client("demo-safety")
        path, key = f"/v1/principals/{person.id}/log-out", {"Idempotency-Key": str(fresh())}
        first, second = (officer.post(path, headers=key) for _ in range(2))
        assert first.json() == second.json()
        assert second.headers["idempotent-replay"] == "true"


class TestFreshness:
    def test_an_open_session_ends_nobody_elses(self, web: Web) -> None:
        person = web.clinic.enrolled()
        path = f"/v1/principals/{person.id}/log-out"
        answer = web.client("demo-safety", age=OLD).post(path)
        refused(answer, 401, "identity.login_too_old")
        asked = answer.headers["www-authenticate"]
        assert 'error="insufficient_user_authentication", max_age="300"' in asked
        ok(web.client("demo-safety", age=FRESH).post(path), 201)

    def test_an_issuer_that_does_not_say_when(self, web: Web) -> None:
        answer = web.client("demo-auditor", age=None).get("/v1/audit/export")
        assert "auth_time" in refused(answer, 403, "identity.forbidden")["remedy"]

    def test_a_log_in_of_the_future_is_none(self, web: Web) -> None:
        answer = web.client("demo-auditor", age=timedelta(minutes=-2)).get("/v1/audit/export")
        refused(answer, 401, "identity.login_too_old")


def entries(web: Web) -> list[dict[str, Any]]:
    """Of the chain, as the auditor exports it."""
    answer = web.client("demo-auditor").get("/v1/audit/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(json.loads(line)["entry"]) for line in answer.text.splitlines()]


class TestExport:
    def test_the_chain_can_be_verified_from_it(
        self, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        web.clinic.released()
        monkeypatch.setattr("attending.web.api.audit._BATCH", 3)
        answer = web.client("demo-auditor").get("/v1/audit/export")
        links = [json.loads(line) for line in answer.text.splitlines()]
        assert len(links) > 6
        walk = Walk.of(web.clinic.tenant)
        walk._take(
            ((e["seq"], e["entry"].encode(), bytes.fromhex(e["hash"])) for e in links), set()
        )
        assert walk.problems == []
        assert walk.size == len(links)

    def test_it_is_told_in_itself(self, web: Web) -> None:
        last = entries(web)[-1]
        assert last["action"] == "audit.exported"
        assert last["actor"] == str(web.clinic.person("demo-auditor").id)

    def test_for_the_auditor_alone(self, web: Web) -> None:
        for username in ("demo-clinician", "demo-safety", "demo-engineer", "demo-admin"):
            answer = web.client(username).get("/v1/audit/export")
            refused(answer, 403, "identity.forbidden")


class TestInTheConsole:
    def test_a_copied_cookie_is_worth_nothing_after_the_log_out(
        self, console: Web, clinician: Browser
    ) -> None:
        for thief in another_browser(console, clinician):
            assert thief.get("/").status == 200
            page = clinician.get("/")
            clinician.submit(page.form("/logout"))
            answer = thief.client.get("/", follow_redirects=False)
            assert answer.headers["location"] == "/login?then=/&anew=true"
            form = {"csrf": page.form("/logout").fields["csrf"]}
            written = thief.client.post(
                "/session/everywhere", data=form, headers={"Origin": thief.home}
            )
            assert written.status_code == 401

    def test_log_out_everywhere(self, console: Web, clinician: Browser, browser: Browser) -> None:
        with console.anonymous() as client:
            other = Browser(client)
            other.log_in("demo-clinician", console.password("demo-clinician"))
            assert other.get("/").status == 200
            page = clinician.get("/session")
            assert "ends 30 minutes after the last page" in page.words
            goodbye = clinician.submit(page.form("/session/everywhere"))
            assert "You are logged out" in goodbye.words
            assert client.get("/", follow_redirects=False).status_code == 303
        await_the_next_second()
        page = browser.log_in("demo-clinician", console.password("demo-clinician"))
        assert page.status == 200

    def test_an_officer_ends_sessions(self, console: Web, browser: Browser) -> None:
        person = console.clinic.person("demo-second")
        with console.anonymous() as client:
            other = Browser(client)
            other.log_in("demo-second", console.password("demo-second"))
            browser.log_in("demo-safety", console.password("demo-safety"))
            page = browser.get("/people")
            assert "Dr Sam Okafor" in page.words
            done = browser.submit(page.form("/people/log-out", principal=str(person.id)))
            assert "Every session was ended." in done.words
            assert client.get("/", follow_redirects=False).status_code == 303
        await_the_next_second()

    def test_it_takes_a_fresh_log_in(
        self, console: Web, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = console.clinic.person("demo-second")
        browser.log_in("demo-safety", console.password("demo-safety"))
        form = browser.get("/people").form("/people/log-out", principal=str(person.id))
        monkeypatch.setattr("attending.web.access.FRESH", -LEEWAY - timedelta(seconds=1))
        answer = browser.client.get("/people", follow_redirects=False)
        assert answer.headers["location"] == "/login?then=/people&anew=true"
        page = browser.submit(form)
        assert page.status == 401
        assert "Your log-in is too long ago" in page.words
        assert page.links[-1] == "/login?then=/people&anew=true"

    def test_a_clinician_has_no_such_page(self, clinician: Browser) -> None:
        assert clinician.get("/people").status == 403
        assert "/people" not in clinician.get("/").links


def await_the_next_second() -> None:
    """Tokens count whole seconds: one of the second in which all were ended, ends too."""
    second = int(time.time())
    while int(time.time()) == second:
        time.sleep(0.02)


class TestLife:
    """At the edges: of idleness, of a shift, and of pages that load themselves."""

    def at(self, monkeypatch: pytest.MonkeyPatch, now: float) -> None:
        monkeypatch.setattr("attending.web.console.session.time.time", lambda: now)

    def opens(self, browser: Browser, path: str = "/") -> bool:
        answer = browser.client.get(path, follow_redirects=False)
        assert answer.status_code in {200, 303}
        return bool(answer.status_code == 200)

    @pytest.mark.parametrize(("beyond", "is_open"), [(-2, True), (2, False)])
    def test_the_edge_of_idleness(
        self, clinician: Browser, monkeypatch: pytest.MonkeyPatch, beyond: int, is_open: bool
    ) -> None:
        self.at(monkeypatch, time.time() + IDLE.total_seconds() + beyond)
        assert self.opens(clinician) is is_open

    def test_a_shift_ends_however_busy(
        self, clinician: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "attending.adapters.identity.tokens._check_times", lambda *_: None
        )  # the token's own end comes sooner
        now, end = time.time(), time.time() + LONGEST.total_seconds()
        while now < end - IDLE.total_seconds():
            now += IDLE.total_seconds() - 60
            self.at(monkeypatch, now)
            assert self.opens(clinician)
        self.at(monkeypatch, end + 2)
        assert not self.opens(clinician)

    def test_a_page_that_loads_itself_keeps_nothing_open(
        self, console: Web, clinician: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, head = console.clinic.upload()
        page = clinician.get(f"/cases/{head.id}")
        assert f'content="4;url=/cases/{head.id}?live=1"' in page.source
        begun = time.time()
        for minute in (10, 20, 29):
            self.at(monkeypatch, begun + 60 * minute)
            assert self.opens(clinician, f"/cases/{head.id}?live=1")
        self.at(monkeypatch, begun + 60 * 31)
        answer = clinician.client.get(f"/cases/{head.id}?live=1", follow_redirects=False)
        assert answer.headers["location"] == "/logged-out"
        assert "attending" in clinician.client.cookies
        answer = clinician.client.get(f"/cases/{head.id}", follow_redirects=False)
        assert answer.headers["location"] == f"/login?then=/cases/{head.id}&anew=true"

    def test_whoever_was_here_is_asked_anew(self, clinician: Browser, browser: Browser) -> None:
        answer = clinician.client.get("/login?anew=true", follow_redirects=False)
        assert "prompt=login" in answer.headers["location"]
        answer = clinician.client.get("/login", follow_redirects=False)
        assert "prompt" not in answer.headers["location"]

    def test_a_page_left_alone_hides_itself(self, console: Web, clinician: Browser) -> None:
        hides = '<meta http-equiv="refresh" content="1800;url=/logged-out">'
        case = console.clinic.in_review()
        for path in ("/", "/failures", "/session"):
            assert hides in clinician.get(path).source, path
        assert "refresh" not in clinician.get(f"/cases/{case}").source, "words would be lost"
        assert "refresh" not in clinician.get("/logged-out").source


def test_rules_that_no_code_of_ours_can_break(web: Web) -> None:
    """Nobody ends another's session without the role, nor one that has not begun."""
    person, other = web.clinic.enrolled(), web.clinic.enrolled()
    officer = web.clinic.person("demo-admin")
    ending = """insert into attending.ended_sessions
                  (tenant_id, id, principal_id, session, until, ended_by)
                values (%s, %s, %s, '', now() + %s * interval '1 second', %s)"""

    def said(by: PrincipalId, seconds: int = 0) -> str:
        values = (web.clinic.tenant, fresh(), person.id, seconds, by)
        with web.clinic.web.transaction(web.clinic.tenant, "tests") as unit:
            try:
                with unit.connection.transaction(force_rollback=True):
                    unit.connection.execute(ending, values)
            except psycopg.Error as error:
                return str(error.sqlstate)
        return "done"

    assert said(person.id) == said(officer.id) == "done"
    assert said(other.id) == "AT070"
    assert said(person.id, 3600) == "23514"
    assert is_in(holding(web, person))
