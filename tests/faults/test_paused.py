"""A worker is paused by SIGSTOP, another takes over, and the first wakes late: no second harm."""

from __future__ import annotations

import os
import signal

import pytest

from tests.faults.proxy import Fault, Harm
from tests.stack import Stack, until

pytestmark = pytest.mark.xdist_group("paused")

GATED = {"decode": "decode", "infer": "infer", "guard": "propose"}  # gate, and the job's name


def assert_both_leave(stack: Stack, process: str, step: str, subject: str) -> None:
    """Both that did the same job end it, and neither ran into the database's own rules."""

    def ended() -> list[str]:
        told = stack.logged(process, step, subject)
        return told if len(told) - told.count("entered") >= 2 else []

    told = until(ended, f"two workers say that {step} ended")
    assert told == ["entered", "entered", "left", "left"]


@pytest.mark.parametrize("gate", GATED)
def test_inference_wakes_late(stack: Stack, gate: str) -> None:
    stack.gates.close(gate)
    case = stack.upload()
    paused = stack.gates.await_reached(gate)
    with stack.others() as others:
        with stack.paused(paused):
            # The other starts when the paused one counts as dead, and strikes it off.
            stack.await_forgotten()
            stack.gates.let(gate, others.start("inference"))
            stack.await_state(case, "in_review")
        stack.gates.open(gate)
        subject = stack.source_of(case) if gate == "decode" else case
        assert_both_leave(stack, "inference", GATED[gate], subject)
    assert stack.processes.pid("inference") == paused
    stack.finish(case)
    stack.finish(stack.upload())  # done by who woke, although it was struck off


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Harm.HELD, "GET", "Patient"),
        Fault(Harm.HELD, "POST", "DocumentReference"),
        Fault(Harm.HELD, "POST", "Provenance"),
    ],
    ids=lambda f: f"{f.harm}-{f.path}",
)
def test_the_releaser_wakes_late(stack: Stack, fault: Fault) -> None:
    """It waits long for its EHR, and so goes on where it stood instead of trying again."""
    stack.processes.kill("releaser")
    with stack.others(ATTENDING_RECORD_TIMEOUT="60") as patient, stack.others() as others:
        patient.start("releaser")
        case = stack.decided()
        stack.to_ehr.plan(fault)
        stack.sign(case)
        stack.to_ehr.await_held()
        with stack.paused(patient.pid("releaser")):
            others.start("releaser")
            stack.await_state(case, "released")
            stack.to_ehr.let_go()
        assert_both_leave(stack, "releaser", "release", stack.release_of(case))
        stack.assert_once(case)
        others.kill("releaser")
        stack.finish(stack.decided())


@pytest.mark.parametrize("held", ["GET", "POST"])
def test_the_releaser_wakes_after_the_case_was_signed_anew(stack: Stack, held: str) -> None:
    """What it had not yet sent, it sends no more; what was on its way, a person hears of."""
    kind = "Patient" if held == "GET" else "DocumentReference"
    stack.processes.kill("releaser")
    with stack.others(ATTENDING_RECORD_TIMEOUT="60") as patient, stack.others() as others:
        patient.start("releaser")
        case = stack.decided()
        stack.to_ehr.plan(Fault(Harm.HELD, held, kind))
        stack.sign(case)
        first, release = stack.key(case), stack.release_of(case)
        stack.to_ehr.await_held()
        with stack.paused(patient.pid("releaser")):
            stack.to_ehr.plan(Fault(Harm.ANSWER, "POST", "DocumentReference", 422))
            others.start("releaser")
            stack.await_state(case, "failed")
            stack.api.post(f"/v1/failures/{waiting(stack, release)[0]}/reopen", {})
            stack.sign(case)
            stack.await_state(case, "released")
            stack.to_ehr.let_go()
        if held == "GET":
            until(lambda: stack.logged("releaser", "release", release).count("left") == 2, "looked")
            assert stack.ehr.notes(first) == []
        else:
            [code] = until(lambda: waiting(stack, release)[1:], "the older note is told")
            assert code == "record.superseded"
        assert [note.status for note in stack.notes(case)] == ["current"]
        others.kill("releaser")


def waiting(stack: Stack, release: str) -> list[str]:
    """Id and code of the failure of a release that waits for a person, if there is one."""
    items = stack.api.get("/v1/failures")["items"]
    return [f[name] for f in items if f["subject_id"] == release for name in ("id", "code")]


def test_who_wakes_late_does_not_end_the_job_of_another(stack: Stack) -> None:
    """The other dies afterwards: were the job gone by then, nobody would do it."""
    stack.gates.close("decode")
    case = stack.upload()
    first = stack.gates.await_reached("decode")
    with stack.others() as others:
        with stack.paused(first):
            second = others.start("inference")
            stack.gates.await_reached("decode", second)
            stack.gates.let("decode", first)
        # Whoever does a next case has told the queue that it is done with the last one.
        stack.await_state(stack.upload(), "in_review")
        assert "left" in stack.logged("inference", "decode", stack.source_of(case))
        others.kill("inference")
    stack.gates.open("decode")
    stack.finish(case)


def test_who_is_paused_before_its_commit_keeps_its_locks_for_a_while_only(stack: Stack) -> None:
    """It stands in the way of its whole tenant: the audit chain's head is locked, too."""
    stack.gates.close("decode")
    case = stack.upload()
    first = stack.gates.await_reached("decode")
    with stack.others() as others:
        with stack.no_commits():
            stack.gates.open("decode")
            stack.await_hanging("attending_inference")
            os.kill(first, signal.SIGSTOP)
        try:
            others.start("inference")
            stack.await_state(case, "in_review")
        finally:
            os.kill(first, signal.SIGCONT)
    stack.finish(case)
    stack.finish(stack.upload())
