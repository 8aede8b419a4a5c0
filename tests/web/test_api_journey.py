"""A client does over HTTP everything that the demo does."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import uuid4

import rfc8785
from fastapi.testclient import TestClient

from attending.core.work import Step
from attending.loop.decode import decode as decode_step
from attending.loop.infer import infer
from attending.loop.propose import propose
from tests.clinic import CSV, Clinic
from tests.web.conftest import Web, decide, ok, review_all, see, sign, signature_of


def test_a_recording_becomes_a_release(web: Web, client: TestClient) -> None:
    clinic = web.clinic
    encounter = _encounter(clinic, client)
    received = _uploaded(client, encounter)
    case = received["case"]
    _advance(clinic, received)

    progress = ok(client.get(f"/v1/sources/{received['source']}"))
    assert (progress["state"], progress["case_state"]) == ("transcribed", "in_review")
    assert progress["digest"] == hashlib.sha256(CSV).hexdigest()
    assert ok(client.get(f"/v1/cases/{case}/rendition")) == [[0, 80.0], [1, 120.0], [2, 90.0]]

    read = ok(client.get(f"/v1/cases/{case}"))
    assert read["undecided"] == ["rate", "fast"]
    assert [model["name"] for model in read["models"]] == ["csv", "mean-rate"]
    rate = read["sections"][0]
    assert rate["statements"][0]["body"]["kind"] == "measurement"
    assert rate["statements"][0]["evidence"][0]["end"] == 180.0
    assert rate["findings"][0]["severity"] == "serious"
    assert rate["unopened"] == ["rate.1"]
    assert not rate["seen"]

    see(client, case, rate)
    edited = ok(
        decide(client, case, "rate", "edit", text="Mean heart rate 97/min, read by hand"), 201
    )
    assert edited["sections"][0]["revision"] == 1
    assert edited["sections"][0]["statements"][0]["human"]
    assert edited["sections"][0]["drafted"] == rate["drafted"]
    see(client, case, edited["sections"][1])
    ok(decide(client, case, "fast", "reject", reason="Not for the record"), 201)

    signed = ok(sign(client, case, clinic.person()), 201)
    assert (signed["state"], signed["action"]) == ("signed", "write")
    assert signed["releases"][0]["state"] == "pending"
    clinic.deliver(case)

    released = ok(client.get(f"/v1/cases/{case}/releases"))["items"][0]
    assert released["state"] == "written"
    assert released["resource"]["resourceType"] == "DocumentReference"
    story = ok(client.get(f"/v1/encounters/{encounter}/timeline"))["events"]
    names = [event["name"] for event in story]
    assert "case: in_review → signed" in names
    assert "release: writing → written" in names
    by_person = [e for e in story if e["name"] == "case: in_review → signed"]
    assert by_person[0]["process"] == str(clinic.person().id)


def test_what_was_released_is_amended_and_retracted(web: Web, client: TestClient) -> None:
    clinic = web.clinic
    case = clinic.released()
    version = ok(client.get(f"/v1/cases/{case}"))["version"]
    again = ok(client.post(f"/v1/cases/{case}/amendments", json={"version": version}), 201)
    assert again["state"] == "in_review"
    assert ok(decide(client, case, "rate", "edit", text="Amended"), 201)["state"] == "in_review"
    assert ok(sign(client, case, clinic.person()), 201)["action"] == "amend"
    clinic.deliver(case)
    assert ok(sign(client, case, clinic.person(), retract=True), 201)["action"] == "retract"
    clinic.deliver(case)
    assert ok(client.get(f"/v1/cases/{case}"))["state"] == "retracted"


def test_the_entry_is_exactly_what_its_digest_covers(web: Web, client: TestClient) -> None:
    case = web.clinic.decided()
    entry = ok(client.get(f"/v1/cases/{case}/entry"))
    canonical = rfc8785.dumps(entry["payload"])
    assert hashlib.sha256(canonical).hexdigest() == entry["digest"]
    assert entry["payload"]["prepared_at"] == entry["prepared_at"]
    later = client.post(
        f"/v1/cases/{case}/signatures",
        json=signature_of(
            entry, web.clinic.person(), prepared_at=entry["prepared_at"].replace("+00:00", "Z")
        ),
    )
    assert ok(later, 201)["digest"] == entry["digest"]


def test_a_whole_draft_is_rejected(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    version = ok(client.get(f"/v1/cases/{case}"))["version"]
    ask = {"version": version, "reason": "Another patient's recording"}
    assert ok(client.post(f"/v1/cases/{case}/rejection", json=ask), 201)["state"] == "rejected"


def test_a_second_clinician_signs_what_they_saw(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    review_all(client, case)
    second = web.client("demo-second")
    assert second.get(f"/v1/cases/{case}/entry").status_code == 403
    for section in ok(second.get(f"/v1/cases/{case}"))["sections"]:
        see(second, case, section)
    ok(sign(second, case, web.clinic.person("demo-second")), 201)


def test_the_worklist_is_paged_without_a_gap(web: Web, client: TestClient) -> None:
    made = {str(web.clinic.in_review()) for _ in range(5)}
    found, cursor = [], None
    while True:
        asked = {"state": "in_review", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ok(client.get("/v1/cases", params=asked))
        found += [head["id"] for head in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(found) == len(set(found))
    assert made <= set(found)
    assert ok(client.get("/v1/cases", params={"state": ["drafting", "retracted"]}))["items"] == [
        head
        for head in ok(client.get("/v1/cases"))["items"]
        if head["state"] in {"drafting", "retracted"}
    ]


def test_reading_a_case_is_no_view(web: Web, client: TestClient) -> None:
    case = web.clinic.in_review()
    ok(client.get(f"/v1/cases/{case}"))
    assert decide(client, case, "fast").status_code == 403
    assert web.clinic.case(case).views == ()


def test_me_tells_what_this_token_may_do(web: Web) -> None:
    told = ok(web.client("demo-safety").get("/v1/me"))
    assert told["roles"] == ["safety_officer"]
    assert told["scopes"] == [
        "cases:read",
        "failures:own",
        "lines:stop",
        "models:roll",
        "sessions:end",
        "timeline:read",
    ]
    assert told["tenant"]["id"] == str(web.clinic.tenant)


def test_health_needs_no_token(web: Web) -> None:
    assert ok(web.anonymous().get("/health")) == {"status": "ok"}


def test_a_registered_patient_is_one(web: Web, client: TestClient) -> None:
    ask = _patient(client)
    first, second = (ok(client.post("/v1/patients", json=ask), 201) for _ in range(2))
    assert first == second
    assert first["identity"]["identifiers"] == [
        {"system": "urn:a", "value": "1"},
        {"system": "urn:b", "value": "2"},
    ]
    assert ok(client.get(f"/v1/patients/{first['id']}")) == first
    assert first in ok(client.get("/v1/patients"))["items"]


def _patient(client: TestClient) -> dict[str, object]:
    target = ok(client.get("/v1/targets"))["items"][0]
    identity = {
        "reference": f"Patient/{uuid4().hex[:8]}",
        "name": "Ann Other",
        "birth_date": "1960-02",
        "identifiers": [{"system": "urn:b", "value": "2"}, {"system": "urn:a", "value": "1"}],
    }
    return {"target": target["id"], "identity": identity}


def _encounter(clinic: Clinic, client: TestClient) -> str:
    patient = str(clinic.patient())
    for purpose in ("record", "assistance"):
        path = f"/v1/patients/{patient}/consents/{purpose}"
        assert ok(client.put(path, json={"granted": True}))["consents"][purpose]
    ask = {"patient": patient, "reference": "", "started_at": datetime.now(UTC).isoformat()}
    made = ok(client.post("/v1/encounters", json=ask), 201)
    assert ok(client.get(f"/v1/encounters/{made['id']}")) == made
    assert made in ok(client.get("/v1/encounters"))["items"]
    return str(made["id"])


def _uploaded(client: TestClient, encounter: str) -> dict[str, str]:
    sent = client.post(
        f"/v1/encounters/{encounter}/sources",
        params={"line": "vitals", "hints": ["lisinopril", "metformin"]},
        content=CSV,
        headers={"Content-Type": "text/csv; charset=utf-8"},
    )
    received: dict[str, str] = ok(sent, 202)
    assert received["state"] == "drafting"
    return received


def _advance(clinic: Clinic, received: dict[str, str]) -> None:
    parts = clinic.parts("inference")
    decode_step(parts, clinic.job(Step.DECODE, received["source"]))
    infer(parts, clinic.job(Step.INFER, received["case"]))
    propose(parts, clinic.job(Step.PROPOSE, received["case"]))
