"""One HTTP exchange at a time: to one address, within a time and a size.

All else that HTTP can do is absent here and cannot be turned against us: no redirect,
no cookie, no challenge, no proxy, no compression.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic

import httpcore
import httpx

from attending.adapters.timed import Clock, Timed
from attending.core.errors import RecordRefused, RecordUnavailable

LARGEST_ANSWER = 16 * 1024 * 1024  # bytes
_IDLE = 5.0  # seconds that an unused connection is kept
_FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)
logging.getLogger("httpcore").setLevel(logging.WARNING)  # below, it quotes an answer's headers


class Wire:
    """Connections to a record system. Safe to share between threads.

    timeout: seconds for one whole exchange, from the connection to the last byte.
    """

    def __init__(self, headers: Mapping[str, str], timeout: float) -> None:
        self._headers = {**headers, "Accept-Encoding": "identity"}
        self._timeout = timeout
        self._clock = Clock()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            keepalive_expiry=_IDLE,
            network_backend=Timed(self._clock),
        )

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def within(self, exchanges: int) -> Iterator[None]:
        """All that is exchanged inside takes at most as long as so many exchanges may."""
        outer = self._clock.end
        self._clock.end = min(outer, monotonic() + exchanges * self._timeout)
        try:
            yield
        finally:
            self._clock.end = outer

    def exchange(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Raises RecordUnavailable, RecordRefused if compressed."""
        try:
            with self.within(1):
                return self._exchange(method, url, {**self._headers, **headers}, content)
        except _FAILURES as failed:
            raise RecordUnavailable(
                "The record system did not answer.", cause=type(failed).__name__
            ) from failed

    def _exchange(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, bytes]:
        address = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        with self._pool.stream(
            method, address, headers=tuple(headers.items()), content=content
        ) as answer:
            _require_plain(answer.headers)
            received = bytearray()
            for piece in answer.iter_stream():
                received += piece
                if len(received) > LARGEST_ANSWER:
                    raise RecordUnavailable("The record system's answer is too large.")
            return answer.status, bytes(received)


def _require_plain(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """A small compressed body can be a huge one, so none is unpacked."""
    coded = [value for name, value in headers if name.lower() == b"content-encoding"]
    if any(value.strip().lower() not in {b"", b"identity"} for value in coded):
        raise RecordRefused(
            "The record system compresses its answer, which was not asked for.",
            remedy="Have compression turned off for requests that accept identity alone.",
        )
