"""How often one may ask, and what one is told who asked too often."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.core.errors import TooManyRequests
from attending.core.identity import Caller
from attending.core.ids import TenantId
from attending.web import rates
from attending.web.application import web_app
from attending.web.rates import FAILED_LOG_INS, WINDOW, Buckets, Limits, Rates, address_of
from tests.clinic import Clinic
from tests.web.browser import Browser
from tests.web.conftest import Web, ok, refused


def clocked(quota: int) -> tuple[Buckets, Callable[[float], None]]:
    """Buckets, and how their clock goes on."""
    now = [1_000.0]

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    return Buckets("test", quota, lambda: now[0]), pass_by


class TestBuckets:
    def test_a_minutes_requests_go_at_once_and_no_more(self) -> None:
        buckets, _ = clocked(5)
        assert [buckets.take("a").left for _ in range(5)] == [4, 3, 2, 1, 0]
        refusal = buckets.take("a")
        assert (refusal.left, refusal.wait) == (0, pytest.approx(12))
        assert buckets.take("b").wait == 0

    def test_who_waits_as_told_is_let_through(self) -> None:
        buckets, pass_by = clocked(5)
        for _ in range(5):
            buckets.take("a")
        pass_by(buckets.take("a").wait - 0.01)
        assert buckets.take("a").wait > 0
        pass_by(0.02)
        assert buckets.take("a").wait == 0
        assert buckets.take("a").wait > 0

    def test_refusals_cost_nothing(self) -> None:
        buckets, pass_by = clocked(2)
        waits = [buckets.take("a").wait for _ in range(50)]
        assert waits[2:] == [pytest.approx(30)] * 48
        pass_by(WINDOW)
        assert [buckets.take("a").wait for _ in range(2)] == [0, 0]

    @settings(deadline=None, max_examples=60, derandomize=True, database=None)
    @given(st.integers(1, 40), st.lists(st.floats(0, 20), min_size=1, max_size=120))
    def test_never_more_than_two_minutes_worth_in_a_minute(
        self, quota: int, gaps: list[float]
    ) -> None:
        buckets, pass_by = clocked(quota)
        now, taken = 0.0, []
        for gap in gaps:
            pass_by(gap)
            now += gap
            if buckets.take("a").wait == 0:
                taken.append(now)
        for moment in taken:
            assert sum(moment - WINDOW < at <= moment for at in taken) <= 2 * quota

    def test_its_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And the busiest are remembered longest."""
        monkeypatch.setattr(rates, "_KEYS", 100)
        buckets, _ = clocked(10)
        for _ in range(10):
            buckets.take("busy")
        for number in range(5_000):
            buckets.take(str(number))
            assert len(buckets._full_at) <= 100
        assert buckets.take("busy").wait > 0

    def test_threads_share_it(self) -> None:
        buckets, _ = clocked(50)
        with ThreadPoolExecutor(8) as pool:
            counts = list(pool.map(lambda _: buckets.take("a"), range(200)))
        assert sum(count.wait == 0 for count in counts) == 50


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("10.1.2.3", 5), "10.1.2.3"),
        (("::ffff:10.1.2.3", 5), "10.1.2.3"),
        (("2001:db8:1:2:3::4", 5), "2001:db8:1:2::"),
        (("2001:db8:1:2:ffff::", 5), "2001:db8:1:2::"),
        (("fe80::1%eth0", 5), "fe80::"),
        (("testclient", 5), "testclient"),
        (None, ""),
    ],
)
def test_addresses(client: tuple[str, int] | None, address: str) -> None:
    assert address_of(client) == address


def limited(web: Web, **few: int) -> Web:
    return replace(web, parts=replace(web.parts, rates=Rates(**few)))


def asks(client: Any, times: int, path: str = "/v1/me") -> list[int]:
    return [client.get(path, follow_redirects=False).status_code for _ in range(times)]


