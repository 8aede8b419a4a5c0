"""The stand-in EHR of the demo and the tests: a real FHIR R4 server as a child process."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import httpx

from attending.core.errors import Misconfigured

LOOPBACK = "127.0.0.1"
_START = 60.0  # seconds until it must answer
_STOP = 10.0  # seconds that it has to end by itself
_POLL = 0.05


class StandInEhr:
    """One server, reachable from this machine alone.

    directory: where its settings, log and store lie. port: 0 takes a free one.
    persistent: whether its content outlives it. token: a bearer token that it asks for.
    """

    def __init__(
        self, directory: Path, port: int = 0, *, persistent: bool = True, token: str = ""
    ) -> None:
        self._directory = directory
        self._port = port
        self._persistent = persistent
        self._token = token
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its FHIR base address; known once it was started."""
        return f"http://{LOOPBACK}:{self._port}/fhir"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> str:
        """Start it and wait until it answers; returns the base address.

        Raises Misconfigured if it is not installed, the port is taken or it does not start.
        """
        if importlib.util.find_spec("sekmet") is None:
            raise Misconfigured(
                "The stand-in EHR is not installed.",
                remedy="Install it: pip install 'attending[demo]'.",
            )
        self._port = _free(self._port)
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self._directory,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._await()
        return self.url

    def stop(self) -> None:
        """End it; nothing happens if it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self._directory / "ehr.log"

    def _command(self) -> list[str]:
        server = [sys.executable, "-m", "uvicorn", "--factory", "sekmet.main:app_factory"]
        quiet = ["--log-level", "warning", "--no-access-log"]
        return [*server, "--host", LOOPBACK, "--port", str(self._port), *quiet]

    def _environment(self) -> dict[str, str]:
        settings = self._directory / "ehr.json"
        settings.write_text(json.dumps(self._settings()))
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SEKMET_")}
        return {**inherited, "SEKMET_CONFIG": str(settings.resolve())}

    def _settings(self) -> dict[str, object]:
        auth = {"types": ["bearer"], "tokens": [self._token]} if self._token else {}
        return {
            "base_url": self.url,  # its paging links and Location headers are made of it
            "host": LOOPBACK,
            "port": self._port,
            "data_dir": str(self._directory.resolve()),
            "db_path": str(self._directory.resolve() / "ehr.db")
            if self._persistent
            else ":memory:",
            "server_auth": auth,
            "simulator": {"enabled": False},  # nobody but the tests and the demo writes here
            "log_inbound": False,
        }

    def _await(self) -> None:
        deadline = monotonic() + _START
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or monotonic() > deadline:
                self.stop()
                raise Misconfigured(
                    "The stand-in EHR does not start.", remedy=f"Read its log: {self._log}"
                )
            sleep(_POLL)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/metadata", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False


def _free(port: int) -> int:
    """The port, if nobody listens there: else a stranger would be taken for the EHR."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as taken:
            raise Misconfigured(
                "The port of the stand-in EHR is taken.",
                remedy="End what listens there, or choose another port.",
                port=port,
            ) from taken
        chosen: int = probe.getsockname()[1]
        return chosen
