"""Decoding in a child process that can do no harm: the parent's side of confined.py.

What strangers uploaded is parsed by a decoder of a million lines of C. If a recording
takes it over, it finds a process without secrets, files, sockets or children, with
bounded memory and time, and a pipe on which it may say samples.
"""

from __future__ import annotations

import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from attending.adapters.models import confined, pcm
from attending.core.errors import EngineFailed, SourceTooLarge, UnreadableSource

_CHUNK = 1 << 20
_READY = len(confined.READY)
_BYTES = 2  # a sample
_TOLD = {
    pcm.UNREADABLE: "The recording is not an audio file that plays.",
    pcm.SILENT: "The recording holds no sound.",
    pcm.UNKNOWN_CODING: "The recording is in a coding that is not known here.",
}


@dataclass(frozen=True)
class Limits:
    """Of one recording. Three hours of speech take some 60 s of a core and 200 MiB."""

    address_space: int = 1 << 30  # bytes
    cpu: int = 300  # seconds
    wall: float = 600.0  # seconds


@dataclass(frozen=True)
class Decoded:
    """Samples as the child said them: 16 bits, interleaved."""

    channels: int
    samples: bytearray
    damaged: bool


@dataclass(frozen=True)
class DecodingChild:
    """Starts one child for each recording. ``program``: what it decodes with."""

    limits: Limits = Limits()
    program: Path = Path(pcm.__file__)

    def decode(self, recording: Path, longest: float) -> Decoded:
        """longest: seconds of sound.

        Raises UnreadableSource if the child says so, dies, or meets a limit;
        SourceTooLarge for more sound than that; EngineFailed if it does not begin.
        """
        deadline = time.monotonic() + self.limits.wall
        with self._running(recording) as child:
            said = _Said(longest)
            for piece in _pieces(child, deadline):
                said.add(piece)
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        return said.decoded(child.returncode)

    @contextmanager
    def _running(self, recording: Path) -> Iterator[subprocess.Popen[bytes]]:
        """It is dead at the end, whatever happened."""
        limits = (str(self.limits.address_space), str(self.limits.cpu))
        with recording.open("rb") as source:
            child = subprocess.Popen(
                [sys.executable, "-I", confined.__file__, str(self.program), *limits],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        try:
            yield child
        except subprocess.TimeoutExpired as error:
            raise _beyond_limits() from error
        finally:
            child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()


@dataclass
class _Said:
    """What came through the pipe so far; the child may say anything."""

    longest: float

    def __post_init__(self) -> None:
        self._ready = False
        self._channels = 0
        self._samples = bytearray()

    def add(self, piece: bytes) -> None:
        if not self._ready:
            self._ready, piece = True, piece[_READY:]
        if not self._channels and piece:
            self._channels, piece = piece[0], piece[1:]
            if self._channels not in pcm.LAYOUTS:
                raise _beyond_limits()
        self._samples += piece
        if len(self._samples) > self.longest * pcm.SAMPLE_RATE * _BYTES * max(1, self._channels):
            raise SourceTooLarge(
                f"The recording is longer than {self.longest / 60:.0f} minutes.",
                remedy="Split the recording, or ask the administrator to raise the limit.",
            )

    def decoded(self, status: int) -> Decoded:
        if not self._ready:
            raise EngineFailed("The decoder does not start.", status=status)
        if status in _TOLD:
            raise UnreadableSource(_TOLD[status])
        if status not in (pcm.WHOLE, pcm.DAMAGED):
            raise _beyond_limits()
        if len(self._samples) < _BYTES * self._channels or not self._channels:
            raise UnreadableSource("No sound could be decoded from the recording.")
        del self._samples[
            len(self._samples) // (_BYTES * self._channels) * _BYTES * self._channels :
        ]
        return Decoded(self._channels, self._samples, status == pcm.DAMAGED)


def _pieces(child: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    """What it writes, until it ends. Raises UnreadableSource when its time is up."""
    if child.stdout is None:
        return
    pipe = select.poll()
    pipe.register(child.stdout, select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not pipe.poll(1000 * left):
            raise _beyond_limits()
        piece = child.stdout.read1(_CHUNK)  # type: ignore[attr-defined]
        if not piece:
            return
        yield piece


def _beyond_limits() -> UnreadableSource:
    return UnreadableSource(
        "Decoding the recording broke off, or took more memory or time than a recording may.",
        remedy="Check that the file plays, and upload it again in another form, such as wav.",
    )
