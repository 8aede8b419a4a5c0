"""Who gets in, for how long, and whose forms are taken."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from attending.core.errors import IssuerUnavailable
from attending.web.application import web_app
from attending.web.console.bundled import OWN, asset
from attending.web.console.pages import PageRoute, own_page
from attending.web.console.provider import Provider
from attending.web.console.session import IDLE, Cookies, Session
from attending.web.parts import ConsoleLogin
from attending.web.seals import Seals
from tests.web.browser import Browser
from tests.web.conftest import NOWHERE, Web

SESSION = "attending"


def raw(browser: Browser, path: str) -> Any:
    return browser.client.get(path, follow_redirects=False)


def _routes(router: Any) -> Iterator[BaseRoute]:
    for route in router.routes:
        below = getattr(route, "original_router", None)
        if below is None:
            yield route
        else:
            yield from _routes(below)


def console_routes(web: Web) -> list[tuple[str, str]]:
    """Every page's method and path, as the application itself lists them."""
    pages = [route for route in _routes(web_app(web.parts)) if isinstance(route, PageRoute)]
    return [(method, page.path) for page in pages for method in page.methods or ()]


def test_every_route_is_a_page_or_of_the_api(console: Web) -> None:
    assert ("POST", "/cases/{case}/decisions") in console_routes(console)
    others = [route for route in _routes(web_app(console.parts)) if type(route) is APIRoute]
    assert others
    no_pages = {"/health", "/events"}
    assert all(route.path.startswith("/v1/") or route.path in no_pages for route in others)


def test_nobody_gets_in_without_a_log_in(console: Web, browser: Browser) -> None:
    for method, path in console_routes(console):
        if path.startswith(("/log", "/assets", "/welcome")) and method == "GET":
            continue
        address = re.sub(r"\{.*?\}", NOWHERE, path)
        answer = browser.client.request(
            method, address, headers={"Origin": browser.home}, follow_redirects=False
        )
        if method == "GET":
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/login?then=/"), path
        else:
            assert answer.status_code == 401, path


def test_every_form_is_refused_from_elsewhere(console: Web, clinician: Browser) -> None:
    posts = [path for method, path in console_routes(console) if method == "POST"]
    assert len(posts) >= 8
    token = _csrf(clinician)
    for path in posts:
        address = re.sub(r"\{.*?\}", NOWHERE, path)
        for headers, sent in (
            ({"Origin": "https://evil.example"}, token),
            ({"Origin": "null"}, token),
            ({}, token),
            ({"Referer": "https://evil.example/cases"}, token),
            ({"Origin": clinician.home}, "made-up"),
            ({"Origin": clinician.home}, ""),
        ):
            answer = clinician.client.post(
                address, data={"csrf": sent}, headers=headers, follow_redirects=False
            )
            assert answer.status_code == 403, (path, headers)


def test_a_form_by_its_referer(console: Web, clinician: Browser) -> None:
    headers = {"Referer": f"{clinician.home}/"}
    answer = clinician.client.post(
        "/logout", data={"csrf": _csrf(clinician)}, headers=headers, follow_redirects=False
    )
    assert answer.status_code == 303


def test_logging_out_ends_it(clinician: Browser) -> None:
    page = clinician.get("/")
    goodbye = clinician.submit(page.form("/logout"))
    assert "You are logged out" in goodbye.words
    assert "/login?anew=true" in goodbye.links
    assert raw(clinician, "/").status_code == 303


def test_one_goes_where_one_wanted(console: Web, browser: Browser) -> None:
    case = console.clinic.in_review()
    login = browser.get(f"/cases/{case}")
    browser.submit(
        login.forms[0], username="demo-clinician", password=console.password("demo-clinician")
    )
    assert browser.at.endswith(f"/cases/{case}")


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "", "/\n/x"],
)
def test_never_to_another_site(address: str) -> None:
    assert own_page(address) == "/"


def test_an_idle_session_ends(
    console: Web, clinician: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + IDLE.total_seconds() - 60)
    assert raw(clinician, "/").status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 1.5 * IDLE.total_seconds())
    assert raw(clinician, "/").status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 3 * IDLE.total_seconds())
    assert raw(clinician, "/").status_code == 303


