"""No library reports to its maker: a hospital's network is nobody's to measure.

Found by the tests of the hostile EHR, whose stranger was asked for the way to a host of
ONNX Runtime's maker.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import onnxruntime

import attending

PATIENCE = 25.0  # seconds: the library waits about nine before it reports
RUNS_A_MODEL = """
import numpy as np, sys
from faster_whisper.vad import get_vad_model
get_vad_model()(np.zeros(5120, dtype=np.float32))
sys.stdin.read()
"""


class Way:
    """The only way out that a process is told of. Keeps what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, daemon=True).start()

    def environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        kept = {k: v for k, v in os.environ.items() if k not in attending.SILENCED}
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")
        return kept | dict.fromkeys(names, url)

    def _serve(self) -> None:
        while True:
            client, _ = self._listening.accept()
            with client:
                self.asked.append(client.recv(200))


@contextmanager
def running(code: str, way: Way) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=way.environment(), stdin=subprocess.PIPE
    )
    try:
        yield
        assert process.poll() is None
    finally:
        process.communicate(b"")
    assert process.returncode == 0


def test_a_model_runs_in_silence() -> None:
    """Beside the same without us, and for as long as that takes to report."""
    ours, bare = Way(), Way()
    with running(f"import attending\n{RUNS_A_MODEL}", ours), running(RUNS_A_MODEL, bare):
        until = time.monotonic() + PATIENCE
        while not bare.asked and time.monotonic() < until:
            time.sleep(0.1)
    assert ours.asked == []


def test_every_switch_that_the_library_knows_is_thrown() -> None:
    """A new name in a later version is seen here."""
    known: set[str] = set()
    for library in Path(onnxruntime.__file__).parent.glob("capi/*.so*"):
        found = re.findall(rb"[A-Z_]*(?:DISABLE_TELEMETRY|TELEMETRY_DISABLED)[A-Z_]*",
                           library.read_bytes())  # fmt: skip
        known |= {name.decode() for name in found}
    assert known <= attending.SILENCED.keys()
    assert all(os.environ[name] == value for name, value in attending.SILENCED.items())
