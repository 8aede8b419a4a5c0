"""Every error is a problem document with a stable code, and names nothing of others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from attending.core import errors
from attending.core.errors import AttendingError
from attending.core.identity import Scope, StaffRole
from attending.web import problems
from attending.web.application import web_app
from tests.clinic import Clinic
from tests.web.conftest import (
    NOWHERE,
    Web,
    decide,
    ok,
    refused,
    review_all,
    see,
    sign,
    signature_of,
)

HEADERS = {
    "content-security-policy",
    "cache-control",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}


def _subclasses(kind: type[AttendingError]) -> list[type[AttendingError]]:
    """Of the product's own tree: the demo's client has an error of its own."""
    below = [each for child in kind.__subclasses__() for each in _subclasses(child)]
    return [each for each in (kind, *below) if each.__module__ == AttendingError.__module__]


@pytest.mark.parametrize("kind", _subclasses(AttendingError), ids=lambda kind: kind.__name__)
def test_each_error_has_its_status(kind: type[AttendingError]) -> None:
    expected = {
        errors.InvalidInput: 422,
        errors.UnsupportedSource: 415,
        errors.SourceTooLarge: 413,
        errors.UnreadableSource: 422,
        errors.Unauthenticated: 401,
        errors.LoginTooOld: 401,
        errors.IssuerUnavailable: 503,
        errors.Forbidden: 403,
        errors.ConsentMissing: 403,
        errors.NotSeen: 403,
        errors.NotFound: 404,
        errors.Conflict: 409,
        errors.ProofRefused: 403,
        errors.RecordUnavailable: 503,
        errors.EngineFailed: 503,
        errors.Misconfigured: 500,
        errors.AttendingError: 500,
    }
    error = AttendingError.__new__(kind)  # one has words of its own
    AttendingError.__init__(error, "It did not go.", state="in_review", said="Ann Test")
    problem = problems.problem_of(error)
    if kind in expected:
        assert problem.status == expected[kind]
    assert problem.status >= 400
    assert problem.code == kind.code
    assert "Ann Test" not in problem.model_dump_json()
    if problem.status == 409:
        assert problem.state == "in_review"


@pytest.mark.parametrize("token", [None, "Bearer nonsense", "Basic YTpi", "Bearer ", "nonsense"])
def test_without_a_valid_token(web: Web, token: str | None) -> None:
    client = web.anonymous(**({"Authorization": token} if token else {}))
    answer = client.get("/v1/me")
    refused(answer, 401, "identity.unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_console_cookie_is_no_token(web: Web) -> None:
    client = web.anonymous(Cookie="attending=anything")
    refused(client.get("/v1/cases"), 401, "identity.unauthenticated")


def test_a_right_needs_token_and_enrolment(web: Web) -> None:
    clinic = web.clinic
    narrow = web.client(scopes=frozenset({Scope.TIMELINE}))
    assert "cases:read" in refused(narrow.get("/v1/cases"), 403, "identity.forbidden")["detail"]
    claimed = web.client("demo-auditor", roles=frozenset({StaffRole.CLINICIAN}))
    refused(claimed.get("/v1/cases"), 403, "identity.forbidden")
    assert ok(claimed.get("/v1/me"))["scopes"] == []
    assert clinic.person("demo-auditor").roles == {StaffRole.AUDITOR}


def test_who_is_not_enrolled_gets_nothing(web: Web, neighbour: Clinic) -> None:
    stranger = web.client("demo-clinician", clinic=neighbour)
    assert ok(stranger.get("/v1/me"))["tenant"]["name"] == "Neighbour clinic"
    token = next(iter(web.tokens.known))
    unknown = replace(
        web.tokens.known[token],
        tenant=web.clinic.tenant,
        subject="nobody",
        roles=frozenset({StaffRole.CLINICIAN}),
        scopes=frozenset(Scope),
    )
    web.tokens.known["unknown"] = unknown
    client = web.anonymous(Authorization="Bearer unknown")
    refused(client.get("/v1/cases"), 403, "identity.forbidden")


def test_the_lack_of_a_right_comes_before_the_body(web: Web) -> None:
    auditor = web.client("demo-auditor")
    answer = auditor.post(f"/v1/cases/{NOWHERE}/decisions", json={"nonsense": 1})
    refused(answer, 403, "identity.forbidden")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/cases/{}",
        "/v1/cases/{}/releases",
        "/v1/cases/{}/rendition",
        "/v1/cases/{}/entry",
        "/v1/sources/{}",
        "/v1/patients/{}",
        "/v1/patients/{}/consents",
        "/v1/encounters/{}",
        "/v1/encounters/{}/timeline",
    ],
)
@pytest.mark.parametrize("name", [NOWHERE, "nonsense", "1%00", "%F0%9F%98%80", "'--"])
def test_absent_and_malformed_look_the_same(client: TestClient, path: str, name: str) -> None:
    problem = refused(client.get(path.format(name)), 404, "resource.not_found")
    assert name not in json.dumps(problem)


def test_unknown_path_and_method(client: TestClient) -> None:
    refused(client.get("/v1/nothing"), 404, "resource.not_found")
    answer = client.delete("/v1/cases")
    refused(answer, 405, "request.method")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("body", "where", "what"),
    [
        ({}, "body.target", "missing"),
        ({"target": "secret-value"}, "body.target", "uuid_parsing"),
        ({"target": NOWHERE, "identity": {}, "secret-value": 1}, "body", "extra_forbidden"),
        ([], "body", "model_attributes_type"),
    ],
)
def test_an_invalid_body_is_explained_without_its_values(
    client: TestClient, body: object, where: str, what: str
) -> None:
    answer = client.post("/v1/patients", json=body)
    problem = refused(answer, 422, "input.invalid")
    assert {"where": where, "what": what} in problem["fields"]
    assert "secret-value" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"{}", "text/plain"),
        (b"[" * 100_000, "application/json"),
        (b'{"target": NaN, "identity": 1e999}', "application/json"),
    ],
)
def test_a_body_that_is_no_json(client: TestClient, content: bytes, kind: str) -> None:
    answer = client.post("/v1/patients", content=content, headers={"Content-Type": kind})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "bad", ["\x00", "a\x00b", "\x1b[2J", "\x7f", "\x85", "\x9b31m", "￾", "\ud800"]
)
def test_texts_that_no_record_can_hold(web: Web, client: TestClient, bad: str) -> None:
    case = str(web.clinic.in_review())
    target = ok(client.get("/v1/targets"))["items"][0]["id"]
    identity = {"reference": "Patient/1", "name": bad}
    sent: list[tuple[str, dict[str, Any]]] = [
        ("/v1/patients", {"target": target, "identity": identity}),
        (f"/v1/cases/{case}/views", {"section": bad, "revision": 0}),
        (f"/v1/cases/{case}/views", {"section": "rate", "revision": 0, "statement": bad}),
        (
            f"/v1/cases/{case}/decisions",
            {"version": 2, "section": "rate", "revision": 0, "kind": "edit", "text": bad},
        ),
        (f"/v1/cases/{case}/rejection", {"version": 2, "reason": bad}),
    ]
    for path, body in sent:
        content = json.dumps(body).encode()
        answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
        refused(answer, 422, "input.invalid")


@pytest.mark.parametrize(
    "started",
    ["2026-01-01T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon", 1e30],
)
def test_moments_need_a_zone_and_a_sane_year(web: Web, client: TestClient, started: object) -> None:
    ask = {"patient": str(web.clinic.patient()), "started_at": started}
    refused(client.post("/v1/encounters", json=ask), 422, "input.invalid")


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**30, 1.5, "x", None])
def test_versions_are_whole_and_bounded(web: Web, client: TestClient, number: object) -> None:
    path = f"/v1/cases/{web.clinic.in_review()}/amendments"
    refused(client.post(path, json={"version": number}), 422, "input.invalid")


@pytest.mark.parametrize("cursor", ["", "nonsense", "é", "A" * 60, "=" * 10])
def test_a_cursor_of_nobody(client: TestClient, cursor: str) -> None:
    refused(client.get("/v1/cases", params={"cursor": cursor}), 404, "resource.not_found")


def test_a_cursor_of_another_tenant(web: Web, client: TestClient, neighbour: Clinic) -> None:
    for _ in range(2):
        web.clinic.in_review()
    cursor = ok(client.get("/v1/cases", params={"limit": 1}))["next"]
    other = web.client(clinic=neighbour)
    refused(other.get("/v1/cases", params={"cursor": cursor}), 404, "resource.not_found")
    assert "case" not in cursor


@pytest.mark.parametrize("asked", [{"limit": 0}, {"limit": 101}, {"state": "nonsense"}])
def test_a_query_out_of_range(client: TestClient, asked: dict[str, object]) -> None:
    refused(client.get("/v1/cases", params=asked), 422, "input.invalid")


def test_ids_of_another_tenant_in_bodies(web: Web, neighbour: Clinic) -> None:
    other = web.client(clinic=neighbour)
    patient = str(web.clinic.patient())
    ask = {"patient": patient, "started_at": "2026-01-01T10:00:00Z"}
    refused(other.post("/v1/encounters", json=ask), 404, "resource.not_found")
    identity = {"reference": "Patient/1", "name": "Ann"}
    target = str(web.clinic.installation.target)
    answer = other.post("/v1/patients", json={"target": target, "identity": identity})
    refused(answer, 404, "resource.not_found")


def test_a_conflict_tells_the_present_state(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    before = ok(client.get(f"/v1/cases/{case}"))
    for section in before["sections"]:
        see(client, case, section)
    ok(decide(client, case, "rate"), 201)
    stale = {
        "version": before["version"],
        "section": "fast",
        "revision": 0,
        "kind": "accept",
    }
    problem = refused(client.post(f"/v1/cases/{case}/decisions", json=stale), 409, "case.conflict")
    assert (problem["state"], problem["version"]) == ("in_review", before["version"] + 1)


def test_what_was_edited_since_is_not_decided(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    see(client, case, ok(client.get(f"/v1/cases/{case}"))["sections"][0])
    now = ok(decide(client, case, "rate", "edit", text="By hand"), 201)
    stale = {"version": now["version"], "section": "rate", "revision": 0, "kind": "accept"}
    problem = refused(client.post(f"/v1/cases/{case}/decisions", json=stale), 409, "case.conflict")
    assert problem["revision"] == 1
    old = {"section": "rate", "revision": 0}
    problem = refused(client.post(f"/v1/cases/{case}/views", json=old), 409, "case.conflict")
    assert problem["revision"] == 1


def test_unseen_says_what_to_open(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    view = {"section": "rate", "revision": 0}
    told = ok(client.post(f"/v1/cases/{case}/views", json=view), 201)
    assert (told["seen"], told["unopened"]) == (False, ["rate.1"])
    problem = refused(decide(client, case, "rate"), 403, "review.not_seen")
    assert problem["unopened"] == ["rate.1"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [("reject", {}), ("reject", {"reason": " \n"}), ("edit", {"text": ""})],
)
def test_decisions_that_say_nothing(
    web: Web, client: TestClient, kind: str, more: dict[str, str]
) -> None:
    case = web.clinic.in_review()
    sections = ok(client.get(f"/v1/cases/{case}"))["sections"]
    see(client, case, sections[0])
    same = {"text": sections[0]["statements"][0]["text"]} if kind == "edit" else {}
    answer = decide(client, case, "rate", kind, **{**more, **same})
    refused(answer, 422, "input.invalid")


def test_signing_before_everything_is_decided(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    problem = refused(client.get(f"/v1/cases/{case}/entry"), 409, "case.conflict")
    assert problem["sections"] == ["rate", "fast"]


def test_a_proof_that_does_not_hold(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    review_all(client, case)
    entry = ok(client.get(f"/v1/cases/{case}/entry"))
    by = web.clinic.person()
    path = f"/v1/cases/{case}/signatures"
    for token in (
        "made-up",
        f"{by.issuer}|demo-second|{entry['digest']}|0",
        f"{by.issuer}|{by.subject}|{'0' * 64}|0",
        f"{by.issuer}|{by.subject}|{entry['digest']}|3600",
    ):
        ask = signature_of(entry, by, proof={"kind": "oidc", "token": token})
        refused(client.post(path, json=ask), 403, "signature.proof_refused")
    other = signature_of(entry, by, digest="0" * 64)
    refused(client.post(path, json=other), 409, "case.conflict")
    old = signature_of(entry, by, prepared_at="2026-01-01T10:00:00+00:00")
    refused(client.post(path, json=old), 409, "case.conflict")
    assert ok(client.get(f"/v1/cases/{case}"))["state"] == "in_review"


def test_only_a_clinicians_token_signs(web: Web) -> None:
    case = web.clinic.decided()
    safety = web.client("demo-safety")
    refused(safety.get(f"/v1/cases/{case}/entry"), 403, "identity.forbidden")
    answer = safety.post(f"/v1/cases/{case}/signatures", json={})
    refused(answer, 403, "identity.forbidden")


def test_forty_signatures_have_one_winner(web: Web, client: TestClient) -> None:
    case = web.clinic.decided()
    entry = ok(client.get(f"/v1/cases/{case}/entry"))
    ask = signature_of(entry, web.clinic.person())
    path = f"/v1/cases/{case}/signatures"
    answers = web.at_once(lambda each: each.post(path, json=ask), 40)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 39
    for answer in answers:
        if answer.status_code == 409:
            assert refused(answer, 409, "case.conflict")["state"] == "signed"
    assert len(ok(client.get(f"/v1/cases/{case}/releases"))["items"]) == 1


def test_forty_edits_have_one_winner(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    web.clinic.see_all(case)
    version = web.clinic.case(case).version
    ask = {"version": version, "section": "rate", "revision": 0, "kind": "edit", "text": "Mine"}
    path = f"/v1/cases/{case}/decisions"
    answers = web.at_once(lambda each: each.post(path, json=ask), 40)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 39
    for answer in answers:
        if answer.status_code == 409:
            assert refused(answer, 409, "case.conflict")["version"] == version + 1
    assert len(web.clinic.case(case).revisions) == 1


def test_what_is_not_expected_says_nothing(web: Web, client: TestClient) -> None:
    app = web_app(web.parts)

    def burst() -> None:
        raise ZeroDivisionError("Ann Test, born 1970")

    app.add_api_route("/burst", burst)
    answer = TestClient(app).get("/burst")
    problem = refused(answer, 500, "attending.error")
    assert "Ann" not in answer.text
    assert "Zero" not in json.dumps(problem)
    assert set(answer.headers) >= HEADERS


@pytest.mark.parametrize("path", ["/health", "/v1/me", "/v1/nothing", "/openapi.json"])
def test_every_answer_is_protected(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert set(headers) >= HEADERS
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_large_document_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/patients", content=b" " * (1 << 21))
    refused(answer, 413, "request.too_large")
    chunks = (b" " * 65536 for _ in range(32))
    answer = client.post(
        "/v1/patients", content=chunks, headers={"Content-Type": "application/json"}
    )
    refused(answer, 413, "request.too_large")


def test_a_signature_is_not_made_twice(web: Web, client: TestClient) -> None:
    case = web.clinic.decided()
    ok(sign(client, case, web.clinic.person()), 201)
    refused(client.get(f"/v1/cases/{case}/entry"), 409, "case.conflict")
