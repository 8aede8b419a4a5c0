"""The catalogue of what a hostile EHR does, as data: what it says, on which calls, what follows.

``WAYS`` says which calls each method of the record's port makes. ``ANYWHERE`` are attacks that
any call can meet; lies that belong to one call stand in hostile_lies.py.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from tests.attacks.hostile_ehr import TOKEN, Harm, Json, Said, Scene, bundle, outcome

UNAVAILABLE, REFUSED = "record.unavailable", "record.refused"
MISMATCH, CHANGED = "record.mismatch", "record.patient_changed"
HARMLESS = ""  # it is not listened to: the act is done, rightly
MIB = 1 << 20
DROP = 0.05  # seconds between two drops

# Each way through a method of core/record.py's ClinicalRecord, with all the calls it makes.
_DELIVERED = (
    "Patient.read",
    "DocumentReference.search",
    "DocumentReference.create",
    "Device.search",
    "Device.create",
    "Provenance.search",
    "Provenance.create",
    "Provenance.read",
    "DocumentReference.read",
)
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "patient": ("patient", ("Patient.read",)),
    "patients": ("patients", ("Patient.search",)),
    "read": ("read", ("DocumentReference.read",)),
    "stands": ("stands", ("DocumentReference.search", "Provenance.search")),
    "in_force": ("in_force", ("DocumentReference.search",)),
    "write": ("deliver", _DELIVERED),
    "twins": (  # the note stands already, and beside it its twin
        "deliver",
        (
            *(c for c in _DELIVERED if not c.endswith("Reference.create")),
            "DocumentReference.remove",
        ),
    ),
    "amend": ("deliver", (*_DELIVERED, "DocumentReference.replace")),
    "retract": (
        "deliver",
        (
            "Patient.read",
            "DocumentReference.read",
            "DocumentReference.replace",
            "Provenance.search",
            "Provenance.create",
            "Provenance.read",
        ),
    ),
}


@dataclass(frozen=True)
class Attack:
    """code: of the error that must follow. ways: for which, or all that make the call."""

    name: str
    harm: Harm
    code: str
    slow: bool = False
    heavy: bool = False
    ways: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def says(status: int = 200, body: object = None, **headers: str) -> Harm:
    """The same to everybody; ``{stranger}`` and ``{self}`` in headers are filled in."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()

    def harm(scene: Scene) -> Iterable[bytes]:
        at = {"stranger": scene.stranger, "self": scene.ehr.url, "port": _port(scene.stranger)}
        fields = tuple((n.replace("_", "-"), v.format(**at)) for n, v in headers.items())
        yield Said(status, raw, fields).raw()

    return harm


def _port(url: str) -> str:
    return url.rpartition(":")[2]


def raw(*pieces: bytes, endless: bool = False, pause: float = 0.0) -> Harm:
    """Just these bytes; the last of them again and again if endless."""

    def harm(scene: Scene) -> Iterator[bytes]:
        yield from pieces
        while endless and not scene.over.wait(pause):
            yield pieces[-1]

    return harm


def does(change: Callable[[Json], object] = lambda _: None, **headers: str) -> Harm:
    """What was asked is done, and told with a change."""

    def harm(scene: Scene) -> Iterator[bytes]:
        told = scene.honest()
        body = json.loads(told.body) if told.body else {}
        body = change(body) or body
        content = json.dumps(body).encode() if told.body else b""
        at = {"stranger": scene.stranger, "self": scene.ehr.url}
        fields = tuple((n.replace("_", "-"), v.format(**at)) for n, v in headers.items())
        yield Said(told.status, content, fields).raw()

    return harm


def in_bytes(change: Callable[[bytes], bytes], *headers: tuple[str, str]) -> Harm:
    """What was asked is done, and the bytes of the answer are changed."""

    def harm(scene: Scene) -> Iterator[bytes]:
        told = scene.honest()
        yield Said(told.status, change(told.body), headers).raw()

    return harm


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_LOCATIONS = {
    "stranger": "{stranger}/fhir/Patient/1",
    "no-scheme": "//127.0.0.1:{port}/fhir/Patient/1",
    "userinfo": "http://127.0.0.1@evil.test:{port}/Patient/1",
    "idn": "http://еhr.test:{port}/Patient/1".encode().decode("latin-1"),
    "upper-case": "HTTP://LOCALHOST:{port}/Patient/1",
    "trailing-dot": "http://127.0.0.1.:{port}/Patient/1",
    "file": "file:///etc/passwd",
    "itself": "{self}/Patient/1",
}


@lru_cache
def bomb(times: int, coding: str) -> bytes:
    """48 MiB of JSON, packed so often."""
    body = b'{"resourceType":"Patient","id":"' + b"1" * (48 * MIB) + b'"}'
    for _ in range(times):
        body = zlib.compress(body, 9) if coding == "deflate" else gzip.compress(body, 9)
    return body


