"""A line is paused while real processes work on it: nothing new, nothing lost, nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from attending.demo.client import Api
from tests.stack import Stack, until

pytestmark = pytest.mark.xdist_group("stop")

CASES = 24
IN_REVIEW = """select count(*) from attending.transitions
               where to_state = 'in_review' and subject_id = any (%s::uuid[])"""
FAILED = "select count(*) from attending.failures where state = 'open'"


@pytest.fixture
def officer(stack: Stack) -> Api:
    return Api.logged_in(stack.installation, "demo-safety")


def pause(officer: Api) -> str:
    ask = {"scope": "line", "name": "vitals", "reason": "It errs."}
    return str(officer.post("/v1/pauses", ask)["id"])


def resume(officer: Api, pause_id: str) -> None:
    address = f"/v1/pauses/{pause_id}/resumption"
    told = officer.get(address)
    proof = {"token": officer.prove(told["digest"])}
    signed = {"digest": told["digest"], "prepared_at": told["prepared_at"], "proof": proof}
    officer.post(address, signed)


def test_a_line_is_paused_with_jobs_waiting(stack: Stack, officer: Api) -> None:
    stack.gates.close("decode")
    encounters = [stack.encounter() for _ in range(CASES)]
    with ThreadPoolExecutor(4) as pool:
        cases = list(pool.map(stack.upload, encounters))
    failures = stack.rows(FAILED)
    stack.gates.open("decode")
    until(lambda: stack.rows(IN_REVIEW, cases)[0][0] >= 2, "the line is at its work")
    held = pause(officer)
    drafted = stack.rows(IN_REVIEW, cases)[0][0]
    assert drafted < CASES

    waiting = CASES - drafted
    until(lambda: officer.get("/v1/stops")["waiting"] == waiting, "every case says that it waits")
    assert stack.rows(IN_REVIEW, cases)[0][0] == drafted
    reviewed = next(case for case in cases if stack.state(case) == "in_review")
    stack.review(reviewed)
    stack.sign(reviewed)
    stack.await_state(reviewed, "released")

    resume(officer, held)
    until(lambda: stack.rows(IN_REVIEW, cases)[0][0] == CASES, "what waited went on")
    assert stack.rows(FAILED) == failures
    drafts = "select count(*) from attending.drafts where case_id = any (%s::uuid[])"
    assert stack.rows(drafts, cases)[0][0] == CASES
    assert officer.get("/v1/stops")["waiting"] == 0


@pytest.mark.parametrize("gate", ["decode", "infer", "guard"])
def test_a_worker_dies_while_its_line_is_paused(stack: Stack, officer: Api, gate: str) -> None:
    """In the middle of its step: what takes over finds the pause, and waits for its end."""
    stack.gates.close(gate)
    case = stack.upload()
    stack.gates.await_reached(gate)
    held = pause(officer)
    stack.processes.kill("inference")
    stack.gates.open(gate)
    stack.restart("inference")
    until(lambda: stack.api.get(f"/v1/cases/{case}")["reason"] == "line.paused", "the case waits")
    resume(officer, held)
    stack.await_state(case, "in_review")
    drafts = "select count(*) from attending.drafts where case_id = %s"
    assert stack.rows(drafts, case) == [(1,)]
    stack.review(case)
    stack.sign(case)
    stack.await_state(case, "released")
