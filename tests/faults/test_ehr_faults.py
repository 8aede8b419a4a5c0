"""The whole loop against an EHR that fails in every way: one note, the right one, in the end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attending.core.case import CaseState
from attending.core.ids import derived
from attending.demo.client import Json
from tests.faults.proxy import Fault, Harm
from tests.stack import RECORD_TIMEOUT, Stack, until

pytestmark = pytest.mark.xdist_group("ehr")

LATE = RECORD_TIMEOUT + 1
PASSING: dict[str, dict[str, Any]] = {
    "500": {"harm": Harm.ANSWER, "status": 500},
    "cut-before": {"harm": Harm.CUT_BEFORE},
    "cut-after": {"harm": Harm.CUT_AFTER},
    "slow": {"harm": Harm.SLOW, "seconds": LATE},
}
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "diagnostics": "The visit is closed."}],
}
REFUSED = Fault(Harm.ANSWER, "POST", "DocumentReference", 422, json.dumps(OUTCOME))


def failure(stack: Stack, case: str) -> Json:
    """The one that waits for a person, once it does."""
    stack.await_state(case, CaseState.FAILED)
    waiting = stack.api.get("/v1/failures")["items"]
    [found] = [f for f in waiting if f["subject_id"] == stack.release_of(case)]
    told: Json = found
    return told


def attempts(stack: Stack, case: str) -> int:
    query = "select attempts from attending.releases where case_id = %s"
    return int(stack.rows(query, case)[0][0])


@pytest.mark.parametrize(
    ("harm", "kind"),
    [*((harm, "DocumentReference") for harm in PASSING), ("cut-after", "Provenance")],
)
def test_it_fails_once(stack: Stack, harm: str, kind: str) -> None:
    case = stack.decided()
    stack.to_ehr.plan(Fault(method="POST", path=kind, **PASSING[harm]))
    stack.sign(case)
    stack.finish(case)
    assert stack.to_ehr.unused == ()
    assert attempts(stack, case) == 2


def test_nobody_listens_for_a_while(stack: Stack) -> None:
    case = stack.decided()
    with stack.to_ehr.refusing():
        stack.sign(case)
        until(lambda: attempts(stack, case) >= 2, "the releaser tries again")
        assert stack.notes(case) == []
    stack.finish(case)


def test_everything_goes_wrong_in_turn(stack: Stack) -> None:
    case = stack.decided()
    faults = [PASSING[harm] for harm in ("500", "cut-after", "cut-before")]
    stack.to_ehr.plan(*[Fault(method="POST", **fault) for fault in faults])
    stack.sign(case)
    stack.finish(case)
    assert stack.to_ehr.unused == ()


def test_a_refusal_waits_for_a_person(stack: Stack) -> None:
    case = stack.decided()
    stack.to_ehr.plan(REFUSED)
    stack.sign(case)
    waiting = failure(stack, case)
    assert waiting["code"] == "record.refused"
    assert "The visit is closed." in waiting["explanation"]
    assert attempts(stack, case) == 1  # a refusal is not tried again by itself
    assert stack.notes(case) == []
    assert ("case.failed", _version(stack, case)) in until(
        lambda: stack.notices.of(case)[1:], "the failure is told"
    )

    stack.api.post(f"/v1/failures/{waiting['id']}/retry", {})
    stack.await_state(case, CaseState.RELEASED)
    stack.assert_in_record(case)
    stack.assert_chain_holds()
    assert waiting["id"] not in [f["id"] for f in stack.api.get("/v1/failures")["items"]]


def test_an_ehr_that_stays_away_waits_for_a_person(stack: Stack) -> None:
    case = stack.decided()
    with stack.to_ehr.refusing():
        stack.sign(case)
        waiting = failure(stack, case)
    assert waiting["code"] == "record.unavailable"
    assert attempts(stack, case) == stack.installation.settings("releaser").attempts
    stack.api.post(f"/v1/failures/{waiting['id']}/retry", {})
    stack.await_state(case, CaseState.RELEASED)
    stack.assert_in_record(case)


def test_what_stands_under_our_identifier_is_not_taken_for_ours(stack: Stack) -> None:
    case = stack.decided()
    version = stack.api.get(f"/v1/cases/{case}")["version"]
    signature = derived(stack.installation.tenant, case, version)
    stranger = _stranger(f"{signature}.{stack.installation.target}", stack.patient)
    reference = stack.ehr.put(stranger)
    stack.sign(case)
    waiting = failure(stack, case)
    assert waiting["code"] == "record.mismatch"
    assert [note.reference for note in stack.notes(case)] == [reference]
    assert stack.ehr.trails(stack.key(case)) == []
    assert stack.ehr.get(reference)["content"] == stranger["content"]

    stack.ehr.remove(reference)
    stack.api.post(f"/v1/failures/{waiting['id']}/retry", {})
    stack.await_state(case, CaseState.RELEASED)
    stack.assert_in_record(case)


@pytest.mark.parametrize("change", ["merge", "rename", "deactivate", "delete"])
def test_the_patient_is_another_between_review_and_release(stack: Stack, change: str) -> None:
    identity = stack.ehr.add_patient()
    before = stack.ehr.get(identity.reference)
    case = stack.decided(stack.register(identity))
    getattr(stack.ehr, change)(identity)
    stack.sign(case)
    waiting = failure(stack, case)
    assert waiting["code"] == "record.patient_changed"
    assert stack.notes(case) == []

    reopened = stack.api.post(f"/v1/failures/{waiting['id']}/reopen", {})
    assert (reopened["case"], reopened["state"]) == (case, "in_review")
    signed_first = stack.key(case)
    stack.ehr.put(before)  # the EHR's own mistake was mended: it is reviewed and signed anew
    stack.review(case)
    stack.sign(case)
    stack.await_state(case, CaseState.RELEASED)
    assert stack.key(case) != signed_first
    assert stack.ehr.notes(signed_first) == []
    assert len(stack.notes(case)) == 1
    stack.assert_chain_holds()


def _version(stack: Stack, case: str) -> int:
    return int(stack.api.get(f"/v1/cases/{case}")["version"])


def _stranger(key: str, patient: Json) -> dict[str, Any]:
    """Somebody else's note that bears the identifier that ours will have."""
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "identifier": [{"system": "urn:attending:signature", "value": key}],
        "subject": {"reference": patient["identity"]["reference"]},
        "meta": {"security": [{"code": "AIAST"}]},
        "author": [{"identifier": {"value": "nobody"}}],
        "content": [
            {"attachment": {"contentType": "text/plain", "data": "T3RoZXIgd29yZHM="}},
            {"attachment": {"contentType": "text/html", "data": "T3RoZXIgd29yZHM="}},
        ],
    }
