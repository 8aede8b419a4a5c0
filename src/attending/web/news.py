"""Who waits for news in this process, and the one thread that looks for it.

What is new is known by the clinic's audit chain: every act on a case, a source, a release
or a pause adds to it, in whichever process, so its last number is the same cursor for all.
The thread asks for it once a second and clinic that somebody listens in. A stream holds no
connection and no thread; it waits in the event loop until it is woken.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from attending.core.identity import LogIn
from attending.core.ids import TenantId
from attending.core.ports import Storage
from attending.web.problems import places

POLL = 1.0  # seconds between two looks
_ACTOR = "web"

log = structlog.get_logger("attending.web")


@dataclass(eq=False)
class Listener:
    """One stream. ``cursor``: the last that it knows of; ``over``: it is to end."""

    tenant: TenantId
    log_in: LogIn
    cursor: int
    over: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """In the event loop in which it waits from now on."""
        self._loop = asyncio.get_running_loop()

    async def wait(self, seconds: float) -> bool:
        """Whether it was woken before so many seconds had passed."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def hear(self, cursor: int, *, over: bool) -> None:
        """From any thread."""
        self.cursor, self.over = cursor, self.over or over
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)


class News:
    """All listeners of this process. ``every``: seconds between two looks."""

    def __init__(self, storage: Storage, every: float = POLL) -> None:
        self._storage = storage
        self._every = every
        self._lock = threading.Lock()
        self._listeners: dict[TenantId, set[Listener]] = {}
        self._watching = False
        self._closed = threading.Event()

    @contextmanager
    def told_to(self, listener: Listener) -> Iterator[None]:
        """While the block lasts, in an event loop."""
        listener.begin()
        with self._lock:
            listener.over = listener.over or self._closed.is_set()
            self._listeners.setdefault(listener.tenant, set()).add(listener)
            begin, self._watching = not self._watching, True
        if begin:
            threading.Thread(target=self._watch, name="news", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                of_clinic = self._listeners[listener.tenant]
                of_clinic.discard(listener)
                if not of_clinic:
                    del self._listeners[listener.tenant]

    def close(self) -> None:
        """Every stream ends: the process does, and its clients go to another."""
        self._closed.set()
        for listeners in self._waiting().values():
            for listener in listeners:
                listener.hear(listener.cursor, over=True)

    def _waiting(self) -> dict[TenantId, list[Listener]]:
        with self._lock:
            return {tenant: list(each) for tenant, each in self._listeners.items()}

    def _watch(self) -> None:
        """Until nobody listens any more."""
        while not self._closed.wait(self._every):
            with self._lock:
                if not self._listeners:
                    self._watching = False
                    return
            for tenant, listeners in self._waiting().items():
                try:
                    self._look(tenant, listeners)
                except Exception as error:  # noqa: BLE001 - it looks again; an end would be silent
                    _stumbled(error)

    def _look(self, tenant: TenantId, listeners: list[Listener]) -> None:
        """Also whose session was ended: the chain tells of that, too."""
        with self._storage.transaction(tenant, _ACTOR) as unit:
            cursor = unit.trail.last()
            behind = [each for each in listeners if each.cursor != cursor]
            ended = (
                unit.sessions.ended_among({each.log_in for each in behind})
                if behind
                else frozenset()
            )
        for each in behind:
            each.hear(cursor, over=each.log_in in ended)


def _stumbled(error: Exception) -> None:
    """Told by its place: its words may quote a row."""
    log.error("news", kind=type(error).__name__, where=places(error))
