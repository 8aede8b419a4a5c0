"""Any server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp.

Only on this machine: the address is looked at again at each connection, and the connection
goes to the address, not to the name. No redirect, no proxy of the environment, no cookie,
no compression, no streaming.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpcore
import httpx

from attending.adapters.timed import Clock, Timed
from attending.core.errors import EgressRefused, EngineFailed, Misconfigured
from attending.core.text import Question, TextAnswer
from attending.privacy.egress import LOCAL, loopback_addresses

LARGEST_QUESTION = 4 * 1024 * 1024  # bytes
LARGEST_ANSWER = 2 * 1024 * 1024  # bytes
ATTEMPTS = 3
FIRST_WAIT = 0.5  # seconds; then it doubles
_IDLE = 5.0  # seconds that an unused connection is kept
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_NO_SCHEMA = frozenset({400, 404, 415, 422, 501})  # what servers say that know no schema
_FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Endpoint:
    """``base`` as in "http://127.0.0.1:8080/v1". ``timeout``: seconds for one whole exchange."""

    base: str
    model: str
    version: str = "1"
    key: str = ""
    timeout: float = 120.0


class OpenAiCompatible:
    """A TextModel behind an endpoint. Safe to share between threads."""

    egress: str = LOCAL

    def __init__(self, endpoint: Endpoint, pause: Callable[[float], None] = time.sleep) -> None:
        """pause: waits so many seconds between two tries. Raises EgressRefused, Misconfigured."""
        self.name, self.version = endpoint.model, endpoint.version
        self._url = _address(endpoint.base)
        loopback_addresses(self._url.host)
        self._endpoint, self._pause, self._clock = endpoint, pause, Clock()
        self._headers = _headers(endpoint.key)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            keepalive_expiry=_IDLE,
            network_backend=Timed(self._clock, _OwnMachine()),
        )

    def close(self) -> None:
        self._pool.close()

    def ask(self, question: Question) -> TextAnswer:
        """Raises EngineFailed, without a word of the answer; EgressRefused."""
        status, body = self._tried(_request(self.name, question, with_schema=True))
        if question.schema is not None and status in _NO_SCHEMA:
            status, body = self._tried(_request(self.name, question, with_schema=False))
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise EgressRefused("The model's endpoint leads elsewhere, which is not followed.")
        if status != HTTPStatus.OK:
            raise EngineFailed("The model's endpoint refused.", status=status)
        return _answer(body)

    def _tried(self, request: bytes) -> tuple[int, bytes]:
        """A few times, where a failure may pass; never after the time was used up."""
        wait = FIRST_WAIT
        for left in reversed(range(ATTEMPTS)):
            try:
                status, body = self._exchange(request)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                if not left:
                    raise _silent(failed) from failed
            except _FAILURES as failed:
                raise _silent(failed) from failed
            else:
                if status not in _PASSING or not left:
                    return status, body
            self._pause(wait)
            wait *= 2
        raise EngineFailed("The model's endpoint did not answer.")

    def _exchange(self, request: bytes) -> tuple[int, bytes]:
        self._clock.end = time.monotonic() + self._endpoint.timeout
        address = httpcore.URL(
            scheme=self._url.raw_scheme,
            host=self._url.raw_host,
            port=self._url.port,
            target=self._url.raw_path,
        )
        with self._pool.stream("POST", address, headers=self._headers, content=request) as answer:
            if not _plain(answer.headers):
                raise EngineFailed("The model's endpoint compresses its answer.")
            received = bytearray()
            for piece in answer.iter_stream():
                received += piece
                if len(received) > LARGEST_ANSWER:
                    raise EngineFailed("The model's answer is too large.")
            return answer.status, bytes(received)


class _OwnMachine(httpcore.NetworkBackend):
    """Connects to addresses on loopback alone, whatever a name says by now."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = loopback_addresses(host)
        for address in others:
            try:
                return self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError:
                continue
        return self._plain.connect_tcp(last, port, timeout, local_address, socket_options)


def read_key(path: Path | None) -> str:
    """The key in a file; "" without one. Raises Misconfigured."""
    if path is None:
        return ""
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"The key file {path.name} cannot be read.") from error


def _address(base: str) -> httpx.URL:
    try:
        url = httpx.URL(base.rstrip("/") + "/chat/completions")
    except httpx.InvalidURL as broken:
        raise Misconfigured("The address of the text model is no URL.") from broken
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise Misconfigured("The address of the text model must be http(s)://host/path.")
    return url


def _headers(key: str) -> tuple[tuple[str, str], ...]:
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise Misconfigured("The key of the text model is no bearer token.")
    told = [("Content-Type", "application/json"), ("Accept-Encoding", "identity")]
    return (*told, ("Authorization", f"Bearer {key}")) if key else tuple(told)


def _request(model: str, question: Question, *, with_schema: bool) -> bytes:
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": question.content},
        ],
        "max_tokens": question.longest,
        "temperature": 0,
        "seed": 0,
        "stream": False,
    }
    if with_schema and question.schema is not None:
        named = {"name": "answer", "strict": True, "schema": question.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    content = json.dumps(body).encode()
    if len(content) > LARGEST_QUESTION:
        raise EngineFailed("The conversation is too long for the text model.", bytes=len(content))
    return content


def _answer(body: bytes) -> TextAnswer:
    """Of the first choice, the text. What is wrong with an answer is told without its words."""
    try:
        choice = json.loads(body)["choices"][0]
        text, finished = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise EngineFailed("The model's endpoint answered in another form.") from None
    if not isinstance(text, str):
        raise EngineFailed("The model's endpoint answered without words.")
    return TextAnswer(text, cut=finished == "length")


def _plain(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """A small compressed body can be a huge one, so none is unpacked."""
    coded = (
        value.strip().lower() for name, value in headers if name.lower() == b"content-encoding"
    )
    return all(value in {b"", b"identity"} for value in coded)


def _silent(failed: Exception) -> EngineFailed:
    return EngineFailed("The model's endpoint did not answer.", cause=type(failed).__name__)
