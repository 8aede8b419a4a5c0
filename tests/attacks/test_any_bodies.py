"""Whatever is sent to a route that writes: an answer that says what is wrong, never a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attending.core.ids import CaseId
from tests.attacks.recipes import RECIPES, Ask, Operation, Party
from tests.clinic import Clinic
from tests.journeys.served import Served, serving

WRITES = sorted(
    name for name, recipe in RECIPES.items() if recipe.status != 200 or name == "record_consent"
)
BARE = ("reopen", "retry", "take")  # writes without a body
FEW = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NASTY = st.sampled_from(
    [
        "\x00",
        "\ud800",
        "￿",
        "\u202e",
        "'; drop table attending.cases; --",
        "{{7*7}}",
        "%s%(x)s{}",
        "a" * 5_000,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.9999999-14:00",
        "00000000-0000-0000-0000-000000000000",
        2**31,
        2**63,
        -(2**63),
        10**400,
        1e308,
        -0.0,
        float("nan"),
        float("inf"),
        True,
        None,
    ]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    NASTY | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def served(clinic: Clinic) -> Iterator[Served]:
    with serving(clinic) as running:
        yield running


@pytest.fixture(scope="module")
def asks(us: Party) -> dict[str, Ask]:
    """A right request for each, which the wrong ones are made of."""
    return {name: RECIPES[name].ask(us) for name in (*WRITES, *BARE)}


@st.composite
def bodies(draw: st.DrawFn, ask: Ask) -> Any:
    """Any JSON, or the right body with some of its values altered, missing or added."""
    if ask.body is None or draw(st.integers(0, 5)) == 0:
        return draw(JSON)
    places = [place for place in ask.places() if place[0] == "body"]
    changed = ask
    for place in draw(st.lists(st.sampled_from(places), max_size=3, unique=True)):
        changed = changed.with_value(place, draw(NASTY | JSON))
    body = dict(changed.body or {})
    for name in draw(st.lists(st.sampled_from(sorted(body)), max_size=2, unique=True)):
        if draw(st.booleans()):
            del body[name]
    if draw(st.integers(0, 3)) == 0:
        body |= draw(st.dictionaries(st.text(max_size=8), JSON, max_size=2))
    return body


def _send(
    us: Party, operation: Operation, ask: Ask, content: bytes, **query: Any
) -> httpx.Response:
    """The client judges every answer: never a fault, and nothing of our insides."""
    answer = us.asking(operation.recipe).request(
        operation.method,
        operation.path.format(**ask.path),
        params={**ask.query, **query},
        content=content,
        headers={"Content-Type": ask.kind or "application/json"},
    )
    assert str(answer.status_code) in operation.described["responses"], answer.text
    return answer


@pytest.mark.parametrize("name", [name for name in (*WRITES, *BARE) if name != "upload"])
def test_any_body(us: Party, known: dict[str, Operation], asks: dict[str, Ask], name: str) -> None:
    operation, ask = known[name], asks[name]

    @FEW
    @given(st.data())
    def sent(data: st.DataObject) -> None:
        body = data.draw(bodies(_refreshed(us, ask)))
        _send(us, operation, ask, json.dumps(body).encode())

    sent()


def _refreshed(us: Party, ask: Ask) -> Ask:
    """At the case's present version, so that what was not altered is still right."""
    body = ask.body or {}
    if "case" not in ask.path or "version" not in body:
        return ask
    case = us.clinic.case(CaseId(UUID(ask.path["case"])))
    changed = ask.with_value(("body", "version"), case.version)
    if "revision" not in body:
        return changed
    return changed.with_value(("body", "revision"), case.revision(body["section"]))


@pytest.mark.parametrize("name", [*WRITES, *BARE])
def test_any_bytes(us: Party, known: dict[str, Operation], asks: dict[str, Ask], name: str) -> None:
    """Broken JSON, or for an upload any content at all."""
    operation, ask = known[name], asks[name]
    deep = b"[" * 15_000

    @FEW
    @given(st.binary(max_size=60) | st.just(deep) | st.just(b'{"version": 1e999999}'))
    def sent(content: bytes) -> None:
        _send(us, operation, ask, content)

    sent()


def test_any_query(us: Party, known: dict[str, Operation]) -> None:
    texts = st.text(max_size=20) | st.sampled_from(["", "-1", "0", "1" * 400, "NaN", "in_review"])

    @FEW
    @given(st.fixed_dictionaries({}, optional=dict.fromkeys(("cursor", "state", "limit"), texts)))
    def asked(query: dict[str, str]) -> None:
        _send(us, known["list_cases"], Ask(), b"", **query)

    asked()


def test_any_upload(us: Party, known: dict[str, Operation], asks: dict[str, Ask]) -> None:
    kinds = st.sampled_from(
        ["text/csv", "audio/wav", "text/csv; charset=\xff", "*/*", ";", "x" * 900]
    )

    @FEW
    @given(kinds, st.text(max_size=12), st.lists(st.text(max_size=12), max_size=3))
    def sent(kind: str, line: str, hints: list[str]) -> None:
        ask, operation = asks["upload"], known["upload"]
        answer = us.client().post(
            operation.path.format(**ask.path),
            params={"line": line or "vitals", "hints": hints},
            content=b"0,70\n",
            headers={"Content-Type": kind.encode("latin-1")},
        )
        assert str(answer.status_code) in operation.described["responses"], answer.text

    sent()
