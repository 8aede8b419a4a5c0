"""The child's own beginning: it loads a decoder, gives up what it could do harm with, decodes.

Run by path, alone, with an empty environment: ``python -I confined.py DECODER BYTES SECONDS``.
DECODER is a file that offers ``decode(source, sink) -> exit status``; it reads stdin and
writes stdout. What it imports is loaded before, so that afterwards it needs no file. One
byte says that the limits stand: whatever fails before it is our fault, whatever comes
after it is the recording's.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

READY = b"\x01"
NOBODY = 65534
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38

Decode = Callable[[BinaryIO, BinaryIO], int]


def confine(address_space: int, cpu_seconds: int) -> None:
    """From here on: no new file, socket or process, no privilege, so much memory and time."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.geteuid() == 0:  # a root's limits on processes do not count
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if sys.platform == "linux":
        # Changing who we are forgets the first of these; the second hides us from our kind.
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    limits = {
        resource.RLIMIT_AS: address_space,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,  # of those to come: what is open stays open
    }
    for name, most in limits.items():
        resource.setrlimit(name, (most, most))


def _loaded(path: Path) -> Decode:
    spec = importlib.util.spec_from_file_location("decoder", path)
    if spec is None or spec.loader is None:
        raise ImportError(path.name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.decode  # type: ignore[no-any-return]


def main(decoder: str, address_space: str, cpu_seconds: str) -> None:
    """Ends the process with the decoder's status, without a word on stderr."""
    decode = _loaded(Path(decoder))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    confine(int(address_space), int(cpu_seconds))
    sink.write(READY)
    sink.flush()
    status = decode(source, sink)
    sink.flush()
    os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
