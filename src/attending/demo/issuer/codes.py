"""What the issuer remembers: codes for a minute, and failed log-ins for about one."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from attending.demo.issuer.settings import DemoUser
from attending.web.rates import Buckets

CODE_SECONDS = 60.0
MAX_FAILURES = 5  # a minute, of one name
MAX_OF_ADDRESS = 60  # a minute, of one address


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
    """Counts failed log-ins by user name and by address, in a memory that is bounded.

    A name counts whether it is known or not, so that it reveals none. After MAX_FAILURES
    in a row there is one more try every 12 seconds, right or wrong.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._names = Buckets("name", MAX_FAILURES, clock)
        self._addresses = Buckets("address", MAX_OF_ADDRESS, clock)

    def is_open(self, username: str, address: str) -> bool:
        """Whether a password is looked at."""
        counts = self._names.look(_key(username)), self._addresses.look(address)
        return not any(count.wait for count in counts)

    def failed(self, username: str, address: str) -> None:
        self._names.take(_key(username))
        self._addresses.take(address)


def _key(username: str) -> str:
    """Of one length, however long the name that is tried."""
    return hashlib.sha256(username.strip().casefold().encode()).hexdigest()
