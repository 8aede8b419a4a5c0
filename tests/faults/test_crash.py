"""Each process is killed with SIGKILL at every step of the loop: in the end, all of it, once."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from uuid import uuid4

import httpx
import pytest

from attending.adapters.storage.queue import queue_of
from attending.core.work import Step
from attending.demo.client import Json
from tests.faults.proxy import LOOPBACK, Fault, Harm
from tests.stack import CSV, Stack

pytestmark = pytest.mark.xdist_group("crash")

TAKEN_OVER = 12.0  # seconds, of which 8 are by design: 6 without a beat, and 2 to the next look


class Moment(StrEnum):
    WORKING = "working"  # in the middle of its work
    COMMITTING = "committing"  # all is written, and the commit is to come
    COMMITTED = "committed"  # nobody was told of it yet


WORK = ("decode", "infer", "guard", "release")
TASKS = {"guard": Step.PROPOSE}  # a step whose job has another name


def task_of(step: str) -> Step:
    return TASKS.get(step) or Step(step)


def process_of(step: str) -> str:
    return "inference" if queue_of(task_of(step)) == "inference" else "releaser"


@contextmanager
def held_in(stack: Stack, step: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """A case whose step is held in the middle of its work, and what lets it go on."""
    match step:
        case "release":
            case = stack.decided()
            stack.to_ehr.plan(Fault(Harm.HELD, "POST", "DocumentReference"))
            stack.sign(case)
            stack.to_ehr.await_held()
            yield case, stack.to_ehr.let_go
        case "notify":
            stack.to_notices.plan(Fault(Harm.HELD))
            case = stack.upload()
            stack.to_notices.await_held()
            yield case, stack.to_notices.let_go
        case _:
            stack.gates.close(step)
            case = stack.upload()
            stack.gates.await_reached(step)
            yield case, lambda: stack.gates.open(step)


def kill_at(stack: Stack, step: str, moment: Moment) -> str:
    """Bring a case to the moment of the step, and kill who does it; the case's id."""
    task, process = task_of(step), process_of(step)
    with held_in(stack, step) as (case, go_on):
        match moment:
            case Moment.WORKING:
                stack.processes.kill(process)
                go_on()
            case Moment.COMMITTING:
                with stack.no_commits():
                    go_on()
                    stack.await_hanging(f"attending_{process}")
                    stack.processes.kill(process)
            case Moment.COMMITTED:
                with stack.no_endings(task):
                    go_on()
                    stack.await_hanging("attending_queue")
                    stack.processes.kill(process)
    stack.restart(process)
    return case


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("step", WORK)
def test_a_worker_is_killed(stack: Stack, step: str, moment: Moment) -> None:
    case = kill_at(stack, step, moment)
    stack.finish(case)
    # Who does it again sees that it is done, and does not have to be told by the database.
    subjects = {"decode": stack.source_of, "release": stack.release_of}
    subject = subjects.get(step, str)(case)
    assert "failed" not in stack.logged(process_of(step), task_of(step), subject)


def test_the_releaser_is_killed_after_the_ehr_wrote(stack: Stack) -> None:
    """What stands there already was written by a process that could not tell."""
    case = stack.decided()
    stack.to_ehr.plan(Fault(Harm.HELD_AFTER, "POST", "DocumentReference"))
    stack.sign(case)
    stack.to_ehr.await_held()
    assert len(stack.notes(case)) == 1
    stack.processes.kill("releaser")
    stack.to_ehr.let_go()
    stack.restart("releaser")
    stack.finish(case)


@pytest.mark.parametrize("moment", [Moment.WORKING, Moment.COMMITTED])
def test_a_notice_is_sent_at_least_once(stack: Stack, moment: Moment) -> None:
    """It writes nothing of its own; a repeat is known by case and version."""
    case = kill_at(stack, "notify", moment)
    stack.finish(case)
    ready = [notice for notice in stack.notices.of(case) if notice[0] == "case.in_review"]
    assert len(ready) >= 1
    assert len(set(ready)) == 1


def test_another_worker_takes_over_by_itself(stack: Stack) -> None:
    """Nothing is restarted, and nothing is hurried: the default waits."""
    stack.processes.kill("inference")
    stack.gates.close("decode")
    with (
        stack.others(ATTENDING_TAKEOVER="PT6S") as one,
        stack.others(ATTENDING_TAKEOVER="PT6S") as two,
    ):
        hosts = {one.start("inference"): one, two.start("inference"): two}
        case = stack.upload()
        working = stack.gates.await_reached("decode")
        hosts[working].kill("inference")
        stack.gates.open("decode")
        died = time.monotonic()
        stack.await_state(case, "in_review")
        assert time.monotonic() - died < TAKEN_OVER
    stack.restart("inference")
    stack.finish(case)


