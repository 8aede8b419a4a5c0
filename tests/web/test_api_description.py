"""The API's description is complete: clients and catalogue tests rely on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from attending.core.identity import Scope
from attending.web.api.audit import LINES
from attending.web.api.desk import JSON
from attending.web.application import web_app
from attending.web.problems import MEDIA_TYPE
from tests.web.conftest import Web, ok

OPEN = {"/health"}
QUESTIONS = {
    "/v1/cases/{case}/checks"
}  # sent as a POST, since it holds clinical text; writes nothing
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def described(web: Web) -> dict[str, Any]:
    told: dict[str, Any] = ok(web.anonymous().get("/openapi.json"))
    assert told == web_app(web.parts).openapi()
    return told


def operations(described: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_route_names_its_right(described: dict[str, Any]) -> None:
    rights = set()
    for path, _, operation in operations(described):
        if path in OPEN:
            assert "security" not in operation
            continue
        ((scheme, scopes),) = operation["security"][0].items()
        assert scheme in described["components"]["securitySchemes"]
        assert len(scopes) <= 1
        assert scopes or path in {"/v1/me", "/v1/me/log-out"}
        rights |= set(scopes)
    assert rights == {scope.value for scope in Scope}


def test_every_route_is_explained(described: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in described["tags"]}
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(described):
        assert operation["summary"], path
        assert set(operation["tags"]) <= tags
        good = [status for status in operation["responses"] if status.startswith("2")]
        assert len(good) == 1
        ((media, content),) = operation["responses"][good[0]]["content"].items()
        assert content["schema"] or path.endswith("/rendition")
        assert media == (LINES if path.endswith("/export") else JSON)
        if method in {"post", "put"}:
            headers = [p["name"] for p in operation["parameters"] if p["in"] == "header"]
            assert headers == ([] if path in QUESTIONS else ["Idempotency-Key"])


def test_every_problem_is_declared(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        problems = {s: r for s, r in operation["responses"].items() if not s.startswith("2")}
        for answer in problems.values():
            assert set(answer["content"]) == {MEDIA_TYPE}
        assert "500" in problems
        if path not in OPEN:
            assert {"401", "403", "503"} <= set(problems)
        if "{" in path:
            assert "404" in problems
        if method in {"post", "put"}:
            assert {"409", "413", "422"} <= set(problems)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described))):
        assert reference in described["components"]["schemas"]
