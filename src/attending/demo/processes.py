"""The demo's processes, started together and ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from attending.core.errors import Misconfigured
from attending.demo import patients
from attending.demo.ehr import StandInEhr
from attending.demo.installation import Installation
from attending.demo.issuer import RunningIssuer

PROCESSES = ("web", "inference", "releaser")
_PATIENCE = 60.0  # seconds until a process must answer
_ANSWER_SECONDS = 2.0  # for one try
_PR_SET_PDEATHSIG = 1


@dataclass
class Processes:
    """Web, inference and releaser of an installation, as children of this process."""

    installation: Installation
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> int:
        """Start one; its log is NAME.log in the installation's folder. Returns its id."""
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "attending", name],
                env={**_inherited(), **self.installation.environment(name)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads yet matter: one call into libc
            )
        return self._running[name].pid

    def log(self, name: str) -> Path:
        return self.installation.home / f"{name}.log"

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def alive(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def kill(self, name: str) -> None:
        """SIGKILL: the process has no say."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def await_web(self) -> None:
        """Until the web answers. Raises Misconfigured, naming the log to read."""
        deadline = time.monotonic() + _PATIENCE
        with httpx.Client(trust_env=False, timeout=_ANSWER_SECONDS) as http:
            while not _answers(http, f"{self.installation.web_url}/health"):
                if not self.alive("web") or time.monotonic() > deadline:
                    raise Misconfigured(
                        "The web process does not start.", remedy=f"Read {self.log('web')}."
                    )
                time.sleep(0.05)

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


@contextmanager
def running(installation: Installation, *, persistent_ehr: bool = True) -> Iterator[Processes]:
    """Everything: database, stand-in EHR with its patients, issuer, and the three processes.

    The database stays up for the next run unless it was this run that started it.
    """
    with ExitStack() as stack:
        installation.prepare()
        stack.callback(installation.postgres.stop)
        ehr = StandInEhr(
            installation.home / "ehr", installation.ports["ehr"], persistent=persistent_ehr
        )
        stack.enter_context(ehr)
        patients.load(installation.ehr_url)
        stack.enter_context(RunningIssuer(installation.issuer_settings()))
        processes = Processes(installation)
        stack.callback(processes.stop)
        for name in PROCESSES:
            processes.start(name)
        processes.await_web()
        yield processes


def serves(installation: Installation) -> bool:
    """Whether the installation's web process answers, whoever started it."""
    if not (installation.home / "ports.json").exists():
        return False
    with httpx.Client(trust_env=False, timeout=_ANSWER_SECONDS) as http:
        return _answers(http, f"{installation.web_url}/health")


def _answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).is_success
    except httpx.TransportError:
        return False


def _inherited() -> dict[str, str]:
    """The environment without settings of ours: each process gets its own alone."""
    return {k: v for k, v in os.environ.items() if not k.startswith("ATTENDING_")}


def _end_with_parent() -> None:
    """If the demo is killed, its children end too (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
