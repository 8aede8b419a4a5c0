"""One exchange has an end: in connecting, in sending and in receiving."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any

import httpx
import pytest

from attending.adapters.records.fhir_wire import Wire
from attending.core.errors import RecordUnavailable

HASTY = 0.3  # seconds
LONGEST = 20.0  # seconds until a test is broken
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Takes connections into its queue, and nobody reads them."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        yield listener


def address(listener: socket.socket, scheme: str = "http") -> httpx.URL:
    return httpx.URL(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/fhir/Patient/1")


def bounded(act: Callable[[], Any]) -> Any:
    threads = ThreadPoolExecutor(1)
    try:
        return threads.submit(act).result(LONGEST)
    finally:
        threads.shutdown(wait=False)


def refuses(url: httpx.URL, content: bytes | None = None) -> str:
    wire = Wire({}, HASTY)
    with pytest.raises(RecordUnavailable) as failed:
        bounded(lambda: wire.exchange("POST", url, {}, content))
    wire.close()
    return str(failed.value.context["cause"])


def test_a_server_that_takes_no_connection(listener: socket.socket) -> None:
    waiting = []
    for _ in range(4):  # above the queue: later ones are not taken
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex(listener.getsockname())
    assert refuses(address(listener)) in {"ConnectTimeout", "ReadTimeout"}
    for each in waiting:
        each.close()


def test_a_server_that_never_shakes_hands(listener: socket.socket) -> None:
    assert refuses(address(listener, "https")) == "ConnectTimeout"


def test_a_server_that_shakes_hands_in_drops(listener: socket.socket) -> None:
    over = Event()

    def drip() -> None:
        client, _ = listener.accept()
        with client:
            for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 10_000:
                if over.wait(0.02):
                    return
                try:
                    client.send(bytes([byte]))
                except OSError:
                    return

    thread = Thread(target=drip, daemon=True)
    thread.start()
    assert refuses(address(listener, "https")) in {"ConnectTimeout", "ReadTimeout", "ConnectError"}
    over.set()
    thread.join(LONGEST)


def test_a_server_that_does_not_read(listener: socket.socket) -> None:
    assert refuses(address(listener), b"x" * (64 << 20)) in {"WriteTimeout", "ReadTimeout"}


def answering(listener: socket.socket, together: Barrier | None = None) -> Thread:
    """Answers two connections; with a barrier, once both were asked."""

    def answer(client: socket.socket) -> None:
        with client:
            client.recv(65536)
            if together:
                together.wait(LONGEST)
            client.sendall(OK)

    def accept() -> None:
        for _ in range(2):
            Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    thread = Thread(target=accept, daemon=True)
    thread.start()
    return thread


def test_time_of_one_thread_is_not_anothers(listener: socket.socket) -> None:
    answering(listener, Barrier(2))
    wire = Wire({}, LONGEST)
    outside, inside = Barrier(2), []

    def spent() -> None:
        with wire.within(0):
            outside.wait(LONGEST)
            with pytest.raises(RecordUnavailable):
                wire.exchange("GET", address(listener), {}, None)
        inside.append(wire.exchange("GET", address(listener), {}, None))

    thread = Thread(target=spent)
    thread.start()
    outside.wait(LONGEST)
    assert wire.exchange("GET", address(listener), {}, None) == (200, b"{}")
    thread.join(LONGEST)
    assert inside == [(200, b"{}")]
    wire.close()


def test_nested_times_end_with_the_first(listener: socket.socket) -> None:
    wire = Wire({}, LONGEST)
    with wire.within(0), wire.within(100), pytest.raises(RecordUnavailable):
        wire.exchange("GET", address(listener), {}, None)
    wire.close()
