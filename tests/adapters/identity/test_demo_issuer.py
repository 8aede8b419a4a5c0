"""The demo issuer keeps to OpenID Connect, and to this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from attending.core.errors import Misconfigured, Unauthenticated
from attending.demo.issuer import RunningIssuer, sign_in
from attending.demo.issuer.codes import MAX_OF_ADDRESS, Codes, Grant, Throttle
from attending.demo.issuer.key import signing_key
from tests.adapters.identity.forging import (
    CLIENT,
    DIGEST,
    PASSWORD,
    REDIRECT,
    TENANT,
    issuer_settings,
)

VERIFIER = "v" * 43
REQUEST = {
    "response_type": "code",
    "client_id": CLIENT,
    "redirect_uri": REDIRECT,
    "scope": "openid",
    "state": 'st"<script>alert(1)</script>&x',
    "nonce": DIGEST,
    "prompt": "login",
    "max_age": "0",
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .rstrip(b"=")
    .decode(),
    "code_challenge_method": "S256",
}


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.inputs: dict[str, str] = {}
        self.labelled: set[str] = set()
        self.target = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.inputs[named["name"]] = named.get("value", "")
        if tag == "label":
            self.labelled.add(named["for"])
        if tag == "form":
            self.target = named["action"]


@pytest.fixture
def http(issuer: RunningIssuer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=issuer.url, trust_env=False) as client:
        yield client


def log_in(http: httpx.Client, **changes: str) -> httpx.Response:
    form = REQUEST | {"username": "ada", "password": PASSWORD} | changes
    return http.post("/authorize", data=form)


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def exchange(http: httpx.Client, code: str, /, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "client_id": CLIENT,
        "code_verifier": VERIFIER,
    }
    return http.post("/token", data=form | changes)


def claims_of(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_a_browser_can_log_in_with_the_page_it_is_shown(http: httpx.Client) -> None:
    page = Page(http.get("/authorize", params=REQUEST).text)
    assert {"username", "password"} <= page.labelled

    filled = page.inputs | {"username": "ada", "password": PASSWORD}
    answer = http.post(page.target, data=filled)

    location = answer.headers["location"]
    assert location.startswith(f"{REDIRECT}?")
    assert parse_qs(urlsplit(location).query)["state"] == [REQUEST["state"]]
    assert exchange(http, code_of(answer)).status_code == 200


def test_the_page_escapes_and_says_what_it_is(http: httpx.Client) -> None:
    answer = http.get("/authorize", params=REQUEST)

    assert "Demo issuer - not for production" in answer.text
    assert "script" not in Page(answer.text).tags
    assert Page(answer.text).inputs["state"] == REQUEST["state"]


def test_the_page_forbids_the_browser_nearly_everything(http: httpx.Client) -> None:
    answer = http.get("/authorize", params=REQUEST)

    policy = answer.headers["content-security-policy"]
    style = answer.text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_both_tokens_say_what_they_should(http: httpx.Client, issuer: RunningIssuer) -> None:
    now = int(time.time())
    answer = exchange(http, code_of(log_in(http)))
    body = answer.json()
    access, proof = claims_of(body["access_token"]), claims_of(body["id_token"])

    assert answer.headers["cache-control"] == "no-store"
    assert access["aud"] == "attending"
    assert access["tenant"] == proof["tenant"] == str(TENANT)
    assert access["roles"] == ["clinician"]
    assert "cases:sign" in str(access["scope"]).split()
    assert proof["aud"] == CLIENT
    assert proof["nonce"] == DIGEST
    assert proof["name"] == "Dr Ada Byron"
    assert now <= int(str(proof["auth_time"])) <= int(time.time())
    assert int(str(access["exp"])) - int(str(access["iat"])) == 3600
    assert access["iss"] == proof["iss"] == issuer.url


def test_each_access_token_is_another(http: httpx.Client) -> None:
    first, second = (exchange(http, code_of(log_in(http))).json() for _ in range(2))

    assert claims_of(first["access_token"])["jti"] != claims_of(second["access_token"])["jti"]


def test_a_code_serves_once(http: httpx.Client) -> None:
    code = code_of(log_in(http))

    assert exchange(http, code).status_code == 200
    assert exchange(http, code).json() == {"error": "invalid_grant"}


def test_of_many_that_redeem_a_code_one_wins(http: httpx.Client) -> None:
    code = code_of(log_in(http))

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: exchange(http, code).status_code, range(8)))

    assert sorted(statuses) == [200] + [400] * 7


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code_verifier": REQUEST["code_challenge"]}, "invalid_grant"),
        ({"redirect_uri": REDIRECT + "/"}, "invalid_grant"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
    ids=str,
)
def test_wrong_token_requests_yield_nothing(
    http: httpx.Client, changes: dict[str, str], error: str
) -> None:
    answer = exchange(http, code_of(log_in(http)), **changes)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_wrong_verifier_spends_the_code(http: httpx.Client) -> None:
    code = code_of(log_in(http))
    exchange(http, code, code_verifier="w" * 43)

    assert exchange(http, code).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_requests_go_back_with_an_error(
    http: httpx.Client, changes: dict[str, str], error: str
) -> None:
    for answer in (http.get("/authorize", params=REQUEST | changes), log_in(http, **changes)):
        returned = parse_qs(urlsplit(answer.headers["location"]).query)
        assert answer.status_code == 303
        assert returned["error"] == [error]
        assert "code" not in returned


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://127.0.0.1:9/callback/.."},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": ""},
        {"client_id": "other"},
    ],
    ids=str,
)
def test_strangers_are_not_redirected_to(http: httpx.Client, changes: dict[str, str]) -> None:
    for answer in (http.get("/authorize", params=REQUEST | changes), log_in(http, **changes)):
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "Demo issuer" in answer.text


@pytest.mark.parametrize(
    ("username", "password"), [("ada", "other"), ("eve", PASSWORD), ("", ""), ("ADA", PASSWORD)]
)
def test_a_wrong_password_shows_the_page_again(
    http: httpx.Client, username: str, password: str
) -> None:
    answer = log_in(http, username=username, password=password)

    assert answer.status_code == 403
    assert 'role="alert"' in answer.text
    assert password == "" or password not in answer.text
    filled = Page(answer.text).inputs | {"username": "ada", "password": PASSWORD}
    assert code_of(http.post("/authorize", data=filled))


def test_five_failures_a_minute_are_enough(tmp_path: Path) -> None:
    with (
        RunningIssuer(issuer_settings(tmp_path)) as own,
        httpx.Client(base_url=own.url, trust_env=False) as http,
    ):
        for _ in range(5):
            assert log_in(http, password="guess").status_code == 403
        assert log_in(http).status_code == 429
        assert log_in(http, username="eve", password="other").status_code == 303


def test_the_throttle_opens_after_a_minute() -> None:
    now = [100.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(5):
        throttle.failed("ada", "10.0.0.1")
    for name in ("ada", "ADA", " ada "):
        assert not throttle.is_open(name, "10.0.0.2")
    assert throttle.is_open("eve", "10.0.0.1")

    now[0] += 13
    assert throttle.is_open("ada", "10.0.0.1"), "one more try"
    throttle.failed("ada", "10.0.0.1")
    assert not throttle.is_open("ada", "10.0.0.1")
    now[0] += 61

    assert throttle.is_open("ada", "10.0.0.1")


def test_an_address_that_tries_many_names_is_held_too() -> None:
    throttle = Throttle(lambda: 100.0)
    for number in range(MAX_OF_ADDRESS):
        assert throttle.is_open(f"name{number}", "10.0.0.1")
        throttle.failed(f"name{number}", "10.0.0.1")
    assert not throttle.is_open("ada", "10.0.0.1")
    assert throttle.is_open("ada", "10.0.0.2")


def test_a_name_that_nobody_has_is_held_like_one_that_somebody_has() -> None:
    """Its length does not tell either, nor fill the memory."""
    throttle = Throttle(lambda: 100.0)
    for name in ("ada", "nobody", "x" * 100_000, "é\x00"):
        for _ in range(5):
            assert throttle.is_open(name, "10.0.0.1")
            throttle.failed(name, "10.0.0.1")
        assert not throttle.is_open(name, "10.0.0.1")
    assert all(len(key) == 64 for key in throttle._names._full_at)


def test_codes_live_for_a_minute(issuer: RunningIssuer) -> None:
    now = [100.0]
    codes = Codes(lambda: now[0])
    grant = Grant(issuer.settings.users[0], REDIRECT, "c", "", 0)
    in_time, too_late = codes.issue(grant), codes.issue(grant)

    now[0] += 59
    assert codes.redeem(in_time) is grant
    now[0] += 2
    assert codes.redeem(too_late) is None


def test_discovery_names_what_is_there(http: httpx.Client, issuer: RunningIssuer) -> None:
    configuration = http.get("/.well-known/openid-configuration").json()

    assert configuration["issuer"] == issuer.url
    assert configuration["authorization_endpoint"] == f"{issuer.url}/authorize"
    assert configuration["token_endpoint"] == f"{issuer.url}/token"
    assert configuration["code_challenge_methods_supported"] == ["S256"]
    keys = http.get(configuration["jwks_uri"]).json()["keys"]
    assert [set(key) for key in keys] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}]


def test_nothing_else_is_served(http: httpx.Client) -> None:
    for path in ("/", "/docs", "/redoc", "/openapi.json"):
        assert http.get(path).status_code == 404


def test_sign_in_says_when_it_is_refused(issuer: RunningIssuer) -> None:
    with pytest.raises(Unauthenticated):
        sign_in(issuer.url, CLIENT, REDIRECT, "nobody", "guess")
    with pytest.raises(Unauthenticated):
        sign_in(issuer.url, CLIENT, "http://127.0.0.1:8/other", "ada", PASSWORD)
    with pytest.raises(Unauthenticated):
        sign_in("http://127.0.0.1:1", CLIENT, REDIRECT, "ada", PASSWORD)


def test_sign_in_uses_the_client_it_is_given(issuer: RunningIssuer) -> None:
    seen: list[str] = []
    with httpx.Client(event_hooks={"request": [lambda sent: seen.append(sent.url.path)]}) as http:
        tokens = sign_in(issuer.url, CLIENT, REDIRECT, "ada", PASSWORD, nonce=DIGEST, http=http)
        assert not http.is_closed

    assert seen == ["/authorize", "/token"]
    assert claims_of(tokens.id_token)["nonce"] == DIGEST
    assert tokens.access_token not in repr(tokens)


def test_the_key_outlives_the_issuer(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "issuer.pem"

    first, second = signing_key(path), signing_key(path)

    assert first.kid == second.kid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_issuers_that_start_together_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        kids = set(pool.map(lambda _: signing_key(tmp_path / "issuer.pem").kid, range(8)))

    assert len(kids) == 1


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "issuer.pem"
    signing_key(path)
    path.chmod(0o640)

    with pytest.raises(Misconfigured):
        signing_key(path)


def test_a_file_without_key_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "issuer.pem"
    path.write_text("no key")
    path.chmod(0o600)

    with pytest.raises(Misconfigured):
        signing_key(path)


@pytest.mark.parametrize(
    "url", ["http://0.0.0.0:0", "http://10.0.0.1:80", "https://127.0.0.1:1", "http://127.0.0.1:1/x"]
)
def test_other_machines_are_not_served(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misconfigured):
        replace(issuer_settings(tmp_path), url=url)


def test_a_taken_port_is_told(tmp_path: Path, issuer: RunningIssuer) -> None:
    with pytest.raises(Misconfigured):
        RunningIssuer(replace(issuer_settings(tmp_path), url=issuer.url))


def test_the_port_is_free_again_afterwards(tmp_path: Path) -> None:
    with RunningIssuer(issuer_settings(tmp_path)) as running:
        port = urlsplit(running.url).port
        assert port

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_passwords_are_not_shown(issuer: RunningIssuer) -> None:
    assert PASSWORD not in repr(issuer.settings)
