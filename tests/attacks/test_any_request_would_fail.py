"""The fuzzer's judge against planted faults: each is seen, and a right answer is not blamed."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import schemathesis
import structlog
from hypothesis import HealthCheck, given, settings
from schemathesis.core.failures import FailureGroup
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.attacks.fuzzing import PROBLEM, Answer, Forbidden, flaws, listening
from tests.attacks.test_any_request import CHECKS

WHOLE = {
    "type": "urn:attending:error:resource.not_found",
    "title": "There is no such resource",
    "status": 404,
    "code": "resource.not_found",
    "detail": "There is no such resource.",
    "remedy": "Check the address.",
}
FORBIDDEN = Forbidden({"master.key in hex": "00ff" * 16}, {"name": "Bea canary"})


def refusal(**changed: object) -> Answer:
    return Answer(404, {"content-type": PROBLEM}, json.dumps(WHOLE | changed))


def test_a_right_refusal_is_not_blamed() -> None:
    assert flaws(refusal()) == []
    assert FORBIDDEN.in_answer(refusal(), theirs=True) == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, {"content-type": PROBLEM}, json.dumps(WHOLE)),
        Answer(503, {"content-type": PROBLEM}, json.dumps(WHOLE)),
        Answer(200, {}, "Traceback (most recent call last):"),
        Answer(404, {"content-type": "application/json"}, json.dumps(WHOLE)),
        refusal(remedy=" "),
        refusal(detail="Traceback (most recent call last):"),
        refusal(detail='File "cases.py", line 3'),
        refusal(detail="psycopg.errors.UniqueViolation"),
        refusal(detail="KeyError: 'section'"),
        refusal(detail="select id from attending.cases"),
        refusal(detail="/usr/lib/python3"),
        refusal(detail="<object at 0x7f5f1c3a9d90>"),
    ],
    ids=lambda answer: f"{answer.status} {answer.text[-60:]}",
)
def test_a_planted_flaw_is_seen(answer: Answer) -> None:
    assert flaws(answer)


def test_a_secret_is_seen_in_any_answer() -> None:
    for answer in (refusal(detail="00ff" * 16), Answer(200, {"x-key": "00ff" * 16}, "")):
        assert FORBIDDEN.in_answer(answer, theirs=True) == ["master.key in hex"]


def test_an_identifier_is_seen_where_it_may_not_be() -> None:
    told = Answer(200, {}, "Bea canary")
    assert FORBIDDEN.in_answer(told, theirs=True) == []
    assert FORBIDDEN.in_answer(told, theirs=False) == ["name"]
    assert FORBIDDEN.in_answer(refusal(detail="Bea canary"), theirs=True) == ["name"]


def test_a_log_line_is_heard_whoever_wrote_it() -> None:
    with listening() as heard:
        structlog.get_logger("attending.web").warning("failed", of="Bea canary")
        assert FORBIDDEN.in_log(heard.lately()) == ["name"]
    with listening() as heard:
        logging.getLogger("attending.adapters").info("of %s", "Bea canary")
        assert FORBIDDEN.in_log(heard.lately()) == ["name"]
    with listening() as heard:
        logging.getLogger("somebody.elses").warning("of %s", "00ff" * 16)
        assert FORBIDDEN.in_log(heard.lately()) == ["master.key in hex"]


def described(status: str, kind: str, schema: dict[str, Any]) -> Any:
    """The one operation of a document that promises this."""
    answers = {status: {"description": "", "content": {kind: {"schema": schema}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "planted", "version": "1"},
        "paths": {"/planted": {"get": {"responses": answers}}},
    }
    [operation] = schemathesis.openapi.from_dict(document).get_all_operations()
    return operation.ok()


NAMED = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (JSONResponse({"name": "Ann"}), True),
        (JSONResponse({"name": 1}), False),
        (JSONResponse({}), False),
        (JSONResponse({"name": "Ann"}, 202), False),
        (JSONResponse({"name": "Ann"}, 500), False),
        (Response('{"name": "Ann"}', media_type="text/plain"), False),
    ],
    ids=["as promised", "another type", "a field lacks", "another status", "a fault", "text"],
)
def test_what_the_document_does_not_promise_is_seen(answer: Response, right: bool) -> None:
    operation = described("200", "application/json", NAMED)
    client = TestClient(Starlette(routes=[Route("/planted", lambda _request: answer)]))

    @settings(max_examples=1, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy())
    def asked(case: Any) -> None:
        case.validate_response(client.get("/planted"), checks=CHECKS)

    if right:
        asked()
        return
    with pytest.raises(FailureGroup):
        asked()
