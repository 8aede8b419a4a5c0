"""Schemathesis over the API's own description: whoever asks, whatever is sent.

Every operation, with data that its description allows and data that it forbids, by
every role, by a neighbour, by nobody and with broken tokens; in turns with ids of things
that exist. Each answer is one that the description declares. None is a fault, and neither an
answer nor the log tells a secret, or who a patient is. `make fuzz` asks longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from attending.demo.installation import PEOPLE
from tests.attacks.fuzzing import Answer, Forbidden, Heard, flaws, listening
from tests.attacks.recipes import RECIPES, Ask, Party
from tests.attacks.stories import Story
from tests.clinic import Clinic
from tests.journeys.served import PATIENCE, Served, serving

NEIGHBOUR, NOBODY, BROKEN = "neighbour", "nobody", "broken token"
ROLES = tuple(person.username for person in PEOPLE)
STRANGERS = {NEIGHBOUR, NOBODY, BROKEN}
TOKENS = st.sampled_from(["", "x", "canaryalbatros", "e30.e30.e30", "a" * 9_000, "é", "a b"])
EXAMPLES = 35  # of each operation, in the suite
# The callers are ours to choose; a query of a name that we do not know is passed over.
CONFIG = {"generation": {"with-security-parameters": False, "allow-extra-parameters": False}}
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Target:
    """The served API, who asks it, and what is heard meanwhile."""

    served: Served
    us: Party
    neighbour: Clinic
    forbidden: Forbidden
    heard: Heard
    session: requests.Session = field(default_factory=requests.Session)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)  # by operation, of all answers

    def headers(self, caller: str, broken: str) -> dict[str, str]:
        match caller:
            case "nobody":
                return {}
            case "broken token":
                return {"Authorization": f"Bearer {broken}".encode().decode("latin-1")}
            case "neighbour":
                return {"Authorization": f"Bearer {self.served.token(clinic=self.neighbour)}"}
            case _:
                return {"Authorization": f"Bearer {self.served.token(caller)}"}


@pytest.fixture(scope="module")
def target(clinic: Clinic, neighbour: Clinic, ours: Story) -> Iterator[Target]:
    forbidden = Forbidden.of(clinic, ours.canary)
    with listening() as heard, serving(clinic, neighbour) as served:
        made = Target(served, Party(served, ours), neighbour, forbidden, heard)
        made.session.trust_env = False
        with made.session:
            yield made


@pytest.fixture(scope="module")
def described(target: Target) -> dict[str, Any]:
    """The operations of the document, by name."""
    config = SchemathesisConfig.from_dict(CONFIG)
    document = schemathesis.openapi.from_dict(target.served.app.openapi(), config=config)
    every = [each.ok() for each in document.get_all_operations()]
    return {each.definition.raw["operationId"]: each for each in every}


@st.composite
def cases(draw: st.DrawFn, strategies: list[Any], ask: Ask) -> tuple[Any, bool]:
    """A request, and whether it stands as it was generated."""
    case = draw(st.one_of(strategies))
    altered = False
    if ask.path and draw(st.integers(0, 3)):
        case.path_parameters = dict(ask.path)
        altered = True
    if ask.query and draw(st.booleans()):
        case.query = {**case.query, **ask.query}
        altered = True
    if ask.body and isinstance(case.body, dict) and draw(st.booleans()):
        every = sorted(ask.body)
        kept = draw(st.just(every) | st.lists(st.sampled_from(every), unique=True))
        case.body = {**case.body, **{name: ask.body[name] for name in kept}}
        altered = True
    return case, altered


def callers(name: str) -> st.SearchStrategy[str]:
    """Everybody; half the time somebody who may."""
    everybody = (*ROLES, *sorted(STRANGERS))
    may = RECIPES[name].username if name in RECIPES else NOBODY
    return st.sampled_from((may,) * len(everybody) + everybody)


def strategies_of(operation: Any) -> list[Any]:
    """What is allowed, and what is forbidden where anything is."""
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not operation.body and not list(operation.iter_parameters()):
        return [allowed]
    return [allowed, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)]


def ask_target(target: Target, case: Any, ask: Ask, caller: str, broken: str) -> requests.Response:
    headers = target.headers(caller, broken)
    request = case.as_transport_kwargs(base_url=target.served.url, headers=headers)
    if ask.kind:
        request |= {
            "data": ask.content,
            "headers": {**request["headers"], "Content-Type": ask.kind},
        }
    response = target.session.request(**request, timeout=PATIENCE, allow_redirects=False)
    if response.ok and case.operation.path == "/v1/me/log-out":
        target.served.forget()
    return response


def _plenty(examples: int) -> settings:
    """So many at random, or by default a few, which are the same each time."""
    return settings(
        max_examples=examples or EXAMPLES,
        derandomize=not examples,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("name", sorted({*RECIPES, "health"}))
def test_any_request(
    target: Target, described: dict[str, Any], pytestconfig: pytest.Config, name: str
) -> None:
    operation, statuses = described[name], target.statuses.setdefault(name, Counter())
    ask = RECIPES[name].ask(target.us) if name in RECIPES else Ask()
    plenty = _plenty(pytestconfig.getoption("fuzz_examples"))

    @plenty
    @given(cases(strategies_of(operation), ask), callers(name), TOKENS)
    def asked(made: tuple[Any, bool], caller: str, broken: str) -> None:
        case, altered = made
        response = ask_target(target, case, ask, caller, broken)
        statuses[response.status_code] += 1
        assert_right(target, response, caller)
        checks = CHECKS if altered or ask.kind else [*CHECKS, negative_data_rejection]
        case.validate_response(response, checks=checks)

    asked()


@pytest.mark.parametrize("caller", ["demo-clinician", NOBODY])
def test_any_address(target: Target, pytestconfig: pytest.Config, caller: str) -> None:
    """Methods and paths that the description does not know."""
    methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
    known = st.sampled_from(sorted(target.served.app.openapi()["paths"]))
    parts = st.lists(st.text(max_size=8), max_size=4).map("/".join)

    @_plenty(pytestconfig.getoption("fuzz_examples"))
    @given(methods, known, parts)
    def asked(method: str, path: str, added: str) -> None:
        url = f"{target.served.url}{path}/{quote(added)}"
        response = target.session.request(
            method, url, headers=target.headers(caller, ""), timeout=PATIENCE, allow_redirects=False
        )
        assert_right(target, response, caller)

    asked()


def assert_right(target: Target, response: requests.Response, caller: str) -> None:
    answer = Answer(response.status_code, dict(response.headers), response.text)
    asked = response.request
    where = f"{caller} {asked.method} {asked.url}: {answer.status} {answer.text[:300]}"
    assert flaws(answer) == [], where
    told = target.forbidden.in_answer(answer, theirs=caller not in STRANGERS)
    assert told == [], where
    token = target.headers(caller, "").get("Authorization", "Bearer ").removeprefix("Bearer ")
    heard = target.heard.lately()
    assert not token or token not in answer.whole + heard, where
    assert target.forbidden.in_log(heard) == [], where


def test_nothing_was_told_elsewhere(target: Target, clinic: Clinic, ours: Story) -> None:
    """After all the requests: in the spans, nor in the database server's log."""
    target.served.app.state.parts.loop.telemetry.provider.force_flush()
    with psycopg.connect(clinic.installation.admin_dsn) as connection:
        spans = connection.execute("select s::text from attending.spans s").fetchall()
    assert spans
    log = (clinic.installation.postgres.home / "server.log").read_text(errors="replace")
    for text in (str(spans), log):
        assert target.forbidden.in_log(text) == []


def test_the_requests_went_in(target: Target) -> None:
    """Of all operations at least nine in ten did at least once what they are for."""
    shut = [name for name, statuses in target.statuses.items() if min(statuses) >= 300]
    assert len(shut) <= len(target.statuses) / 10, shut


def test_the_log_was_listened_to(target: Target) -> None:
    target.session.get(f"{target.served.url}/v1/me", headers={"Authorization": "Bearer x"})
    assert "bearer token refused" in target.heard.getvalue()
