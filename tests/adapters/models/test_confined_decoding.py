"""A decoder that was taken over: planted in the child, it tries what an attacker would."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from attending.adapters.models.audio import decode
from attending.adapters.models.child import DecodingChild, Limits
from attending.core.errors import AttendingError, EngineFailed, SourceTooLarge, UnreadableSource

Plant = Callable[..., DecodingChild]

# Tries everything, and says as "samples" what came of it.
PROBE = """
import json, os, resource, socket, subprocess, sys, ctypes
def tried(what):
    try:
        return repr(what())
    except BaseException as error:
        return type(error).__name__
def reopened():
    os.close(2)
    return open("/etc/hostname").read()
def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
def decode(source, sink):
    parent = os.getppid()
    told = {
        "content": source.read().decode(),
        "environment": sorted(os.environ),
        "arguments": len(sys.argv),
        "folder": os.getcwd(),
        "open": [number for number in range(1024) if is_open(number)],
        "root": os.geteuid() == 0,
        "read": tried(lambda: open("/etc/hostname").read()),
        "write": tried(lambda: open("/tmp/planted", "w")),
        "reopen": tried(reopened),
        "socket": tried(lambda: socket.socket()),
        "pipe": tried(os.pipe),
        "fork": tried(lambda: os.fork() or os._exit(0)),
        "run": tried(lambda: subprocess.run(["/bin/true"])),
        "limit": tried(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))),
        "root again": tried(lambda: os.setuid(0)),
        "parent's memory": tried(lambda: os.open(f"/proc/{parent}/mem", os.O_RDONLY)),
        "privileges": ctypes.CDLL(None).prctl(39, 0, 0, 0, 0),
    }
    said = json.dumps(told).encode()
    sink.write(b"\\x01" + said + b" " * (len(said) % 2))
    return 0
"""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording"
    path.write_text("what a patient said")
    return path


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    def planted(source: str, **limits: Any) -> DecodingChild:
        program = tmp_path / "decoder.py"
        program.write_text(source)
        return DecodingChild(Limits(**limits), program)

    return planted


def children() -> list[str]:
    """Of this process, those that decode."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text()
            line = (entry / "cmdline").read_text()
        except OSError:
            continue
        if (
            entry.name.isdigit()
            and f") {stat.rpartition(')')[2].split()[0]} {os.getpid()} " in stat
        ):
            found.append(line)
    return [line for line in found if "confined.py" in line]


def broken(child: DecodingChild, recording: Path, longest: float = 60.0) -> AttendingError:
    with pytest.raises(AttendingError) as caught:
        child.decode(recording, longest)
    assert children() == []
    return caught.value