class TestRefused:
    def test_a_person(self, web: Web) -> None:
        app = web_app(limited(web, principal=3).parts)
        mine, other = (
            TestClient(app, headers={"Authorization": web.client(name).headers["authorization"]})
            for name in ("demo-clinician", "demo-second")
        )
        first = mine.get("/v1/me")
        assert first.headers["ratelimit-policy"] == '"principal";q=3;w=60'
        assert first.headers["ratelimit"] == '"principal";r=2;t=20'
        assert asks(mine, 2) == [200, 200]
        answer = mine.get("/v1/cases")
        problem = refused(answer, 429, "request.too_many")
        assert answer.headers["retry-after"] == str(problem["wait"])
        assert 0 < problem["wait"] <= 20
        assert str(problem["wait"]) in problem["remedy"]
        assert asks(other, 2) == [200, 200]

    def test_all_tokens_of_a_person_count_together(self, web: Web) -> None:
        app = web_app(limited(web, principal=2).parts)
        clients = [
            TestClient(app, headers={"Authorization": web.client().headers["authorization"]})
            for _ in range(3)
        ]
        assert [asks(client, 1) for client in clients] == [[200], [200], [429]]

    def test_a_clinic_and_not_its_neighbour(self, web: Web, neighbour: Clinic) -> None:
        app = web_app(limited(web, tenant=4).parts)

        def at(clinic: Clinic, username: str) -> TestClient:
            token = web.tokens.of(clinic, clinic.person(username))
            return TestClient(app, headers={"Authorization": f"Bearer {token}"})

        assert asks(at(web.clinic, "demo-clinician"), 2) == [200, 200]
        assert asks(at(web.clinic, "demo-second"), 3) == [200, 200, 429]
        answer = at(web.clinic, "demo-auditor").get("/v1/me")
        assert answer.headers["ratelimit-policy"] == '"tenant";q=4;w=60'
        assert asks(at(neighbour, "demo-clinician"), 4) == [200] * 4

    def test_one_who_asks_too_often_does_not_use_up_the_clinic(self, web: Web) -> None:
        limits = Limits(Rates(principal=2, tenant=4))
        tenant = TenantId(uuid4())
        now = next(iter(web.tokens.known.values()), None)
        assert now is not None
        loud, quiet = (replace(now, tenant=tenant, subject=name) for name in ("loud", "quiet"))
        for _ in range(50):
            limits.take(loud)
        assert [limits.take(quiet).wait for _ in range(2)] == [0, 0]

    def test_nobody(self, web: Web) -> None:
        client = limited(web, address=3).anonymous()
        assert asks(client, 5) == [401, 401, 401, 429, 429]
        refused(client.get("/v1/me"), 429, "request.too_many")
        assert asks(client, 3, "/v1/nothing") == [429] * 3

    def test_tokens_that_are_guessed(self, web: Web) -> None:
        client = limited(web, address=3).anonymous(Authorization="Bearer guess")
        assert asks(client, 5) == [401, 401, 401, 429, 429]
        client.headers["Authorization"] = web.client().headers["authorization"]
        assert asks(client, 3) == [200] * 3, "who is known is not held to the address"

    def test_the_health_check_is_never_refused(self, web: Web) -> None:
        client = limited(web, address=1).anonymous()
        asks(client, 3)
        assert asks(client, 20, "/health") == [200] * 20
        assert "ratelimit" not in client.get("/health").headers

    def test_a_write_that_is_refused_did_nothing(self, web: Web) -> None:
        person = web.clinic.person("demo-second")
        client = limited(web, principal=1).anonymous(
            Authorization=f"Bearer {web.tokens.of(web.clinic, person)}"
        )
        ok(client.get("/v1/me"))
        answer = client.post("/v1/me/log-out", json={})
        refused(answer, 429, "request.too_many")
        again = web.anonymous(Authorization=client.headers["authorization"])
        ok(again.get("/v1/me"))

    def test_uploads_at_once(self, web: Web) -> None:
        limits = Limits(Rates(uploads=2))
        caller = caller_of(web)
        with limits.uploading(caller), limits.uploading(caller):
            with pytest.raises(TooManyRequests), limits.uploading(caller):
                pass
            with limits.uploading(replace(caller, subject="other")):
                pass
        with limits.uploading(caller), limits.uploading(caller):
            pass
        assert not limits._uploads._held

    def test_an_upload_over_http(self, web: Web) -> None:
        app = web_app(limited(web, uploads=1).parts)
        client = TestClient(app, headers={"Authorization": web.client().headers["authorization"]})
        path = f"/v1/encounters/{web.clinic.encounter()}/sources?line=vitals"
        kind = {"Content-Type": "text/csv"}
        with app.state.limits.uploading(caller_of(web)):
            answer = client.post(path, content=b"0,80\n", headers=kind)
            assert refused(answer, 429, "request.too_many")["limit"] == 1
        ok(client.post(path, content=b"0,80\n", headers=kind), 202)


def caller_of(web: Web) -> Caller:
    token = web.tokens.of(web.clinic, web.clinic.person())
    return web.tokens.caller(token)


class TestInTheConsole:
    def browser(self, console: Web, **few: int) -> Browser:
        return Browser(limited(console, **few).anonymous())

    def test_a_calm_page_that_keeps_what_was_typed(self, console: Web) -> None:
        browser = self.browser(console, principal=3)
        browser.log_in("demo-clinician", console.password("demo-clinician"))
        case = console.clinic.in_review(b"0,80\n")
        page = browser.get(f"/cases/{case}")
        form = page.form(f"/cases/{case}/decisions", section="rate", kind="edit")
        browser.get("/")
        page = browser.submit(form, text="Typed for long")
        assert page.status == 429
        assert "A moment, please" in page.words
        assert re.search(r"Nothing was changed\. Wait \d+ s, then send it again\.", page.words)
        assert "Typed for long" in page.words
        assert int(page.headers["retry-after"]) <= 20

    def test_the_log_in(self, console: Web) -> None:
        browser = self.browser(console, address=2)
        assert asks(browser.client, 3, "/login") == [303, 303, 429]
        page = browser.get("/login")
        assert "A moment, please" in page.words

    def test_returns_from_the_issuer_that_fail(self, console: Web) -> None:
        """However many log-ins are begun; and one that was begun meanwhile waits too."""
        browser = self.browser(console)
        bad = "/login/callback?code=x&state=y"
        assert asks(browser.client, FAILED_LOG_INS, bad) == [401] * FAILED_LOG_INS
        assert asks(browser.client, 2, bad) == [429, 429]
        page = browser.log_in("demo-clinician", console.password("demo-clinician"))
        assert page.status == 429
        assert browser.get("/logged-out").status == 200

    def test_log_ins_that_succeed_are_not_counted(self, console: Web) -> None:
        browser = self.browser(console)
        for _ in range(3):
            browser.log_in("demo-clinician", console.password("demo-clinician"))
        limits = browser.client.app.state.limits  # type: ignore[attr-defined]
        assert limits.failed_log_ins.look("testclient").left == FAILED_LOG_INS - 1
