"""Lists in pages: each item once, in order, and a cursor that opens for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.clinic import Clinic
from tests.web.conftest import Web, ok, refused

LISTS = ("/v1/patients", "/v1/encounters", "/v1/failures")


@pytest.fixture(scope="module")
def filled(web: Web) -> Web:
    """Five of each."""
    from attending.core.errors import AttendingError
    from attending.core.work import Step
    from attending.loop.decode import decode
    from attending.loop.recover import give_up

    clinic = web.clinic
    for number in range(5):
        source, _ = clinic.upload(f"not,a,csv {number}".encode())
        job = clinic.job(Step.DECODE, source.id)
        with pytest.raises(AttendingError) as failed:
            decode(clinic.parts("inference"), job)
        give_up(clinic.databases["inference"], job, failed.value)
    return web


def pages(client: TestClient, path: str, limit: int) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    asked: dict[str, Any] = {"limit": limit}
    while True:
        told = ok(client.get(path, params=asked))
        found.append(told["items"])
        if told["next"] is None:
            return found
        asked = {"limit": limit, "cursor": told["next"]}


@pytest.mark.parametrize("path", LISTS)
def test_every_item_once_and_in_order(filled: Web, path: str) -> None:
    client = filled.client()
    whole = ok(client.get(path))
    assert len(whole["items"]) >= 5
    assert whole["next"] is None
    for limit in (1, 2, len(whole["items"])):
        paged = pages(client, path, limit)
        assert [item for page in paged for item in page] == whole["items"]
        assert all(len(page) == limit for page in paged[:-1])


def test_the_orders(filled: Web) -> None:
    client = filled.client()
    begun = [each["started_at"] for each in ok(client.get("/v1/encounters"))["items"]]
    opened = [each["opened_at"] for each in ok(client.get("/v1/failures"))["items"]]
    assert begun == sorted(begun, reverse=True)
    assert opened == sorted(opened)


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_is_of_its_list_and_clinic(filled: Web, neighbour: Clinic, path: str) -> None:
    client = filled.client()
    cursor = ok(client.get(path, params={"limit": 1}))["next"]
    for other in (*(set(LISTS) - {path}), "/v1/cases"):
        refused(client.get(other, params={"cursor": cursor}), 404, "resource.not_found")
    theirs = filled.client(clinic=neighbour)
    refused(theirs.get(path, params={"cursor": cursor}), 404, "resource.not_found")
    for asked in ({"cursor": "nonsense"}, {"cursor": ""}):
        refused(client.get(path, params=asked), 404, "resource.not_found")
    refused(client.get(path, params={"limit": 101}), 422, "input.invalid")