@pytest.fixture
def told(plant: Plant, recording: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the probe found, in the child of a process with a secret and an open file."""
    monkeypatch.setenv("ATTENDING_MASTER_KEY_FILE", "/secret")
    kept = os.open(recording, os.O_RDONLY)
    os.set_inheritable(kept, True)
    try:
        said = plant(PROBE).decode(recording, 60.0)
    finally:
        os.close(kept)
    return dict(json.loads(bytes(said.samples)))


class TestWhatItFinds:
    def test_the_recording_and_nothing_else(self, told: dict[str, Any]) -> None:
        assert told["content"] == "what a patient said"
        assert set(told["environment"]) <= {"LC_CTYPE"}  # Python's own
        assert told["folder"] == "/"
        assert told["open"] == [0, 1, 2]
        assert not told["root"]

    @pytest.mark.parametrize(
        "deed", ["read", "write", "reopen", "socket", "pipe", "fork", "run", "limit"]
    )
    def test_it_can_open_and_start_nothing(self, told: dict[str, Any], deed: str) -> None:
        assert told[deed] in ("OSError", "BlockingIOError", "PermissionError", "ValueError")

    def test_it_cannot_become_more(self, told: dict[str, Any]) -> None:
        assert told["root again"] == "PermissionError"
        assert told["parent's memory"] in ("OSError", "PermissionError")
        assert told["privileges"] == 1  # PR_GET_NO_NEW_PRIVS

    def test_the_probe_finds_what_is_there(self, tmp_path: Path) -> None:
        """The same attempts in a process that nobody confined."""
        (tmp_path / "free.py").write_text(
            PROBE + "\nimport io\nout = io.BytesIO()\n"
            "decode(io.BytesIO(b'x'), out)\nsys.stdout.buffer.write(out.getvalue()[1:])\n"
        )
        import subprocess

        said = json.loads(
            subprocess.run(
                [sys.executable, str(tmp_path / "free.py")], capture_output=True, check=True
            ).stdout.splitlines()[-1]
        )
        for deed in ("read", "write", "socket", "pipe", "run"):
            assert said[deed] not in ("OSError", "BlockingIOError", "PermissionError"), deed
        Path("/tmp/planted").unlink()


class TestLimits:
    def test_memory(self, plant: Plant, recording: Path) -> None:
        source = """
def decode(source, sink):
    kept = []
    while True:
        kept.append(bytearray(1 << 24))
"""
        error = broken(plant(source, address_space=1 << 29), recording)
        assert isinstance(error, UnreadableSource)
        assert "memory" in error.message

    def test_cpu(self, plant: Plant, recording: Path) -> None:
        source = "def decode(source, sink):\n    while True:\n        pass\n"
        assert isinstance(broken(plant(source, cpu=1), recording), UnreadableSource)

    @pytest.mark.parametrize("first", ["", "sink.write(bytes(1001)); sink.flush(); "])
    def test_the_clock(self, plant: Plant, recording: Path, first: str) -> None:
        source = f"import time\ndef decode(source, sink):\n    {first}time.sleep(600)\n"
        child = plant(source.replace("bytes(1001)", "b'\\x01' + bytes(1000)"), wall=3.0)
        assert isinstance(broken(child, recording), UnreadableSource)

    def test_a_pipe_that_is_closed_and_a_child_that_stays(
        self, plant: Plant, recording: Path
    ) -> None:
        source = (
            "import os, time\ndef decode(source, sink):\n    os.close(1)\n    time.sleep(600)\n"
        )
        assert isinstance(broken(plant(source, wall=3.0), recording), UnreadableSource)

    def test_what_it_says(self, plant: Plant, recording: Path) -> None:
        source = """
def decode(source, sink):
    sink.write(b"\\x02")
    while True:
        sink.write(bytes(1 << 20))
"""
        assert isinstance(broken(plant(source), recording), SourceTooLarge)


class TestEnds:
    @pytest.mark.parametrize(
        "deed",
        [
            "os.kill(os.getpid(), 9)",
            "os.kill(os.getpid(), 11)",
            "raise RuntimeError('canary')",
            "return 99",
            "return 0",  # and said nothing
            "sink.write(bytes([7]) + bytes(1000)); return 0",  # channels that there are not
            "sink.write(bytes([2]) + bytes(3)); return 0",  # less than one sample of each
            "sink.write(bytes([1]) + bytes(1000)); sink.flush(); os.kill(os.getpid(), 9)",
        ],
    )
    def test_a_child_that_dies_or_lies_is_an_unreadable_source(
        self, plant: Plant, recording: Path, deed: str
    ) -> None:
        error = broken(plant(f"import os\ndef decode(source, sink):\n    {deed}\n"), recording)
        assert isinstance(error, UnreadableSource)
        assert not error.transient
        assert "canary" not in str(vars(error))

    @pytest.mark.parametrize("source", ["import no_such_module", "x = 1", "import os; os._exit(0)"])
    def test_a_decoder_that_does_not_begin_is_our_fault(
        self, plant: Plant, recording: Path, source: str
    ) -> None:
        error = broken(plant(source), recording)
        assert isinstance(error, EngineFailed)
        assert error.transient

    def test_an_odd_number_of_samples_is_cut(self, plant: Plant, recording: Path) -> None:
        source = (
            "def decode(source, sink):\n    sink.write(b'\\x02' + bytes(1003))\n    return 10\n"
        )
        said = plant(source).decode(recording, 60.0)
        assert (said.channels, len(said.samples), said.damaged) == (2, 1000, True)


def test_a_small_file_that_unpacks_to_hours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=8_000, layout="mono")
        for _ in range(360):
            silence = np.zeros((1, 80_000), dtype=np.int16)
            frame = av.AudioFrame.from_ndarray(silence, "s16", "mono")
            frame.sample_rate = 8_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(SourceTooLarge):
        decode(path, limit=600.0)
    assert decode(path, limit=3601.0).duration == pytest.approx(3600.0)
