"""The same request under the same key happens once, and gives the same answer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.clinic import CSV
from tests.web.conftest import Web, ok, refused, see, signature_of

REPLAY = "idempotent-replay"


def _key(name: str = "") -> dict[str, str]:
    return {"Idempotency-Key": name or uuid4().hex}


def _encounter(web: Web) -> dict[str, str]:
    return {"patient": str(web.clinic.patient()), "started_at": "2026-11-21T09:00:00Z"}


def test_a_write_that_is_sent_twice(web: Web, client: TestClient) -> None:
    ask, key = _encounter(web), _key()
    first, second = (client.post("/v1/encounters", json=ask, headers=key) for _ in range(2))
    assert ok(first, 201) == ok(second, 201)
    assert first.content == second.content
    assert REPLAY not in first.headers
    assert second.headers[REPLAY] == "true"
    assert second.headers["content-type"] == "application/json"


def test_without_a_key_it_happens_twice(web: Web, client: TestClient) -> None:
    ask = _encounter(web)
    first, second = (ok(client.post("/v1/encounters", json=ask), 201) for _ in range(2))
    assert first["id"] != second["id"]


def test_a_key_stands_for_one_request(web: Web, client: TestClient) -> None:
    key = _key()
    first, second = _encounter(web), _encounter(web)
    ok(client.post("/v1/encounters", json=first, headers=key), 201)
    refused(client.post("/v1/encounters", json=second, headers=key), 422, "input.invalid")
    path = f"/v1/patients/{first['patient']}/consents/training"
    refused(client.put(path, json={"granted": True}, headers=key), 422, "input.invalid")


def test_a_key_is_its_callers_own(web: Web, client: TestClient) -> None:
    ask, key = _encounter(web), _key()
    mine = ok(client.post("/v1/encounters", json=ask, headers=key), 201)
    other = web.client("demo-second").post("/v1/encounters", json=ask, headers=key)
    assert REPLAY not in other.headers
    assert ok(other, 201)["id"] != mine["id"]


def test_a_failed_write_keeps_no_answer(web: Web, client: TestClient) -> None:
    case, key = web.clinic.in_review(), _key()
    section = ok(client.get(f"/v1/cases/{case}"))["sections"][1]
    version = ok(client.get(f"/v1/cases/{case}"))["version"]
    ask = {"version": version, "section": "fast", "revision": 0, "kind": "accept"}
    path = f"/v1/cases/{case}/decisions"
    refused(client.post(path, json=ask, headers=key), 403, "review.not_seen")
    see(client, case, section)
    ok(client.post(path, json=ask, headers=key), 201)
    again = client.post(path, json=ask, headers=key)
    assert again.headers[REPLAY] == "true"
    assert ok(again, 201)["version"] == version + 1


def test_an_answer_needs_the_right_again(web: Web, client: TestClient) -> None:
    case, key = web.clinic.in_review(), _key()
    ask = {"section": "fast", "revision": 0}
    ok(client.post(f"/v1/cases/{case}/views", json=ask, headers=key), 201)
    narrow = web.client(scopes=frozenset())
    answer = narrow.post(f"/v1/cases/{case}/views", json=ask, headers=key)
    refused(answer, 403, "identity.forbidden")


def test_a_signature_that_is_sent_twice(web: Web, client: TestClient) -> None:
    case, key = web.clinic.decided(), _key()
    ask = signature_of(ok(client.get(f"/v1/cases/{case}/entry")), web.clinic.person())
    path = f"/v1/cases/{case}/signatures"
    first, second = (client.post(path, json=ask, headers=key) for _ in range(2))
    assert ok(first, 201) == ok(second, 201)
    assert len(ok(client.get(f"/v1/cases/{case}/releases"))["items"]) == 1


def test_an_upload_that_is_sent_twice(web: Web, client: TestClient) -> None:
    path, key = f"/v1/encounters/{web.clinic.encounter()}/sources", _key()

    def send(content: bytes) -> Any:
        return client.post(
            path,
            params={"line": "vitals"},
            content=content,
            headers={**key, "Content-Type": "text/csv"},
        )

    before = web.blobs()
    first, second = send(CSV), send(CSV)
    assert ok(first, 202) == ok(second, 202)
    assert second.headers[REPLAY] == "true"
    refused(send(CSV + b"3,70\n"), 422, "input.invalid")
    assert len(web.blobs() - before) == 1


def test_the_same_key_at_one_moment(web: Web, client: TestClient) -> None:
    ask, key = _encounter(web), _key()
    known = len(ok(client.get("/v1/encounters"))["items"])
    answers = web.at_once(lambda each: each.post("/v1/encounters", json=ask, headers=key), 12)
    assert len({ok(answer, 201)["id"] for answer in answers}) == 1
    assert sum(REPLAY not in answer.headers for answer in answers) == 1
    assert len(ok(client.get("/v1/encounters"))["items"]) == known + 1


@pytest.mark.parametrize("name", ["", "x" * 201, "two words", "ä"])
def test_a_key_is_printable_and_short(web: Web, client: TestClient, name: str) -> None:
    headers = {"Idempotency-Key": name.encode("latin-1")}
    answer = client.post("/v1/encounters", json=_encounter(web), headers=headers)
    refused(answer, 422, "input.invalid")
