"""A TCP proxy that fails as it is told, one fault per request.

Each connection carries one request ("Connection: close"), so that a fault hits
exactly the request that it was planned for.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Event, Lock, Thread, current_thread
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
_CHUNK = 65536
_END = b"\r\n\r\n"
_PATIENCE = 30.0  # seconds that a socket may be silent before a test is broken


class Harm(StrEnum):
    NONE = "none"  # it is forwarded; to reach a later request
    ANSWER = "answer"  # the proxy answers itself; nothing is forwarded
    CUT_BEFORE = "cut_before"  # the connection ends; nothing was forwarded
    CUT_AFTER = "cut_after"  # it was forwarded and done; the answer is lost
    CUT_WITHIN = "cut_within"  # the answer ends in its middle
    SLOW = "slow"  # it was done; the answer comes after ``seconds``, or never
    HELD = "held"  # nothing was forwarded yet; it goes on by ``let_go``
    HELD_AFTER = "held_after"  # it was done; the answer comes by ``let_go``


@dataclass(frozen=True)
class Fault:
    """Hits the first request of this method ("" is any) whose path contains ``path``."""

    harm: Harm
    method: str = ""
    path: str = ""
    status: int = 500
    body: str = ""
    seconds: float = _PATIENCE

    def hits(self, method: str, path: str) -> bool:
        return self.method in {"", method} and self.path in path


class FaultProxy:
    """Forwards from a free loopback port to ``upstream`` (host, port)."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.seen: list[tuple[str, str, Harm | None]] = []  # method, path, what was done to it
        self._upstream = upstream
        self._faults: list[Fault] = []
        self._lock = Lock()
        self._closing = Event()
        self._holding, self._letting_go = Event(), Event()
        self._threads: list[Thread] = []
        self._held: list[Thread] = []
        self._listener = _listening(0)
        self.port: int = self._listener.getsockname()[1]
        self._serve()

    def plan(self, *faults: Fault) -> None:
        """Each is used once, in this order among those that hit a request."""
        with self._lock:
            self._faults.extend(faults)

    @property
    def unused(self) -> tuple[Fault, ...]:
        with self._lock:
            return tuple(self._faults)

    def forget(self) -> None:
        """No fault is planned any more."""
        with self._lock:
            self._faults.clear()

    def await_held(self) -> None:
        """Until a request is held."""
        if not self._holding.wait(_PATIENCE):
            raise TimeoutError(f"No request came to be held; seen: {self.seen[-5:]}")

    def let_go(self) -> None:
        """What is held goes on, and was answered when this returns."""
        self._letting_go.set()
        for thread in self._held:
            thread.join(_PATIENCE)
        self._held.clear()
        self._holding, self._letting_go = Event(), Event()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens meanwhile: connections are refused."""
        self._stop_listening()
        try:
            yield
        finally:
            self._listener = _listening(self.port)
            self._serve()

    def close(self) -> None:
        self._closing.set()
        self._letting_go.set()
        self._stop_listening()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _serve(self) -> None:
        self._begin(Thread(target=self._accept, args=(self._listener,), daemon=True))

    def _begin(self, thread: Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _stop_listening(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # it was closed
            client.settimeout(_PATIENCE)
            self._begin(Thread(target=self._carry, args=(client,), daemon=True))

    def _carry(self, client: socket.socket) -> None:
        with client:
            request = _message(client)
            if request is None:
                return
            method, path = request.split(b" ", 2)[:2]
            fault = self._met(method.decode(), path.decode())
            try:
                client.sendall(self._answer(request, fault))
            except OSError:
                return  # the client went away: a timeout of its own

    def _met(self, method: str, path: str) -> Fault | None:
        with self._lock:
            fault = next((f for f in self._faults if f.hits(method, path)), None)
            if fault is not None:
                self._faults.remove(fault)
            self.seen.append((method, path, fault.harm if fault else None))
            return fault

    def _answer(self, request: bytes, fault: Fault | None) -> bytes:
        if fault is None:
            return self._forwarded(request)
        if fault.harm is Harm.ANSWER:
            return _canned(fault)
        if fault.harm is Harm.CUT_BEFORE:
            return b""
        if fault.harm is Harm.HELD:
            self._hold()
        return self._disturbed(self._forwarded(request), fault)

    def _disturbed(self, answer: bytes, fault: Fault) -> bytes:
        match fault.harm:
            case Harm.CUT_AFTER:
                return b""
            case Harm.CUT_WITHIN:
                return answer[: answer.index(_END) + len(_END) + 5]
            case Harm.SLOW:
                self._closing.wait(fault.seconds)
            case Harm.HELD_AFTER:
                self._hold()
        return answer

    def _hold(self) -> None:
        self._held.append(current_thread())
        self._holding.set()
        self._letting_go.wait(_PATIENCE)

    def _forwarded(self, request: bytes) -> bytes:
        with socket.create_connection(self._upstream, timeout=_PATIENCE) as upstream:
            upstream.sendall(request)
            return b"".join(iter(lambda: upstream.recv(_CHUNK), b""))


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    listener.listen(64)
    return listener


def _message(client: socket.socket) -> bytes | None:
    """One whole request, told to be the only one of its connection; None if there is none."""
    received = b""
    while _END not in received:
        more = client.recv(_CHUNK)
        if not more:
            return None
        received += more
    head, body = received.split(_END, 1)
    lines = head.split(b"\r\n")
    fields = {name.strip().lower(): value for name, _, value in (x.partition(b":") for x in lines)}
    while len(body) < int(fields.get(b"content-length", b"0")):
        body += client.recv(_CHUNK)
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + _END + body


def _canned(fault: Fault) -> bytes:
    body = fault.body.encode()
    head = (
        f"HTTP/1.1 {fault.status} Told\r\nContent-Type: application/fhir+json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