def test_a_cookie_is_sealed_and_held_to_its_purpose(console: Web, clinician: Browser) -> None:
    cookie = clinician.client.cookies[SESSION]
    assert "demo-clinician" not in cookie
    for forged in (cookie[:-2] + "AA", cookie[::-1], "", "x", "é"):
        answer = console.anonymous(Cookie=f"{SESSION}={forged}".encode()).get(  # type: ignore[arg-type]
            "/", follow_redirects=False
        )
        assert answer.status_code == 303
    elsewhere = Seals(console.parts.console.cookie_key).seal("shown", b"{}")
    answer = console.anonymous(Cookie=f"{SESSION}={elsewhere}").get("/", follow_redirects=False)
    assert answer.status_code == 303


def test_cookies_are_marked(console: Web, browser: Browser) -> None:
    answer = raw(browser, "/login")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    secure = replace(console.parts.console, base_url="https://clinic.example")
    header = _cookie(secure, Session.begun("token", "name"))
    assert header.startswith("__Host-attending=")
    assert "Secure" in header


def test_the_log_in_is_asked_for_as_it_should(browser: Browser) -> None:
    answer = raw(browser, "/login")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert "cases:sign" in asked["scope"][0].split()
    assert "nonce" not in asked  # so that its ID token can never be a proof of signing


@pytest.mark.parametrize("asked", ["", "?code=x&state=y", "?error=access_denied&state=é"])
def test_a_return_that_nobody_began(browser: Browser, asked: str) -> None:
    page = browser.get(f"/login/callback{asked}")
    assert page.status == 401
    assert "was not completed" in page.words


def test_a_return_works_once_and_in_its_own_browser(console: Web, browser: Browser) -> None:
    login = browser.get("/login")
    form = login.forms[0]
    answer = browser._elsewhere.post(
        f"{console.parts.console.issuer}{form.action}",
        data={
            **form.fields,
            "username": "demo-clinician",
            "password": console.password("demo-clinician"),
        },
    )
    back = answer.headers["location"]
    with console.anonymous() as other:
        assert other.get(back).status_code == 401
    assert browser.client.get(back, follow_redirects=False).status_code == 303
    assert browser.client.get(back, follow_redirects=False).status_code == 401


def test_a_token_that_no_longer_holds_leads_to_the_log_in(console: Web) -> None:
    kept = _cookie(console.parts.console, Session.begun("nonsense", "Nobody")).partition(";")[0]
    answer = console.anonymous(Cookie=kept).get("/", follow_redirects=False)
    assert answer.headers["location"].startswith("/login")


def test_an_issuer_that_does_not_answer(console: Web) -> None:
    gone = replace(console.parts.console, issuer="http://127.0.0.1:9")
    with pytest.raises(IssuerUnavailable):
        Provider(gone).endpoints()
    client = TestClient(web_app(replace(console.parts, console=gone)))
    answer = client.get("/login", follow_redirects=False)
    assert answer.status_code == 503
    assert "text/html" in answer.headers["content-type"]


def test_pages_load_nothing_but_their_own_script_and_style(clinician: Browser) -> None:
    page = clinician.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    style = clinician.client.get("/assets/console.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text
    assert "@import" not in style.text


@pytest.mark.parametrize(
    "address",
    ["/assets/none.js", "/assets/console.js.gz", "/assets/..%2Fpages.py", "/assets/lines/none/panel.js",
     "/assets/lines/vitals/panel.js", "/assets/lines/documentation/none.css"],
)  # fmt: skip
def test_no_other_file_is_an_asset(clinician: Browser, address: str) -> None:
    assert clinician.client.get(address).status_code == 404


def test_an_asset_is_kept_under_the_digest_of_its_content(clinician: Browser) -> None:
    address = asset("console.js")
    for encoding in ("gzip", "identity"):
        answer = clinician.client.get(address, headers={"Accept-Encoding": encoding})
        assert answer.text == (OWN / "console.js").read_text()
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert (answer.headers.get("content-encoding") == "gzip") is (encoding == "gzip")
    other = clinician.client.get("/assets/console.js?v=0")
    assert other.headers["cache-control"] == "no-cache"


def test_typed_words_survive_a_session_that_ended(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(b"0,80\n")
    form = clinician.get(f"/cases/{case}").form(
        f"/cases/{case}/decisions", section="rate", kind="edit"
    )
    clinician.client.cookies.clear()
    page = clinician.submit(form, text="Typed <b>for</b> long")
    assert page.status == 401
    assert "Typed <b>for</b> long" in page.words
    assert f"/login?then=/cases/{case}" in page.links


def _csrf(browser: Browser) -> str:
    return browser.get("/").form("/logout").fields["csrf"]


def _cookie(login: ConsoleLogin, session: Session) -> str:
    answer = Response()
    Cookies(login, Seals(login.cookie_key)).keep_session(answer, session)
    return answer.headers["set-cookie"]
