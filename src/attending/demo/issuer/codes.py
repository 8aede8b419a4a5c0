"""What the issuer remembers: codes for a minute, and failed log-ins for a minute."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from attending.demo.issuer.settings import DemoUser

CODE_SECONDS = 60.0
WINDOW_SECONDS = 60.0
MAX_FAILURES = 5


@dataclass(frozen=True)
class Grant:
    """A log-in that awaits its token request. ``authenticated_at``: seconds since 1970."""

    user: DemoUser
    redirect_uri: str
    code_challenge: str
    nonce: str
    authenticated_at: int


class Codes:
    """Authorisation codes: each serves once, within CODE_SECONDS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._grants: dict[str, tuple[float, Grant]] = {}

    def issue(self, grant: Grant) -> str:
        code = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            self._grants = {
                known: kept for known, kept in self._grants.items() if kept[0] > now
            } | {code: (now + CODE_SECONDS, grant)}
        return code

    def redeem(self, code: str) -> Grant | None:
        """The grant behind the code, once; None if unknown, used or too old."""
        with self._lock:
            expires, grant = self._grants.pop(code, (0.0, None))
        return grant if self._clock() < expires else None


class Throttle:
    """Counts failed log-ins by user name, known or not, so that it reveals no names."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: list[tuple[float, str]] = []

    def is_open(self, username: str) -> bool:
        """Whether the name had fewer than MAX_FAILURES in the last WINDOW_SECONDS."""
        oldest = self._clock() - WINDOW_SECONDS
        with self._lock:
            self._failures = [each for each in self._failures if each[0] > oldest]
            return sum(name == username for _, name in self._failures) < MAX_FAILURES

    def failed(self, username: str) -> None:
        with self._lock:
            self._failures.append((self._clock(), username))
