"""What is longer, deeper, more or slower than any request of ours."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from attending.web import protection
from attending.web.api import sources
from attending.web.application import web_app
from tests.web.browser import Browser
from tests.web.conftest import UPLOAD_LIMIT, Web, ok, refused
from tests.web.test_api_upload import _Served


def test_an_address_that_is_too_long(client: TestClient) -> None:
    hints = ["x" * 190] * 100
    answer = client.get("/v1/me", params={"hints": hints})
    assert answer.status_code == 200, "an upload's hints fit"
    answer = client.get("/v1/me", params={"hints": hints * 2})
    refused(answer, 414, "request.address_too_long")
    refused(client.get(f"/v1/cases/{'x' * 40_000}"), 414, "request.address_too_long")


def test_headers_that_are_too_large_or_too_many(client: TestClient) -> None:
    large = {"X-Large": "x" * protection.HEADER_LIMIT}
    refused(client.get("/v1/me", headers=large), 431, "request.headers_too_large")
    many = {f"X-{number}": "x" for number in range(protection.HEADERS_AT_MOST)}
    refused(client.get("/v1/me", headers=many), 431, "request.headers_too_large")
    assert client.get("/v1/me", headers=dict(list(many.items())[:80])).status_code == 200


@pytest.mark.parametrize("depth", [10, 500, 20_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting(client: TestClient, depth: int, opening: str, closing: str) -> None:
    content = opening * depth + "1" + closing * depth
    answer = client.post(
        "/v1/patients", content=content.encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert "detail" in answer.json()


def test_a_number_of_a_million_digits(client: TestClient) -> None:
    body = b'{"version": ' + b"9" * 1_000_000 + b"}"
    path = f"/v1/cases/{uuid4()}/amendments"
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


class TestForms:
    def post(self, browser: Browser, **sent: Any) -> Any:
        headers = {"Origin": browser.home, **sent.pop("headers", {})}
        return browser.client.post("/logout", headers=headers, follow_redirects=False, **sent)

    def test_of_too_many_fields(self, clinician: Browser) -> None:
        content = b"&".join(b"a" for _ in range(protection.FIELDS_AT_MOST + 1))
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.post(clinician, content=content, headers=kind)
        assert answer.status_code == 413
        assert "The request is too large" in answer.text
        assert clinician.get("/").status == 200

    def test_that_are_not_url_encoded(self, clinician: Browser) -> None:
        answer = self.post(clinician, files={"csrf": b"x"})
        assert answer.status_code == 415

    def test_whose_text_holds_many_signs(self, console: Web, clinician: Browser) -> None:
        """An ampersand that was typed is no field."""
        case = console.clinic.in_review(b"0,80\n")
        page = clinician.get(f"/cases/{case}")
        form = page.form(f"/cases/{case}/decisions", section="rate", kind="edit")
        done = clinician.submit(form, text="this & that " * 100)
        assert done.status == 200


def test_an_upload_beyond_the_limit_is_refused_while_it_arrives(web: Web) -> None:
    """Its end never comes."""
    app, token = web_app(web.parts), web.tokens.of(web.clinic, web.clinic.person())
    path = f"/v1/encounters/{web.clinic.encounter()}/sources?line=vitals"
    before, chunk = web.blobs(), b"0,80\n" * 100
    with _Served(app) as server, socket.create_connection(server.address) as raw:
        raw.sendall(_head(path, token, "Transfer-Encoding: chunked"))
        for _ in range(UPLOAD_LIMIT // len(chunk) + 1):
            raw.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        assert server.answered.wait(20)
        assert b"source.too_large" in raw.recv(65536)
    assert web.blobs() == before


def _head(path: str, token: str, *more: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: test",
        f"Authorization: Bearer {token}",
        "Content-Type: text/csv" if "sources" in path else "Content-Type: application/json",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class TestSlow:
    """A client that sends the beginning, and then holds its place."""

    def answer(self, web: Web, path: str, beginning: bytes, drip: bytes = b"") -> tuple[str, Any]:
        """The status line, and the problem."""
        app, token = web_app(web.parts), web.tokens.of(web.clinic, web.clinic.person())
        with _Served(app) as server, socket.create_connection(server.address) as raw:
            raw.sendall(_head(path, token, "Content-Length: 1000") + beginning)
            while not server.answered.wait(0.05):
                raw.sendall(drip)
            raw.settimeout(10)
            received = b""
            while chunk := raw.recv(65536):
                received += chunk
                if b"\r\n\r\n" in received and received.rstrip().endswith(b"}"):
                    break
        head, _, body = received.partition(b"\r\n\r\n")
        return head.split(b"\r\n")[0].decode(), json.loads(body)

    def test_an_upload_that_stands_still(self, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sources, "STILL_SECONDS", 0.3)
        before = web.blobs()
        path = f"/v1/encounters/{web.clinic.encounter()}/sources?line=vitals"
        status, problem = self.answer(web, path, b"0,80\n")
        assert "408" in status
        assert problem["code"] == "source.too_slow"
        assert web.blobs() == before

    def test_an_upload_that_drips(self, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sources, "UPLOAD_SECONDS", 0.5)
        path = f"/v1/encounters/{web.clinic.encounter()}/sources?line=vitals"
        status, problem = self.answer(web, path, b"0,80\n", drip=b"0")
        assert "408" in status
        assert problem["code"] == "source.too_slow"

    def test_a_document_that_drips(self, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(protection, "BODY_SECONDS", 0.5)
        status, problem = self.answer(web, "/v1/patients", b"{", drip=b" ")
        assert "408" in status
        assert problem["code"] == "request.too_slow"

    def test_what_takes_long_to_answer_is_not_slow(
        self, web: Web, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The clock runs while the body arrives, not while we work."""
        monkeypatch.setattr(protection, "BODY_SECONDS", 0.2)
        started = threading.Event()
        real = type(web.parts.loop.storage).transaction

        def slow(self: Any, *args: Any) -> Any:
            started.set()
            time.sleep(0.4)
            return real(self, *args)

        monkeypatch.setattr(type(web.parts.loop.storage), "transaction", slow)
        ok(client.put(f"/v1/patients/{web.clinic.patient()}/consents/training",
                      json={"granted": True}))  # fmt: skip
        assert started.is_set()
