"""The headers of every answer, of whatever route and outcome, driven by the routes themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from attending.web.application import web_app
from attending.web.rates import Rates
from tests.web.browser import Browser
from tests.web.conftest import NOWHERE, Web
from tests.web.test_console_access import _routes

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
STYLE = "/assets/console.css"


def judge(answer: Any, *, secure: bool = False) -> None:
    headers, where = answer.headers, f"{answer.request.method} {answer.request.url}"
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS, where
    policy = dict(part.strip().partition(" ")[::2] for part in
                  headers["content-security-policy"].split(";"))  # fmt: skip
    assert policy["default-src"] == "'none'", where
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", where
    assert "unsafe" not in headers["content-security-policy"], where
    assert "*" not in headers["content-security-policy"], where
    assert policy.get("script-src", "'self'") == "'self'", where
    assert headers["referrer-policy"] in {"no-referrer", "same-origin"}, where
    assert "camera=()" in headers["permissions-policy"], where
    assert headers["cache-control"] == ("no-cache" if _is_asset(answer) else "no-store"), where
    assert ("strict-transport-security" in headers) is secure, where
    assert "server" not in headers, where
    for cookie in answer.headers.get_list("set-cookie"):
        marks = {mark.strip().lower() for mark in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= marks, where
        assert ("secure" in marks) is secure, where
        assert cookie.startswith("__Host-") is secure, where
        assert not any(mark.startswith("domain") for mark in marks), where


def _is_asset(answer: Any) -> bool:
    return bool(answer.status_code == 200 and answer.request.url.path.startswith("/assets/"))


def every(web: Web) -> list[tuple[str, str]]:
    """Method and path of every route, and of one that no path has."""
    found = []
    for route in _routes(web_app(web.parts)):
        path = re.sub(r"\{.*?\}", NOWHERE, str(getattr(route, "path", "/")))
        methods = set(getattr(route, "methods", None) or ())
        found += [(method, path) for method in sorted(methods | {"DELETE", "TRACE"})]
    return found


@pytest.fixture
def someone(console: Web, clinician: Browser) -> Any:
    """Logged in at the console, and with a token of the same."""
    return clinician.client


def test_there_are_routes(console: Web) -> None:
    assert len(every(console)) > 100


def test_every_route_for_nobody(console: Web) -> None:
    client: Any = console.anonymous()
    told = set()
    for method, path in every(console):
        answer = client.request(method, path, follow_redirects=False)
        judge(answer)
        told.add(answer.status_code)
    assert told >= {200, 303, 401, 403, 405}


def test_every_route_for_somebody(console: Web, someone: Any) -> None:
    told = set()
    at_api: Any = console.anonymous(Authorization=f"Bearer {_token(console)}")
    for method, path in every(console):
        if "log" in path or "everywhere" in path:  # it would end what is used here
            continue
        if (method, path) == ("GET", "/events"):  # it never ends: test_live_events judges it
            continue
        client = at_api if path.startswith("/v1") else someone
        headers = {"Origin": str(someone.base_url).rstrip("/")}
        answer = client.request(method, path, headers=headers, follow_redirects=False)
        judge(answer)
        told.add(answer.status_code)
    assert told >= {200, 403, 404, 405, 422}


def _token(console: Web) -> str:
    from attending.demo.issuer import sign_in

    login = console.parts.console
    return sign_in(
        login.issuer,
        login.client_id,
        login.redirect_uri,
        "demo-clinician",
        console.password("demo-clinician"),
    ).access_token


def test_every_kind_of_refusal(console: Web) -> None:
    few = replace(console.parts, rates=Rates(address=8))
    client: Any = TestClient(web_app(few), base_url=few.console.base_url)
    told = []
    for method, path, more in (
        ("GET", "/v1/nothing", {}),
        ("GET", "/nothing", {}),
        ("POST", "/v1/patients", {"content": b" " * (1 << 21)}),
        ("POST", "/logout", {"files": {"a": b"b"}}),
        ("GET", f"/{'x' * 40_000}", {}),
        ("GET", "/v1/me", {"headers": {"X-Large": "x" * 60_000}}),
        ("GET", STYLE, {"headers": {"Range": "bytes=0-1"}}),
        ("HEAD", STYLE, {}),
        ("GET", "/v1/me", {}),
        ("GET", "/", {}),
        ("GET", STYLE, {}),
    ):
        answer = client.request(method, path, **more)
        judge(answer)
        told.append(answer.status_code)
    assert told == [404, 404, 413, 415, 414, 431, 200, 405, 429, 429, 429]


def test_over_tls(console: Web) -> None:
    secure = replace(console.parts.console, base_url="https://clinic.example")
    app = web_app(replace(console.parts, console=secure))
    client: Any = TestClient(app, base_url="https://clinic.example")
    begun = client.get("/login", follow_redirects=False)
    assert begun.headers["set-cookie"].startswith("__Host-attending-flow-")
    for answer in (begun, client.get("/logged-out"), client.get("/v1/me"), client.get("/nothing")):
        judge(answer, secure=True)
