"""A source comes in whole or not at all."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pytest
import uvicorn
from fastapi.testclient import TestClient

from attending.core.ids import PatientId
from attending.core.work import Purpose
from attending.loop.intake import record_consent
from attending.web.application import web_app
from tests.clinic import CSV
from tests.web.conftest import UPLOAD_LIMIT, Web, ok, refused


def send(client: TestClient, encounter: object, content: Any = CSV, **more: Any) -> Any:
    asked = {"line": "vitals", "kind": "text/csv", **more}
    return client.post(
        f"/v1/encounters/{encounter}/sources",
        params={"line": asked["line"], "hints": asked.get("hints", [])},
        content=content,
        headers={"Content-Type": asked["kind"]},
    )


@pytest.fixture
def untouched(web: Web) -> Iterator[None]:
    """Nothing of the refused upload is left: no blob, no part of one."""
    before = web.blobs()
    yield
    assert web.blobs() == before


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 500):
        yield b"0,80\n" * 100


def test_content_stands_encrypted(web: Web, client: TestClient) -> None:
    before = web.blobs()
    received = ok(send(client, web.clinic.encounter(), chunks(UPLOAD_LIMIT)), 202)
    source = ok(client.get(f"/v1/sources/{received['source']}"))
    assert source["size"] == UPLOAD_LIMIT
    assert source["digest"] == hashlib.sha256(b"0,80\n" * (UPLOAD_LIMIT // 5)).hexdigest()
    (blob,) = web.blobs() - before
    assert b"0,80" not in Path(blob).read_bytes()


def test_the_same_content_enters_once(web: Web, client: TestClient) -> None:
    encounter, before = web.clinic.encounter(), web.blobs()
    assert ok(send(client, encounter), 202) == ok(send(client, encounter), 202)
    assert len(web.blobs() - before) == 1
    assert ok(send(client, web.clinic.encounter()), 202)["case"]


def test_the_same_content_at_one_moment(web: Web) -> None:
    encounter, before = web.clinic.encounter(), web.blobs()
    answers = web.at_once(lambda client: send(client, encounter), 8)
    assert len({ok(answer, 202)["source"] for answer in answers}) == 1
    assert len(web.blobs() - before) == 1


@pytest.mark.usefixtures("untouched")
class TestRefused:
    def test_too_large_by_announcement(self, web: Web, client: TestClient) -> None:
        answer = send(client, web.clinic.encounter(), b"0" * (UPLOAD_LIMIT + 1))
        assert refused(answer, 413, "source.too_large")["limit"] == UPLOAD_LIMIT

    def test_too_large_on_the_way(self, web: Web, client: TestClient) -> None:
        answer = send(client, web.clinic.encounter(), chunks(2 * UPLOAD_LIMIT))
        refused(answer, 413, "source.too_large")

    def test_empty(self, web: Web, client: TestClient) -> None:
        refused(send(client, web.clinic.encounter(), b""), 422, "input.invalid")

    @pytest.mark.parametrize("kind", ["audio/wav", "", "text/csv2", "nonsense"])
    def test_a_kind_that_is_not_taken(self, web: Web, client: TestClient, kind: str) -> None:
        problem = refused(
            send(client, web.clinic.encounter(), kind=kind), 415, "source.unsupported"
        )
        assert problem["accepted"] == ["text/csv"]

    def test_no_such_line(self, web: Web, client: TestClient) -> None:
        answer = send(client, web.clinic.encounter(), line="astrology")
        assert "vitals" in refused(answer, 415, "source.unsupported")["lines"]

    def test_no_line_named(self, web: Web, client: TestClient) -> None:
        answer = client.post(f"/v1/encounters/{web.clinic.encounter()}/sources", content=CSV)
        refused(answer, 422, "input.invalid")

    def test_no_consent(self, web: Web, client: TestClient) -> None:
        patient = web.clinic.patient()
        encounter = web.clinic.encounter(patient)
        _withdraw(web, patient)
        problem = refused(send(client, encounter), 403, "consent.missing")
        assert problem["purposes"] == ["assistance"]

    def test_no_such_encounter(self, client: TestClient) -> None:
        refused(send(client, uuid4()), 404, "resource.not_found")

    def test_hints_that_no_record_can_hold(self, web: Web, client: TestClient) -> None:
        answer = send(client, web.clinic.encounter(), hints=["a\x00b"])
        refused(answer, 422, "input.invalid")

    def test_a_body_that_fails_on_the_way(self, web: Web, client: TestClient) -> None:
        def broken() -> Iterator[bytes]:
            yield CSV
            raise ConnectionResetError

        refused(send(client, web.clinic.encounter(), broken()), 500, "attending.error")

    def test_a_client_that_leaves(self, web: Web) -> None:
        """Over a real connection: half is sent, then the client is gone."""
        encounter = web.clinic.encounter()
        case_count = len(ok(web.client().get("/v1/cases"))["items"])
        app, token = web_app(web.parts), web.tokens.of(web.clinic, web.clinic.person())
        with _Served(app) as server, socket.create_connection(server.address) as raw:
            raw.sendall(
                f"POST /v1/encounters/{encounter}/sources?line=vitals HTTP/1.1\r\n"
                f"Host: test\r\nAuthorization: Bearer {token}\r\nContent-Type: text/csv\r\n"
                f"Content-Length: 1000\r\n\r\n0,80\n".encode()
            )
            assert server.arriving.wait(10)
            raw.close()
            assert server.answered.wait(10)
        assert len(ok(web.client().get("/v1/cases"))["items"]) == case_count


def _withdraw(web: Web, patient: PatientId) -> None:
    by = web.clinic.person()
    with web.clinic.web.transaction(web.clinic.tenant, str(by.id)) as unit:
        record_consent(unit, patient, Purpose.ASSISTANCE, granted=False, by=by)


class _Served:
    """The application behind a real server; says when a body arrives and when it is over."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.arriving, self.answered = threading.Event(), threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = self._socket.getsockname()
        self._server = uvicorn.Server(
            uvicorn.Config(self._watched, log_config=None, lifespan="off", interface="asgi3")
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    async def _watched(self, scope: Any, receive: Any, send: Any) -> None:
        async def received() -> Any:
            message = await receive()
            self.arriving.set()
            return message

        try:
            await self._app(scope, received, send)
        finally:
            self.answered.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()
