"""A record server may be broken or hostile: nothing leaves to anywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from attending.adapters.records import fhir_http, fhir_wire
from attending.adapters.records.fhir_http import FhirHttp
from attending.adapters.records.fhir_r4 import FhirR4Record
from attending.core.errors import Misconfigured, RecordRefused, RecordUnavailable
from attending.core.record import RecordAccess

Say = Callable[[str], tuple[int, dict[str, str], bytes]]  # path -> status, headers, body


class Server:
    """Says what it is told, and remembers who asked with what."""

    def __init__(self) -> None:
        self.say: Say = lambda _: (200, {}, b"{}")
        self.asked: list[tuple[str, str]] = []  # path, Authorization
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers.get("Authorization", "")))
                status, headers, body = outer.say(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/fhir"
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def stranger() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def bundle(link: str) -> bytes:
    """A page with one patient that points to the next page."""
    entry = [{"resource": {"resourceType": "Patient", "id": "1"}}]
    links = [{"relation": "next", "url": link}]
    page = {"resourceType": "Bundle", "type": "searchset", "entry": entry, "link": links}
    return json.dumps(page).encode()


def access(server: Server) -> RecordAccess:
    return RecordAccess(server.url, "secret", timeout=2)


def test_the_token_goes_to_the_registered_server(server: Server) -> None:
    FhirHttp(access(server)).call("GET", "Patient/1")
    assert server.asked == [("/fhir/Patient/1", "Bearer secret")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Server, stranger: Server, status: int) -> None:
    server.say = lambda _: (status, {"Location": f"{stranger.url}/Patient/1"}, b"")
    with pytest.raises(RecordRefused):
        FhirHttp(access(server)).call("GET", "Patient/1")
    assert stranger.asked == []


def test_a_paging_link_to_another_server_is_not_followed(server: Server, stranger: Server) -> None:
    server.say = lambda _: (200, {}, bundle(f"{stranger.url}/Patient?page=2"))
    with pytest.raises(RecordRefused):
        FhirR4Record(access(server)).patients()
    assert stranger.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1.evil.test", "127.0.0.1@evil.test", "localhost"])
def test_a_host_that_looks_alike_is_another(server: Server, host: str) -> None:
    link = server.url.replace("127.0.0.1", host)
    with pytest.raises(RecordRefused):
        FhirHttp(access(server)).follow(link)
    assert server.asked == []


def test_pages_without_end_are_no_list(server: Server) -> None:
    server.say = lambda _: (200, {}, bundle("Patient?page=again"))
    with pytest.raises(RecordRefused):
        FhirR4Record(access(server)).patients()
    assert len(server.asked) == 21


def test_an_answer_without_end_is_cut(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_wire, "LARGEST_ANSWER", 1000)
    http = FhirHttp(access(server))
    server.say = lambda _: (200, {}, b'{"a":"' + b"x" * 500 + b'"}')
    assert http.call("GET", "Basic/1").body["a"] == "x" * 500
    server.say = lambda _: (200, {}, b'{"a":"' + b"x" * 1000 + b'"}')
    with pytest.raises(RecordUnavailable):
        http.call("GET", "Basic/1")


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"\xff", b"[" * 100_000, b'"x"', b"null"])
def test_garbage_is_passing(server: Server, body: bytes) -> None:
    server.say = lambda _: (200, {}, body)
    with pytest.raises(RecordUnavailable):
        FhirHttp(access(server)).call("GET", "Basic/1")


@pytest.mark.parametrize(
    "body",
    [
        {"meta": 1},
        {"meta": {"tag": "x"}},
        {"identifier": {"value": "x"}},
        {"identifier": ["x"]},
        {"name": "x"},
        {"name": [{"given": 3}]},
        {"link": 3},
        {"subject": "x"},
    ],
)
def test_what_is_not_fhir_is_passing(server: Server, body: dict[str, object]) -> None:
    patient = {"resourceType": "Patient", "id": "1", **body}
    server.say = lambda _: (200, {}, json.dumps(patient).encode())
    with pytest.raises(RecordUnavailable):
        FhirR4Record(access(server)).patient("Patient/1")


def test_only_an_outcome_is_quoted_and_briefly(server: Server) -> None:
    http = FhirHttp(access(server))
    issue = {"details": {"text": "A\nvery\u202e long word " + "x" * 900}}
    server.say = lambda _: (422, {}, json.dumps({"issue": [issue]}).encode())
    with pytest.raises(RecordRefused) as refused:
        http.call("GET", "Basic/1")
    said = str(refused.value.context["said"])
    assert said.startswith("A very long word xxx")
    assert len(said) == fhir_http.LONGEST_SAID
    server.say = lambda _: (403, {}, b"<html>Ann Bo</html>")
    with pytest.raises(RecordRefused) as refused:
        http.call("GET", "Basic/1")
    assert refused.value.context["said"] == ""


@pytest.mark.parametrize(
    "address", ["", "record", "ftp://x/fhir", "file:///etc", "http://a:b@x/fhir", "://"]
)
def test_an_unusable_address_is_said(address: str) -> None:
    with pytest.raises(Misconfigured):
        FhirHttp(RecordAccess(address))


def test_a_token_does_not_travel_unencrypted() -> None:
    with pytest.raises(Misconfigured):
        FhirHttp(RecordAccess("http://ehr.hospital.test/fhir", "secret"))
    FhirHttp(RecordAccess("https://ehr.hospital.test/fhir", "secret"))
    FhirHttp(RecordAccess("http://ehr.hospital.test/fhir"))