def packed(times: int, coding: str, named: str) -> Harm:
    def harm(_: Scene) -> Iterator[bytes]:
        yield Said(200, bomb(times, coding), (("Content-Encoding", named),)).raw()

    return harm


def redirects() -> list[Attack]:
    forms = [
        Attack(f"redirect-307-{name}", says(307, b"", Location=to), REFUSED)
        for name, to in _LOCATIONS.items()
    ]
    to = _LOCATIONS["stranger"]
    return forms + [
        Attack(f"redirect-{status}", says(status, b"", Location=to), REFUSED)
        for status in (301, 302, 303, 308)
    ]


def bombs() -> list[Attack]:
    values = b'{"resourceType":"Patient","x":[' + b"[]," * (5 * MIB) + b"[]]}"
    emoji = '{"resourceType":"Patient","id":"\N{PILL}'.encode()
    return [
        Attack("bomb-gzip", packed(1, "gzip", "gzip"), REFUSED, heavy=True),
        Attack("bomb-gzip-twice", packed(2, "gzip", "gzip, gzip"), REFUSED, heavy=True),
        Attack("bomb-deflate", packed(1, "deflate", "deflate"), REFUSED, heavy=True),
        Attack("bomb-brotli", says(200, b"\xcf\xff", Content_Encoding="br"), REFUSED),
        Attack("gzip-unasked", says(200, gzip.compress(b"{}"), Content_Encoding="gzip"), REFUSED),
        Attack(
            "body-without-end",
            raw(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n", endless=True),
            UNAVAILABLE,
            heavy=True,
        ),
        Attack("body-of-many-values", says(200, values), UNAVAILABLE, heavy=True),
        Attack("body-wide-text", says(200, emoji + b"x" * (15 * MIB)), UNAVAILABLE, heavy=True),
        Attack("headers-without-end", raw(HEAD, b"X-A: " + b"a" * 4096 + b"\r\n", endless=True),
               UNAVAILABLE, heavy=True),
        Attack("header-huge", raw(HEAD, b"X-A: " + b"a" * MIB + b"\r\n\r\n"), UNAVAILABLE),
    ]  # fmt: skip


def slow_ones() -> list[Attack]:
    drop = {"endless": True, "pause": DROP}
    long = HEAD + b"Content-Length: 100000\r\n\r\n"
    harms: dict[str, Harm] = {
        "drip-body": raw(long, b" ", **drop),  # type: ignore[arg-type]
        "drip-chunks": raw(CHUNKED, b"1\r\n \r\n", **drop),  # type: ignore[arg-type]
        "drip-header": raw(HEAD + b"X-A: ", b"a", **drop),  # type: ignore[arg-type]
        "drip-1xx": raw(b"HTTP/1.1 102 Processing\r\n\r\n", **drop),  # type: ignore[arg-type]
        "1xx-without-end": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50, endless=True, pause=0.001),
        "silence": raw(b"", **drop),  # type: ignore[arg-type]
        "silence-after-headers": raw(long, b"", **drop),  # type: ignore[arg-type]
    }
    return [Attack(name, harm, UNAVAILABLE, slow=True) for name, harm in harms.items()]


