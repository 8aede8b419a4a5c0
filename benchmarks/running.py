"""The processes of an installation for one measurement, ended when it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from attending.core.errors import EngineFailed
from attending.demo import patients
from attending.demo.ehr import StandInEhr
from attending.demo.installation import Installation
from attending.demo.issuer import RunningIssuer
from attending.demo.processes import Processes
from benchmarks.bench import ROOT

T = TypeVar("T")
_PATIENCE = 120.0  # seconds


@contextmanager
def serving(installation: Installation, *names: str, ehr: bool = False) -> Iterator[Processes]:
    """The issuer and the named processes; with ``ehr`` also the stand-in, with its patients.

    The database server is the run's and stays up.
    """
    with ExitStack() as stack:
        installation.prepare()
        if ehr:
            home = installation.home / "ehr"
            stack.enter_context(StandInEhr(home, installation.ports["ehr"], persistent=False))
            patients.load(installation.ehr_url)
        stack.enter_context(RunningIssuer(installation.issuer_settings()))
        processes = Processes(installation)
        stack.callback(processes.stop)
        for name in names:
            processes.start(name)
        if "web" in names:
            processes.await_web()
        yield processes


@dataclass(frozen=True)
class Worker:
    """One inference process with a log of its own, so that two can be told apart."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, installation: Installation, name: str) -> Worker:
        log = installation.home / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "attending", "inference"],
                cwd=ROOT,
                env=installation.environment("inference"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return cls(process, log)

    def times(self, event: str, step: str, subject: object) -> list[float]:
        """When the worker logged this, in seconds since 1970."""
        return [
            datetime.fromisoformat(line["timestamp"]).timestamp()
            for line in self._lines()
            if (line.get("event"), line.get("step"), line.get("subject"))
            == (event, step, str(subject))
        ]

    def kill(self) -> float:
        """SIGKILL, and when."""
        at = time.time()
        self.process.kill()
        self.process.wait()
        return at

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=25)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.log.read_text(errors="replace").splitlines():
            if line.startswith("{") and line.endswith("}"):
                yield json.loads(line)


def awaited(find: Callable[[], T | None], what: str) -> T:
    """What ``find`` finds in the end. Raises EngineFailed after two minutes."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = find()
        if found is not None:
            return found
        time.sleep(0.02)
    raise EngineFailed(f"The measurement waited in vain for {what}.")
