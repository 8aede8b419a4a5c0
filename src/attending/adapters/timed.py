"""One clock for a whole HTTP exchange, from the connection to its last byte."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from math import inf
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpcore

_PIECE = 4096  # bytes that are sent before the clock is looked at again


class Clock(threading.local):
    """When the exchange of this thread must have ended."""

    end = inf

    def left(self) -> float:
        """Seconds, above 0."""
        left = self.end - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The time of the whole exchange is over.")
        return left


class Timed(httpcore.NetworkBackend):
    """Every step gets the time that is left of the whole: drops do not fill a day."""

    def __init__(self, clock: Clock, dial: httpcore.NetworkBackend | None = None) -> None:
        self._clock = clock
        self._plain = dial or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        left = self._clock.left()
        made = self._plain.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(made, self._clock)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, self._clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], self._clock.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        made = self._stream.start_tls(ssl_context, server_hostname, self._clock.left())
        return _Stream(made, self._clock)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore says it
        return self._stream.get_extra_info(info)