def broken_http() -> list[Attack]:
    harms = {
        "no-answer": raw(),
        "other-protocol": raw(b"SSH-2.0-OpenSSH_9.9\r\n"),
        "http2": raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        "no-status": raw(b"HTTP/1.1 abc OK\r\n\r\n"),
        "length-too-long": raw(HEAD + b"Content-Length: 500\r\n\r\n{}"),
        "length-twice": raw(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        "length-negative": raw(HEAD + b"Content-Length: -1\r\n\r\n{}"),
        "chunk-of-no-size": raw(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
        "transfer-gzip": raw(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        "later-without-end": says(429, b"", Retry_After="999999999"),
        "status-999": says(999, b""),
    }
    return [Attack(name, harm, UNAVAILABLE) for name, harm in harms.items()]


def broken_json() -> list[Attack]:
    patient = b'{"resourceType":"Patient","id":"1"'
    bodies: dict[str, bytes] = {
        "empty": b"",
        "html": b"<html><script>alert(1)</script></html>",
        "list": b"[]",
        "text": b'"x"',
        "null": b"null",
        "cut": patient,
        "deep": b'{"a":' * 100_000,
        "deeper-than-use": b'{"a":' * 60 + b"1" + b"}" * 60,
        "name-twice": patient + b',"id":"2"}',
        "nan": patient + b',"x":NaN}',
        "infinity": patient + b',"x":-Infinity}',
        "number-without-bounds": patient + b',"x":1e999}',
        "digits-without-end": patient + b',"x":' + b"9" * 100_000 + b"}",
        "lone-surrogate": patient + b',"x":"\\ud800"}',
        "nul": patient + b',"x":"a\\u0000b"}',
        "latin-1": patient + b',"x":"\xe9"}',
        "utf-16": '{"resourceType":"Patient"}'.encode("utf-16"),
        "surrogate-bytes": patient + b',"x":"\xed\xa0\x80"}',
        "outcome-as-success": json.dumps(outcome("It failed.")).encode(),
        "transaction-with-failures": json.dumps(
            {"resourceType": "Bundle", "type": "transaction-response",
             "entry": [{"response": {"status": "422", "outcome": outcome("No.")}}]}
        ).encode(),
    }  # fmt: skip
    return [Attack(f"json-{name}", says(200, body), UNAVAILABLE) for name, body in bodies.items()]


def challenges() -> list[Attack]:
    echoed = says(422, outcome(f"You sent Bearer {TOKEN}"))
    escaped = f'{{"resourceType":"Patient","id":"1","x":"\\u{ord(TOKEN[0]):04x}{TOKEN[1:]}"}}'
    key = {"resourceType": "Patient", "id": "1", TOKEN: 1}
    return [
        Attack("basic-challenge", says(401, b"", WWW_Authenticate='Basic realm="x"'), REFUSED),
        Attack("negotiate-challenge", says(401, b"", WWW_Authenticate="Negotiate"), REFUSED),
        Attack("proxy-challenge", says(407, b"", Proxy_Authenticate="Basic"), REFUSED),
        Attack("upgrade", raw(b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"),
               UNAVAILABLE),
        Attack("token-in-outcome", echoed, REFUSED),
        Attack("token-in-page", says(403, f"<p>{TOKEN}</p>".encode()), REFUSED),
        Attack("token-in-value", says(200, escaped.encode()), REFUSED),
        Attack("token-in-name", says(200, key), REFUSED),
        Attack("token-in-id", says(200, {"resourceType": "Patient", "id": TOKEN}), REFUSED),
    ]  # fmt: skip


def not_listened_to() -> list[Attack]:
    return [
        Attack("cookie", does(Set_Cookie="session=evil; Path=/; Max-Age=9999"), HARMLESS),
        Attack("refresh", does(Refresh="0; url={stranger}"), HARMLESS),
        Attack("alt-svc", does(Alt_Svc='h2="evil.test:443"; ma=9999'), HARMLESS),
        Attack("link", does(Link='<{stranger}>; rel="next"'), HARMLESS),
        Attack("content-location", does(Content_Location="{stranger}/x"), HARMLESS),
        Attack("location", does(Location="{stranger}/fhir/Patient/1"), HARMLESS),
        Attack("location-of-another", does(Location="{self}/Patient/1/_history/9"), HARMLESS),
        Attack("location-upwards", does(Location="../../../../admin"), HARMLESS),
        Attack("location-huge", does(Location="DocumentReference/" + "9" * 60_000), HARMLESS),
        Attack("etag-lie", does(ETag='W/"999"'), HARMLESS),
        Attack("token-in-header", does(X_Echo=f"Bearer {TOKEN}"), HARMLESS),
        Attack("content-type-html", does(Content_Type="text/html"), HARMLESS),
        Attack("byte-order-mark", in_bytes(lambda b: b"\xef\xbb\xbf" + b if b else b), HARMLESS),
    ]


ANYWHERE: tuple[Attack, ...] = (
    *redirects(),
    *bombs(),
    *slow_ones(),
    *broken_http(),
    *broken_json(),
    *challenges(),
    *not_listened_to(),
)
_pages = count(1)


def page(link: str, *, empty: bool = False) -> Harm:
    """A page of a search that points on."""

    def harm(scene: Scene) -> Iterator[bytes]:
        at = {"stranger": scene.stranger, "self": scene.ehr.url, "port": _port(scene.stranger)}
        kind = scene.asked.kind
        to = link.format(**at, number=next(_pages), kind=kind)
        held = [] if empty else [{"resourceType": kind, "id": f"p{next(_pages)}"}]
        yield Said.of(bundle(*held, next_page=to)).raw()

    return harm


def links() -> list[Attack]:
    away = {
        **{name: to for name, to in _LOCATIONS.items() if name != "itself"},
        "idn": "http://еhr.test:{port}/Patient",
        "https": "https://127.0.0.1/fhir/Patient",
        "other-base": "/admin/Patient?page=2",
        "upwards": "{self}/../admin",
        "upwards-coded": "{self}/%2e%2e/admin",
        "upwards-semicolon": "{self}/..;/admin",
        "looks-alike": "{self}-evil/Patient",
        "script": "javascript:alert(1)",
    }
    broken = {"no-host": "http://xn--/", "no-port": "http://x:y/", "long": "x" * 70_000}
    endless = {"same": "{self}/{kind}?page=1", "fresh": "{self}/{kind}?page={number}"}
    return [
        *(Attack(f"next-{name}", page(to), REFUSED) for name, to in away.items()),
        *(Attack(f"next-{name}", page(to), UNAVAILABLE) for name, to in broken.items()),
    ] + [
        Attack(f"pages-{name}{'-empty' * empty}", page(to, empty=empty), REFUSED)
        for name, to in endless.items()
        for empty in (False, True)
    ]
