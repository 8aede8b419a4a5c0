"""HTTP to one registered FHIR server, and to no other.

Redirects are not followed, and paging links only below the registered address, so
neither the bearer token nor an identifier can be led away. What goes wrong is told
apart in two: passing (RecordUnavailable) and permanent (RecordRefused).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx

from attending.adapters.records.fhir_json import parsed
from attending.adapters.records.fhir_wire import Wire
from attending.core.errors import Misconfigured, RecordError, RecordRefused, RecordUnavailable
from attending.core.record import RecordAccess
from attending.privacy.egress import is_loopback

FHIR_JSON = "application/fhir+json"
LONGEST_SAID = 300  # characters of the server's words that are kept
_PASSING = frozenset({408, 425, 429})
_OK = frozenset({200, 201, 202, 204})
_UPWARDS = re.compile(r"[/\\]\.\.")  # also as servers read "..;" and a backslash
_PORTS = {"http": 80, "https": 443}

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
        self._token = _sendable(access.token)
        headers = {"Accept": FHIR_JSON}
        if access.token:
            headers["Authorization"] = f"Bearer {access.token}"
        self._wire = Wire(headers, access.timeout)

    def close(self) -> None:
        self._wire.close()

    def within(self, exchanges: int) -> AbstractContextManager[None]:
        """All calls inside take at most as long as so many calls may."""
        return self._wire.within(exchanges)

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
        """A paging link, if it stays below the registered address; else RecordRefused."""
        try:
            url = httpx.URL(f"{self.base}/").join(link)
            stays = _below(url, httpx.URL(self.base))
        except (httpx.InvalidURL, ValueError) as broken:  # ValueError: a host that is no name
            raise RecordUnavailable("The record system gave a broken paging link.") from broken
        if not stays:
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
        status, raw = self._wire.exchange(method, url, headers, content)
        if status in _OK:
            return Answer(status, parsed(raw, self._token))
        if status in also:
            return Answer(status, {})
        raise _failure(method, status, raw, self._token)


def _failure(method: str, status: int, raw: bytes, token: str) -> RecordError:
    if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return RecordUnavailable("The record system cannot serve now.", status=status)
    if httpx.codes.is_redirect(status):
        return RecordRefused(
            "The record system redirects, which is not followed.",
            remedy="Register the address that it redirects to, if that is the hospital's.",
            status=status,
        )
    said = _said(raw, token)
    return RecordRefused("The record system refused.", status=status, method=method, said=said)


def _said(raw: bytes, token: str) -> str:
    """The words of an OperationOutcome; nothing of any other body, which may be a page."""
    try:
        words = [_words(issue) for issue in parsed(raw, token)["issue"]]
    except (RecordError, KeyError, TypeError, AttributeError):
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
    if access.token and url.scheme == "http" and not is_loopback(url.host):
        raise Misconfigured(
            "A token may not travel unencrypted.",
            remedy="Register the record system under https, or without a token.",
        )
    return str(url.copy_with(query=None, fragment=None)).rstrip("/")


def _sendable(token: str) -> str:
    """Raises Misconfigured if it cannot stand in a header; the token itself is not quoted."""
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise Misconfigured("The token of the record system is no bearer token.")
    return token


def _below(url: httpx.URL, base: httpx.URL) -> bool:
    """Whether an address is the base itself or lies below it, on the same server."""
    path, root = url.path, base.path.rstrip("/")
    within = path == root or path.startswith(f"{root}/")
    return _origin(url) == _origin(base) and within and not _UPWARDS.search(path)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)
