"""Keys are fetched from their issuer alone, seldom, and only usable ones are kept."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from attending.adapters.identity import (
    IssuerKeys,
    OidcTokenVerifier,
    TrustedIssuer,
)
from attending.core.errors import IssuerUnavailable, Misconfigured, Unauthenticated
from tests.adapters.identity.forging import CLIENT, Forge

DISCOVERY = "/.well-known/openid-configuration"


@dataclass
class StandIn:
    """A web server that answers as told and counts who asks."""

    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, document: object) -> None:
        self.answers[path] = (200, {}, json.dumps(document).encode())

    def publish(self, *keys: Key | dict[str, Any]) -> None:
        self.answer(DISCOVERY, {"issuer": self.url, "jwks_uri": f"{self.url}/keys"})
        plain = [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]
        self.answer("/keys", {"keys": plain})

    def fetched(self) -> int:
        return self.asked.count("/keys")

    def trusted(self, **changes: Any) -> TrustedIssuer:
        usual = {"issuer": self.url, "audience": "attending", "client_id": CLIENT}
        return TrustedIssuer(**usual | changes)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    told = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            status, headers, body = told.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield told
        server.shutdown()
        thread.join()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def es256(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", parameters={"kid": kid})


def test_keys_are_kept_for_five_minutes(stand_in: StandIn, clock: Clock) -> None:
    stand_in.publish(es256("a"))
    keys = IssuerKeys(stand_in.trusted(), clock=clock)

    for clock.now in (1000, 1001, 1299):
        assert keys.key("a", "ES256").kid == "a"
    assert stand_in.fetched() == 1

    clock.now = 1301
    keys.key("a", "ES256")
    assert stand_in.fetched() == 2


def test_a_withdrawn_key_is_forgotten(stand_in: StandIn, clock: Clock) -> None:
    stand_in.publish(es256("a"), es256("b"))
    keys = IssuerKeys(stand_in.trusted(), clock=clock)
    keys.key("a", "ES256")

    stand_in.publish(es256("b"))
    clock.now += 301

    with pytest.raises(InvalidKeyIdError):
        keys.key("a", "ES256")


def test_an_unknown_key_is_looked_for_once_and_not_too_often(
    stand_in: StandIn, clock: Clock
) -> None:
    stand_in.publish(es256("a"))
    keys = IssuerKeys(stand_in.trusted(), clock=clock)
    keys.key("a", "ES256")

    clock.now += 6
    for number in range(50):
        with pytest.raises(InvalidKeyIdError):
            keys.key(f"made-up-{number}", "ES256")

    assert stand_in.fetched() == 2
    assert keys.key("a", "ES256").kid == "a"


def test_a_new_key_is_found_at_once(stand_in: StandIn, clock: Clock) -> None:
    stand_in.publish(es256("a"))
    keys = IssuerKeys(stand_in.trusted(), clock=clock)
    keys.key("a", "ES256")

    stand_in.publish(es256("a"), es256("b"))
    clock.now += 6

    assert keys.key("b", "ES256").kid == "b"


def test_threads_that_ask_together_fetch_once(stand_in: StandIn) -> None:
    stand_in.publish(es256("a"))
    keys = IssuerKeys(stand_in.trusted())

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keys.key("a", "ES256").kid, range(32)))

    assert found == ["a"] * 32
    assert stand_in.fetched() == 1


def test_a_failing_issuer_is_not_besieged_and_recovers(stand_in: StandIn, clock: Clock) -> None:
    keys = IssuerKeys(stand_in.trusted(), clock=clock)
    for _ in range(5):
        with pytest.raises(IssuerUnavailable):
            keys.key("a", "ES256")
    assert stand_in.asked == [DISCOVERY]

    stand_in.publish(es256("a"))
    clock.now += 6

    assert keys.key("a", "ES256").kid == "a"


def test_known_keys_serve_while_the_issuer_is_down(stand_in: StandIn, clock: Clock) -> None:
    stand_in.publish(es256("a"))
    keys = IssuerKeys(stand_in.trusted(), clock=clock)
    keys.key("a", "ES256")

    stand_in.answers.clear()
    clock.now += 200

    with pytest.raises(IssuerUnavailable):
        keys.key("b", "ES256")
    assert keys.key("a", "ES256").kid == "a"


def test_a_named_address_needs_no_discovery(stand_in: StandIn) -> None:
    stand_in.publish(es256("a"))
    trusted = stand_in.trusted(issuer="https://login.example", jwks_uri=f"{stand_in.url}/keys")

    assert IssuerKeys(trusted).key("a", "ES256").kid == "a"
    assert stand_in.asked == ["/keys"]


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:1/keys", "/moved"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(stand_in: StandIn, elsewhere: str, status: int) -> None:
    stand_in.publish(es256("a"))
    stand_in.answers["/moved"] = stand_in.answers["/keys"]
    stand_in.answers["/keys"] = (status, {"location": elsewhere}, b"")

    with pytest.raises(IssuerUnavailable):
        IssuerKeys(stand_in.trusted()).key("a", "ES256")
    assert "/moved" not in stand_in.asked


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"jwks_uri": "https://127.0.0.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://[broken"},
        {"jwks_uri": None},
        {"jwks_uri": ["x"]},
    ],
    ids=str,
)
def test_discovery_may_not_point_elsewhere(
    stand_in: StandIn, configuration: dict[str, Any]
) -> None:
    stand_in.publish(es256("a"))
    usual = {"issuer": stand_in.url, "jwks_uri": f"{stand_in.url}/keys"}
    stand_in.answer(DISCOVERY, usual | configuration)

    with pytest.raises(IssuerUnavailable):
        IssuerKeys(stand_in.trusted()).key("a", "ES256")
    assert stand_in.fetched() == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"keys": {}}', b"\xff", b"[" * 100_000, b" " * 300_000 + b'{"keys": []}'],
    ids=["empty", "list", "no keys", "keys no list", "no text", "deep", "large"],
)
def test_unreadable_keys_are_a_failure_that_passes(stand_in: StandIn, body: bytes) -> None:
    stand_in.publish()
    stand_in.answers["/keys"] = (200, {}, body)

    with pytest.raises(IssuerUnavailable):
        IssuerKeys(stand_in.trusted()).key("a", "ES256")


def test_keys_on_another_host_are_not_even_asked_for(stand_in: StandIn) -> None:
    stand_in.publish(es256("a"))
    reachable = stand_in.url.replace("127.0.0.1", "localhost")
    stand_in.answer(DISCOVERY, {"issuer": stand_in.url, "jwks_uri": f"{reachable}/keys"})

    with pytest.raises(IssuerUnavailable):
        IssuerKeys(stand_in.trusted()).key("a", "ES256")
    assert stand_in.fetched() == 0
    assert IssuerKeys(stand_in.trusted(jwks_uri=f"{reachable}/keys")).key("a", "ES256")


def _unusable(good: ECKey) -> list[Any]:
    public = good.as_dict(private=False)
    return [
        OctKey.generate_key(256, parameters={"kid": "shared"}).as_dict(private=True),
        es256("private").as_dict(private=True),
        {**public, "kid": "encrypts", "use": "enc"},
        {**public, "kid": "off the curve", "x": public["y"]},
        {**public, "kid": "no point", "y": ""},
        {**public, "kid": "no curve", "crv": "P-999"},
        {"kty": "EC", "kid": "incomplete"},
        {"kty": "AKP", "kid": "future"},
        {"kty": "RSA", "kid": "weak", "e": "AQAB", "n": "sXch" * 40},
        "text",
        None,
    ]


def test_unusable_keys_are_passed_over(stand_in: StandIn) -> None:
    good = es256("good")
    unusable = _unusable(good)
    stand_in.answer("/keys", {"keys": [*unusable, good.as_dict(private=False)]})
    keys = IssuerKeys(stand_in.trusted(jwks_uri=f"{stand_in.url}/keys"))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert keys.key("good", "ES256").kid == "good"
    for each in unusable:
        if isinstance(each, dict):
            with pytest.raises(InvalidKeyIdError):
                keys.key(each["kid"], "ES256")


ACCEPTED: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256", parameters={"kid": "ES256"}),
    "ES384": ECKey.generate_key("P-384", parameters={"kid": "ES384"}),
    "RS256": RSAKey.generate_key(2048, parameters={"kid": "RS256"}),
    "EdDSA": OKPKey.generate_key("Ed25519", parameters={"kid": "EdDSA"}),
}


@pytest.mark.parametrize("alg", ACCEPTED)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_each_accepted_algorithm_verifies(stand_in: StandIn, alg: str) -> None:
    stand_in.publish(*ACCEPTED.values())
    token = Forge(stand_in.url, ACCEPTED[alg]).access({"alg": alg})
    verifier = OidcTokenVerifier([stand_in.trusted()])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verifier.caller(token).subject == "ada"


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_algorithms_that_are_not_named_are_refused(stand_in: StandIn, alg: str) -> None:
    stand_in.publish(*ACCEPTED.values())
    token = Forge(stand_in.url, ACCEPTED["RS256"]).access({"alg": alg})

    with pytest.raises(Unauthenticated):
        OidcTokenVerifier([stand_in.trusted()]).caller(token)


def test_a_key_serves_the_algorithm_it_is_published_for(stand_in: StandIn) -> None:
    key = ACCEPTED["RS256"]
    stand_in.publish({**key.as_dict(private=False), "alg": "PS256"})

    with pytest.raises(Unauthenticated):
        OidcTokenVerifier([stand_in.trusted()]).caller(
            Forge(stand_in.url, key).access({"alg": "RS256"})
        )


def test_one_issuers_key_signs_nothing_for_another(stand_in: StandIn, forge: Forge) -> None:
    mine = es256("a")
    stand_in.publish(mine)
    both = OidcTokenVerifier([stand_in.trusted(), TrustedIssuer(forge.url, "attending", CLIENT)])

    assert both.caller(Forge(stand_in.url, mine).access()).issuer == stand_in.url
    with pytest.raises(Unauthenticated):
        both.caller(Forge(forge.url, mine).access())


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://login.example"},
        {"issuer": "ftp://login.example"},
        {"issuer": "https://"},
        {"issuer": ""},
        {"issuer": "https://login.example?x=1"},
        {"issuer": "http://127.0.0.1.login.example"},
        {"issuer": "http://[broken"},
        {"jwks_uri": "http://login.example/keys"},
        {"audience": ""},
        {"client_id": ""},
        {"client_id": "attending"},
    ],
    ids=str,
)
def test_unsafe_issuers_are_a_fault_of_the_installation(changes: dict[str, str]) -> None:
    usual = {"issuer": "https://login.example", "audience": "attending", "client_id": CLIENT}
    TrustedIssuer(**usual)

    with pytest.raises(Misconfigured):
        TrustedIssuer(**usual | changes)
