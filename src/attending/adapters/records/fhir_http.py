"""HTTP to one registered FHIR server, and to no other.

Redirects are not followed and paging links only within the registered origin, so
neither the bearer token nor an identifier can be led away. What goes wrong is told
apart in two: passing (RecordUnavailable) and permanent (RecordRefused).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic
from typing import Any

import httpx

from attending.core.errors import Misconfigured, RecordRefused, RecordUnavailable
from attending.core.record import RecordAccess

FHIR_JSON = "application/fhir+json"
LARGEST_ANSWER = 16 * 1024 * 1024  # bytes, decoded
LONGEST_SAID = 300  # characters of the server's words that are kept
_PASSING = frozenset({408, 425, 429})
_OK = frozenset({200, 201, 202, 204})

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """body: {} where the server sent none."""

    status: int
    body: Mapping[str, Any]


class FhirHttp:
    """A FHIR endpoint. Safe to share between threads. Raises Misconfigured."""

    def __init__(self, access: RecordAccess) -> None:
        self.base = _base(access)
        self._origin = _origin(httpx.URL(self.base))
        self._timeout = access.timeout
        headers = {"Accept": FHIR_JSON}
        if access.token:
            headers["Authorization"] = f"Bearer {access.token}"
        self._client = httpx.Client(
            headers=headers,
            timeout=access.timeout,
            follow_redirects=False,
            trust_env=False,  # no proxy from the environment may see the token
        )

    def close(self) -> None:
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        also: frozenset[int] = frozenset(),
    ) -> Answer:
        """One exchange; ``path`` is relative to the base. ``also``: statuses taken as answers.

        Raises RecordUnavailable, RecordRefused (the server's words in ``said``).
        """
        url = httpx.URL(f"{self.base}/{path}", params=list(params) or None)
        return self._exchange(method, url, body, dict(headers or {}), also)

    def follow(self, link: str) -> Answer:
        """A paging link, if it stays with the registered server; else RecordRefused."""
        try:
            url = httpx.URL(self.base).join(link)
        except httpx.InvalidURL as broken:
            raise RecordUnavailable("The record system gave a broken paging link.") from broken
        if _origin(url) != self._origin:
            raise RecordRefused(
                "A paging link leads away from the registered record system.",
                remedy="Have the record system's own base address corrected, or register that one.",
            )
        return self._exchange("GET", url, None, {}, frozenset())

    def _exchange(
        self,
        method: str,
        url: httpx.URL,
        body: Mapping[str, Any] | None,
        headers: dict[str, str],
        also: frozenset[int],
    ) -> Answer:
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = FHIR_JSON
        request = self._client.build_request(method, url, content=content, headers=headers)
        try:
            status, raw = self._receive(request)
        except httpx.HTTPError as failed:
            raise RecordUnavailable(
                "The record system did not answer.", cause=type(failed).__name__
            ) from failed
        return _judged(method, status, raw, also)

    def _receive(self, request: httpx.Request) -> tuple[int, bytes]:
        deadline = monotonic() + self._timeout
        response = self._client.send(request, stream=True)
        try:
            received = bytearray()
            for chunk in response.iter_bytes():
                received += chunk
                if len(received) > LARGEST_ANSWER:
                    raise RecordUnavailable("The record system's answer is too large.")
                if monotonic() > deadline:
                    raise RecordUnavailable("The record system's answer does not end.")
            return response.status_code, bytes(received)
        finally:
            response.close()


def _judged(method: str, status: int, raw: bytes, also: frozenset[int]) -> Answer:
    if status in _OK or status in also:
        return Answer(status, _parsed(raw) if status in _OK else {})
    if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise RecordUnavailable("The record system cannot serve now.", status=status)
    if httpx.codes.is_redirect(status):
        raise RecordRefused(
            "The record system redirects, which is not followed.",
            remedy="Register the address that it redirects to, if that is the hospital's.",
            status=status,
        )
    raise RecordRefused("The record system refused.", status=status, method=method, said=_said(raw))


def _parsed(raw: bytes) -> Mapping[str, Any]:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as garbage:
        raise RecordUnavailable("The record system's answer is not JSON.") from garbage
    if not isinstance(body, dict):
        raise RecordUnavailable("The record system's answer is not a resource.")
    return body


def _said(raw: bytes) -> str:
    """The words of an OperationOutcome; nothing of any other body, which may be a page."""
    try:
        issues = json.loads(raw)["issue"]
        words = [_words(issue) for issue in issues]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ""
    plain = " ".join(" ".join(filter(None, words)).split())
    return "".join(c for c in plain if c.isprintable())[:LONGEST_SAID]


def _words(issue: Mapping[str, Any]) -> str:
    return str(issue.get("details", {}).get("text") or issue.get("diagnostics") or "")


def _base(access: RecordAccess) -> str:
    try:
        url = httpx.URL(access.address)
    except httpx.InvalidURL as broken:
        raise Misconfigured("The record system's address is no URL.") from broken
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise Misconfigured("The record system's address must be http(s)://host/path.")
    if access.token and url.scheme == "http" and not _loopback(url.host):
        raise Misconfigured(
            "A token may not travel unencrypted.",
            remedy="Register the record system under https, or without a token.",
        )
    return str(url.copy_with(query=None, fragment=None)).rstrip("/")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
