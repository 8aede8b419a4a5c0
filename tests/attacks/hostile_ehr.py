"""A FHIR server that attacks on the calls it is told to, and a stranger who must hear nothing.

Plain sockets, so that what it says need not be HTTP. Without an attack it is honest.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from attending.adapters.records.fhir_resources import Key
from attending.adapters.records.memory import MemoryShelf

LOOPBACK = "127.0.0.1"
TOKEN = "tok-3f9c1e77d2b84a60"  # what the registered server alone may see
BASE = "/fhir"
_END = b"\r\n\r\n"
_PATIENCE = 30.0  # seconds
_SEARCHED = ("identifier", "_tag")

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request, as it came. headers: names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self._steps[0]

    @property
    def name(self) -> str:
        return "/".join(self._steps[1:])

    @property
    def call(self) -> str:
        """ "Patient.read", "DocumentReference.create"."""
        if self.method == "GET":
            return f"{self.kind}.{'read' if self.name else 'search'}"
        names = {"POST": "create", "PUT": "replace", "DELETE": "remove"}
        return f"{self.kind}.{names[self.method]}"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def _steps(self) -> list[str]:
        return urlsplit(self.target).path.removeprefix(f"{BASE}/").split("/")


@dataclass(frozen=True)
class Said:
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, body: object, status: int = 200, *headers: tuple[str, str]) -> Said:
        return cls(status, json.dumps(body).encode(), headers)

    def raw(self) -> bytes:
        fields = {
            "Content-Type": "application/fhir+json",
            "Content-Length": str(len(self.body)),
            "Connection": "close",
            **dict(self.headers),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {self.status} Said\r\n{head}\r\n".encode() + self.body


@dataclass(frozen=True)
class Scene:
    """What an attack has at hand: the request, the honest answer, the stranger's address."""

    asked: Asked
    ehr: HostileEhr
    stranger: str
    over: Event

    def honest(self) -> Said:
        """Does what was asked, and says so."""
        return self.ehr.honest(self.asked)

    def resource(self) -> Json:
        found: Json = json.loads(self.honest().body)
        return found


Harm = Callable[[Scene], Iterable[bytes]]


class _Listener:
    """Takes connections on a free loopback port; each has a thread."""

    def __init__(self) -> None:
        self.over = Event()
        self._socket = socket.create_server((LOOPBACK, 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self.over.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        self._socket.close()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return  # it was closed
            client.settimeout(_PATIENCE)
            self._threads.append(Thread(target=self._met, args=(client,), daemon=True))
            self._threads[-1].start()

    def _met(self, client: socket.socket) -> None:
        with client:
            try:
                self.talk(client)
            except OSError:
                return  # the client went away

    def talk(self, client: socket.socket) -> None:
        raise NotImplementedError


class Stranger(_Listener):
    """A host that nobody registered. Keeps all that reaches it; answers as a patient would."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def talk(self, client: socket.socket) -> None:
        self.heard.append(b"connected")
        self.heard.append(client.recv(65536))
        client.sendall(Said.of({"resourceType": "Patient", "id": "1"}).raw())


@dataclass
class _Plan:
    call: str
    harm: Harm


class HostileEhr(_Listener):
    """``shelf``: what really stands in it, whatever it says."""

    def __init__(self, stranger: Stranger) -> None:
        self.shelf = MemoryShelf()
        self.asked: list[Asked] = []
        self.hits = 0
        self._stranger = stranger
        self._plan: _Plan | None = None
        self._doing = Lock()
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}{BASE}"

    def attack(self, call: str, harm: Harm) -> None:
        """On every such call, until it is honest again."""
        self.hits, self._plan = 0, _Plan(call, harm)

    def turn_honest(self) -> None:
        self._plan = None

    def talk(self, client: socket.socket) -> None:
        asked = _read(client)
        if asked is None:
            return
        self.asked.append(asked)
        plan = self._plan
        if plan is None or plan.call != asked.call:
            client.sendall(self.honest(asked).raw())
            return
        self.hits += 1
        for piece in plan.harm(Scene(asked, self, self._stranger.url, self.over)):
            if self.over.is_set():
                return
            client.sendall(piece)

    def honest(self, asked: Asked) -> Said:
        with self._doing:
            match asked.method:
                case "GET":
                    return self._found(asked) if asked.name else self._searched(asked)
                case "POST":
                    return self._created(asked)
                case "PUT":
                    return self._replaced(asked)
            self.shelf.remove({"resourceType": asked.kind, "id": asked.name})
            return Said(204)

    def _found(self, asked: Asked) -> Said:
        found = self.shelf.get(f"{asked.kind}/{asked.name}")
        return Said.of(found) if found else Said.of(outcome("It is not here."), 404)

    def _searched(self, asked: Asked) -> Said:
        found = self.shelf.all(asked.kind)
        for parameter, value in asked.query.items():
            if parameter in _SEARCHED:
                found = [each for each in found if _key(parameter, value).marks(each)]
        return Said.of(bundle(*found))

    def _created(self, asked: Asked) -> Said:
        [(parameter, value)] = parse_qsl(asked.headers["if-none-exist"])
        resource = json.loads(asked.body)
        if not self.shelf.find(asked.kind, _key(parameter, value)):
            self.shelf.put(resource)
        return Said.of(resource, 201)

    def _replaced(self, asked: Asked) -> Said:
        standing = self.shelf.get(f"{asked.kind}/{asked.name}")
        version = standing["meta"]["versionId"] if standing else ""
        if asked.headers["if-match"] != f'W/"{version}"':
            return Said.of(outcome("Somebody was faster."), 412)
        self.shelf.put(json.loads(asked.body))
        return Said()


def bundle(*resources: Json, next_page: str = "") -> Json:
    made: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": resource} for resource in resources],
    }
    if next_page:
        made["link"] = [{"relation": "next", "url": next_page}]
    return made


def outcome(words: str) -> Json:
    issue = {"severity": "error", "code": "processing", "diagnostics": words}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _key(parameter: str, value: str) -> Key:
    system, _, code = value.partition("|")
    return Key(parameter, system, code.replace("\\", ""))  # type: ignore[arg-type]


def _read(client: socket.socket) -> Asked | None:
    received = b""
    while _END not in received:
        more = client.recv(65536)
        if not more:
            return None
        received += more
    head, body = received.split(_END, 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in fields.items()}
    while len(body) < int(headers.get("content-length", "0")):
        body += client.recv(65536)
    method, target, _ = first.split(" ")
    return Asked(method, target, headers, body)


@dataclass
class Names:
    """Every name that is not the loopback leads to the stranger; which were asked is kept."""

    real: Callable[..., Any]
    asked: list[str] = field(default_factory=list)

    def resolve(self, host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host not in {LOOPBACK, None}:
            self.asked.append(str(host))
        return self.real(LOOPBACK, port, *more, **options)
