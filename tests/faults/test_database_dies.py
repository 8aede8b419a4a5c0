"""PostgreSQL itself is killed in the middle of a case, and a recording's worker with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from attending.demo.commands import SAMPLE
from tests.stack import Stack, until

pytestmark = pytest.mark.xdist_group("ehr")


@pytest.fixture(scope="module")
def own(server: Path) -> Iterator[Stack]:
    """With a server of its own, for that one is killed; and with the recogniser."""
    lines = '["attending.lines.documentation", "tests.plugins.vitals_line"]'
    with Stack.opened(server, server=None, lines=lines) as stack:
        yield stack


def kill_postgres(stack: Stack) -> None:
    """The postmaster, by the pid in its own directory, which this test alone uses."""
    postgres = stack.installation.postgres
    pid = int((postgres.home / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid), "the postmaster is gone")


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("gate", ["decode", "guard"])
def test_in_the_middle_of_a_step(own: Stack, gate: str) -> None:
    pids = {name: own.processes.pid(name) for name in ("web", "inference", "releaser")}
    own.gates.close(gate)
    case = own.upload()
    own.gates.await_reached(gate)
    kill_postgres(own)
    own.gates.open(gate)
    own.installation.postgres.start()
    own.finish(case)
    own.finish(own.upload())  # by the same processes: none of them was started again
    assert all(own.processes.alive(name) for name in pids)
    assert {name: own.processes.pid(name) for name in pids} == pids


def test_while_nothing_is_done(own: Stack) -> None:
    kill_postgres(own)
    own.installation.postgres.start()
    own.finish(own.upload())


def test_a_recording_whose_worker_dies_is_heard_again(own: Stack) -> None:
    """The documentation line, killed while speech is recognised."""
    sent = own.api.upload(own.encounter(), SAMPLE)

    def hearing() -> bool:
        return own.api.get(f"/v1/sources/{sent['source']}")["state"] == "transcribing"

    until(hearing, "speech is recognised")
    own.processes.kill("inference")
    own.restart("inference")
    own.await_state(sent["case"], "in_review", patience=120)
    own.finish(sent["case"])