def test_a_job_whose_ending_was_lost_is_not_stuck(stack: Stack) -> None:
    """The worker lives, but the word that the job is done was cut off."""
    with held_in(stack, "infer") as (case, go_on), stack.no_endings("infer"):
        go_on()
        stack.terminate(stack.await_hanging("attending_queue"))
    stack.finish(case)


def test_a_failure_that_could_not_be_told_is_not_lost(stack: Stack) -> None:
    """The database goes away just when the work is given to a person: it is tried again."""
    case = stack.decided()
    stack.to_ehr.plan(Fault(Harm.HELD, "GET", "Patient"), Fault(Harm.ANSWER, "POST", status=422))
    stack.sign(case)
    stack.to_ehr.await_held()
    with stack.no_commits():
        stack.to_ehr.let_go()
        stack.terminate(stack.await_hanging("attending_releaser"))
    stack.finish(case)


# The web process.


@contextmanager
def sending(work: Callable[[], Json]) -> Iterator[Future[Json]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def test_web_is_killed_in_the_middle_of_an_upload(stack: Stack) -> None:
    encounter, blobs = stack.encounter(), stack.blobs()
    head = (
        f"POST /v1/encounters/{encounter}/sources?line=vitals HTTP/1.1\r\nHost: {LOOPBACK}\r\n"
        f"Authorization: {stack.api.http.headers['Authorization']}\r\n"
        "Content-Type: text/csv\r\nContent-Length: 40000000\r\n\r\n"
    )
    address = (LOOPBACK, stack.installation.ports["web"])
    with socket.create_connection(address, timeout=30) as client:
        client.sendall(head.encode() + b"0,80\n" * 6_000_000)  # read, for sockets hold less
        stack.processes.kill("web")
    stack.restart("web")
    assert stack.sources_of(encounter) == []
    assert stack.blobs() == blobs
    stack.finish(stack.upload(encounter))


@pytest.mark.parametrize("moment", [Moment.COMMITTING, Moment.COMMITTED])
def test_web_is_killed_when_a_source_enters(stack: Stack, moment: Moment) -> None:
    encounter, key = stack.encounter(), str(uuid4())
    api = stack.api_through_proxy

    def upload() -> Json:
        return api.send(encounter, "vitals", "text/csv", CSV, key=key)

    lose_web(stack, moment, upload)
    # A commit that was on its way is made good by the database, whoever has died meanwhile.
    assert len(stack.sources_of(encounter)) == 1
    told = upload()
    assert upload() == told
    assert stack.sources_of(encounter) == [told["source"]]
    stack.finish(told["case"])


@pytest.mark.parametrize("moment", Moment)
def test_web_is_killed_when_a_case_is_signed(stack: Stack, moment: Moment) -> None:
    case, key = stack.decided(), str(uuid4())
    ask, api = stack.signature(case), stack.api_through_proxy

    def sign() -> Json:
        return api.post(f"/v1/cases/{case}/signatures", ask, key)

    if moment is Moment.WORKING:
        with stack.locked("select from attending.cases where id = %s", case), sending(sign) as sent:
            stack.await_hanging("attending_web")
            stack.processes.kill("web")
            assert isinstance(sent.exception(), httpx.TransportError)
        stack.restart("web")
    else:
        lose_web(stack, moment, sign)
    signed = stack.rows("select from attending.signatures where case_id = %s", case)
    assert len(signed) == (0 if moment is Moment.WORKING else 1)
    told = sign()
    assert sign() == told
    stack.finish(case)


def lose_web(stack: Stack, moment: Moment, work: Callable[[], Json]) -> None:
    """Kill web before the commit, or between the commit and its answer; start it again."""
    if moment is Moment.COMMITTED:
        stack.to_web.plan(Fault(Harm.CUT_AFTER, "POST"))
        with pytest.raises(httpx.TransportError):
            work()
        stack.processes.kill("web")
    else:
        with stack.no_commits(), sending(work) as sent:
            stack.await_hanging("attending_web")
            stack.processes.kill("web")
            assert isinstance(sent.exception(), httpx.TransportError)
    stack.restart("web")
