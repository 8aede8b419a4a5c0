"""Reviewing and signing over HTTP: eight clients at one web process, tokens of a real issuer.

One tenant, so that all clients write to one audit chain: the hardest case.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from attending.core.errors import EngineFailed
from attending.demo.client import Api
from attending.demo.commands import CLINICIAN
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median, p99
from benchmarks.ready_clinic import ReadyClinic
from benchmarks.running import serving

CLIENTS = 8
Json = dict[str, Any]
T = TypeVar("T")


def measure(bench: Bench) -> list[Figure]:
    cases = bench.pick(240, 80, CLIENTS)
    installation = bench.installation("http", "ready_line")
    with serving(installation, "web"):
        ready = _prepared(bench, installation, cases)
        api = Api.logged_in(installation, CLINICIAN)
        clients = [_Client.of(api, ready[n::CLIENTS]) for n in range(CLIENTS)]
        phases = {}
        for name, work in (
            ("view", _Client.view),
            ("read", _Client.read),
            ("decide", _Client.decide),
            ("prepare", _Client.prepare),
            ("sign", _Client.sign),
        ):
            bench.tell(f"http: {name}, {cases} cases by {CLIENTS} clients")
            phases[name] = _together(clients, work)
    return _figures(phases)


def _prepared(bench: Bench, installation: Installation, cases: int) -> list[str]:
    with ReadyClinic.opened(installation) as clinic:
        made = []
        for number in range(cases):
            bench.tell(f"http: preparing case {number + 1} of {cases}")
            made.append(str(clinic.in_review()))
    return made


@dataclass
class _Client:
    """One clinician's connection, kept open, and the cases that only this client reviews."""

    api: Api
    connection: HTTPConnection
    headers: dict[str, str]
    cases: list[str]
    told: dict[str, Json] = field(default_factory=dict)
    entries: dict[str, Json] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, api: Api, cases: list[str]) -> _Client:
        at = urlsplit(api.installation.web_url)
        headers = {
            "Authorization": api.http.headers["Authorization"],
            "Content-Type": "application/json",
        }
        return cls(api, HTTPConnection(str(at.hostname), at.port or 80), headers, cases)

    def view(self) -> None:
        for case in self.cases:
            for section in self._ask("GET", f"/v1/cases/{case}")["sections"]:
                shown = {"section": section["key"], "revision": section["revision"]}
                for statement in self._timed(f"/v1/cases/{case}/views", shown)["unopened"]:
                    self._timed(f"/v1/cases/{case}/views", {**shown, "statement": statement})

    def read(self) -> None:
        for case in self.cases:
            started = time.perf_counter()
            self.told[case] = self._ask("GET", f"/v1/cases/{case}")
            self.took.append(time.perf_counter() - started)

    def decide(self) -> None:
        for case in self.cases:
            version = self.told[case]["version"]
            for section in self.told[case]["sections"]:
                choice = {
                    "version": version,
                    "section": section["key"],
                    "revision": section["revision"],
                    "kind": "accept",
                }
                version = self._timed(f"/v1/cases/{case}/decisions", choice)["version"]

    def prepare(self) -> None:
        """The entry, and a fresh log-in over its digest: the proof of its signature."""
        for case in self.cases:
            entry = self._ask("GET", f"/v1/cases/{case}/entry")
            self.entries[case] = {
                "version": entry["version"],
                "digest": entry["digest"],
                "prepared_at": entry["prepared_at"],
                "proof": {"kind": "oidc", "token": self.api.prove(entry["digest"])},
            }

    def sign(self) -> None:
        for case, entry in self.entries.items():
            self._timed(f"/v1/cases/{case}/signatures", entry)

    def _timed(self, path: str, body: Json) -> Json:
        started = time.perf_counter()
        told = self._ask("POST", path, body)
        self.took.append(time.perf_counter() - started)
        return told

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        content = json.dumps(body).encode() if body else None
        headers = {**self.headers, "Idempotency-Key": str(uuid4())} if body else self.headers
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        told: Json = json.loads(answer.read())
        if answer.status >= 400:
            raise EngineFailed("The API refused the measurement.", said=told.get("code"))
        return told


@dataclass(frozen=True)
class _Phase:
    """Seconds of each request, and of all of them together."""

    each: Sequence[float]
    wall: float

    @property
    def rate(self) -> float:
        return len(self.each) / self.wall

    def told(self) -> str:
        return (
            f"p50 {1000 * median(self.each):.0f} ms, p99 {1000 * p99(self.each):.0f} ms,"
            f" n = {len(self.each)}"
        )


def _together(clients: Sequence[_Client], work: Callable[[_Client], None]) -> _Phase:
    """Every client at once, each at its next request as soon as the last is answered."""
    for client in clients:
        client.took = []
    with ThreadPoolExecutor(len(clients)) as pool:
        started = time.perf_counter()
        for _ in pool.map(work, clients):
            pass
        wall = time.perf_counter() - started
    return _Phase([took for client in clients for took in client.took], wall)


def _figures(phases: dict[str, _Phase]) -> list[Figure]:
    names = {
        "view": "HTTP: views",
        "read": "HTTP: whole cases read",
        "decide": "HTTP: decisions",
        "sign": "HTTP: signatures",
    }
    return [
        Figure(
            f"{title} per second, {CLIENTS} clients", phases[name].rate, "/s", phases[name].told()
        )
        for name, title in names.items()
    ]
