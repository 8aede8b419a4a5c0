"""Notices are posted by ids alone; a receiver that fails is tried again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar
from uuid import uuid4

import pytest

from attending.adapters.notices import WebhookNotices
from attending.core.errors import RecordUnavailable
from attending.core.ids import TenantId

TENANT, CASE = TenantId(uuid4()), uuid4()


class Receiver(BaseHTTPRequestHandler):
    heard: ClassVar[list[dict[str, object]]] = []
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.heard.append(json.loads(body))
        self.send_response(Receiver.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    Receiver.heard, Receiver.status = [], 204
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_notice_is_ids_and_nothing_else(url: str) -> None:
    WebhookNotices(url).send("case.in_review", TENANT, CASE, 3)
    assert Receiver.heard == [
        {"event": "case.in_review", "tenant": str(TENANT), "case": str(CASE), "version": 3}
    ]


def test_a_receiver_that_fails_is_a_passing_failure(url: str) -> None:
    Receiver.status = 500
    with pytest.raises(RecordUnavailable) as failed:
        WebhookNotices(url).send("case.failed", TENANT, CASE, 1)
    assert failed.value.transient


def test_a_receiver_that_is_away_is_a_passing_failure() -> None:
    with pytest.raises(RecordUnavailable):
        WebhookNotices("http://127.0.0.1:9/").send("case.failed", TENANT, CASE, 1)


def test_without_a_receiver_a_notice_is_logged_alone() -> None:
    WebhookNotices().send("case.failed", TENANT, CASE, 1)
