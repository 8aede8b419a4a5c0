"""How often one may ask: counted per person, per clinic and per address, in this process.

A request of somebody who is authenticated counts for the person and the clinic; any other,
also one with a token that does not verify, counts for the address that it came from.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from heapq import nsmallest
from ipaddress import IPv6Address, ip_address

from attending.core.errors import TooManyRequests
from attending.core.identity import Caller

WINDOW = 60.0  # seconds
FAILED_LOG_INS = 30  # a minute and address, before the next one is not even looked at
_KEYS = 50_000  # that one set of buckets remembers at most


@dataclass(frozen=True)
class Rates:
    """Requests a minute; uploads of one person, and streams of events, at once."""

    principal: int = 3_000
    tenant: int = 30_000
    address: int = 1_200
    uploads: int = 16
    streams: int = 24
    tenant_streams: int = 5_000


@dataclass(frozen=True)
class Count:
    """How one stands after a request. ``wait``: seconds until the next one; 0 if it goes.

    ``left``: requests that may follow at once; ``full``: seconds until all may again.
    """

    name: str
    quota: int
    left: int
    full: float
    wait: float

    @property
    def headers(self) -> dict[str, str]:
        """Of draft-ietf-httpapi-ratelimit-headers, and RFC 9110's for a refusal."""
        told = {
            "ratelimit-policy": f'"{self.name}";q={self.quota};w={WINDOW:.0f}',
            "ratelimit": f'"{self.name}";r={self.left};t={math.ceil(self.full)}',
        }
        return told | ({"retry-after": str(math.ceil(self.wait))} if self.wait else {})

    def error(self) -> TooManyRequests:
        seconds = math.ceil(self.wait)
        return TooManyRequests(
            "So many requests came in a short time that this one was not looked at.",
            remedy=f"Nothing was changed. Wait {seconds} s, then send it again.",
            wait=seconds,
        )


class Buckets:
    """For each key a bucket that holds one minute's requests and fills evenly.

    Of a bucket only the moment is kept at which it is full again (GCRA); one that is full
    is forgotten. Safe to share between threads.
    """

    def __init__(self, name: str, quota: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._quota = quota
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}

    def take(self, key: str) -> Count:
        """One request, unless ``wait`` says that it has to wait: then nothing is taken."""
        with self._lock:
            now = self._clock()
            count = self._after(key, now, WINDOW / self._quota)
            if count.wait == 0:
                self._full_at[key] = now + count.full
                self._bound(now)
        return count

    def look(self, key: str) -> Count:
        """What ``take`` would say."""
        with self._lock:
            return self._after(key, self._clock(), WINDOW / self._quota)

    def _after(self, key: str, now: float, one: float) -> Count:
        standing = max(0.0, self._full_at.get(key, now) - now)
        full, tiny = standing + one, one / 1e6
        if full > WINDOW + tiny:
            return Count(self._name, self._quota, 0, standing, full - WINDOW)
        left = int((WINDOW - full) / one + tiny)
        return Count(self._name, self._quota, left, full, 0.0)

    def _bound(self, now: float) -> None:
        """Forget full buckets, and if these do not suffice those that are nearly so."""
        if len(self._full_at) <= _KEYS:
            return
        kept = {key: at for key, at in self._full_at.items() if at > now}
        for key in nsmallest(len(kept) - _KEYS // 2, kept, key=kept.__getitem__):
            del kept[key]
        self._full_at = kept


class Slots:
    """What is under way at once, by key. Safe to share between threads."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()

    @contextmanager
    def held(self, key: str) -> Iterator[None]:
        """Raises TooManyRequests if too many are under way."""
        with self._lock:
            if self._held[key] >= self._most:
                raise TooManyRequests(
                    f"Too many {self._what} are under way.",
                    remedy="Wait until one of them ends, then send it again.",
                    limit=self._most,
                )
            self._held[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]


class Limits:
    """All that one process counts."""

    def __init__(self, rates: Rates) -> None:
        self.addresses = Buckets("address", rates.address)
        self.failed_log_ins = Buckets("log-in", FAILED_LOG_INS)
        self._principals = Buckets("principal", rates.principal)
        self._tenants = Buckets("tenant", rates.tenant)
        self._uploads = Slots(rates.uploads, "uploads of yours")
        self._streams = Slots(rates.streams, "streams of yours")
        self._tenant_streams = Slots(rates.tenant_streams, "streams of your clinic")

    def take(self, caller: Caller) -> Count:
        """One request of a person; what the person may not ask, the clinic does not pay."""
        count = self._principals.take(_key(caller))
        if count.wait:
            return count
        of_all = self._tenants.take(str(caller.tenant))
        return of_all if of_all.wait else count

    def uploading(self, caller: Caller) -> AbstractContextManager[None]:
        """Around an upload. Raises TooManyRequests if too many are under way."""
        return self._uploads.held(_key(caller))

    @contextmanager
    def streaming(self, caller: Caller) -> Iterator[None]:
        """Around a stream of events. Raises TooManyRequests if too many are open."""
        with self._streams.held(_key(caller)), self._tenant_streams.held(str(caller.tenant)):
            yield


def address_of(client: tuple[str, int] | None) -> str:
    """The network that one customer is given: an IPv4 address, or an IPv6 network of /64."""
    host = client[0] if client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))


def _key(caller: Caller) -> str:
    return f"{caller.tenant} {caller.issuer} {caller.subject}"
