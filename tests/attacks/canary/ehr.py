"""A small FHIR server on a port, which keeps every byte that it was sent.

It is honest unless told otherwise: it passes the record contract. What it is told to
do wrong lies on its shelf (``faults``, at writes) and in ``readings`` (at reads).
"""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attending.adapters.records.fhir_delivery import reference_of
from attending.adapters.records.fhir_resources import (
    Key,
    Resource,
    document_key,
    identifiers,
    provenance_key,
)
from attending.adapters.records.memory import MemoryShelf
from attending.core.errors import RecordRefused, RecordUnavailable

LOOPBACK = "127.0.0.1"
_STATUS = {200: "OK", 201: "Created", 204: "Gone well", 404: "Absent", 412: "Changed", 422: "No"}
_STALL = 30.0  # seconds that an answer is held back; the client gives up before
_NEVER = b""  # instead of an answer


class Misreading(StrEnum):
    """What the next read meets."""

    ERROR = "error"
    CUT = "cut"
    GARBAGE = "garbage"
    REDIRECT = "redirect"
    ALTERED = "altered"  # of a note, a person or a trail: other than it stands


class KeyedShelf(MemoryShelf):
    """A shelf that the tester looks at."""

    def standing(self, key: str) -> tuple[int, int]:
        """How many notes, and how many trails, stand under an entry's key."""
        notes = self.find("DocumentReference", document_key(key))
        return len(notes), len(self.find("Provenance", provenance_key(key)))

    def notes_of(self, patient: str) -> list[Resource]:
        notes = self.all("DocumentReference")
        return [note for note in notes if note["subject"]["reference"] == patient]


class IndexedShelf(KeyedShelf):
    """A memory shelf that finds by key without looking at everything."""

    def __init__(self) -> None:
        super().__init__()
        self._by_key: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._by_subject: dict[str, set[str]] = defaultdict(set)

    def put(self, resource: Resource) -> str:
        reference = super().put(resource)
        tags = [(tag["system"], tag["code"]) for tag in resource.get("meta", {}).get("tag", ())]
        for system, value in (*identifiers(resource), *tags):
            self._by_key[resource["resourceType"], system, value].add(reference)
        subject = resource.get("subject", {}).get("reference", "")
        self._by_subject[subject].add(reference)
        return reference

    def find(self, kind: str, key: Key) -> list[Resource]:
        found = map(self.get, sorted(self._by_key[kind, key.system, key.value]))
        return [resource for resource in found if resource and key.marks(resource)]

    def notes_of(self, patient: str) -> list[Resource]:
        found = map(self.get, sorted(self._by_subject[patient]))
        return [each for each in found if each and each["resourceType"] == "DocumentReference"]


class RecordingEhr:
    """Listens while the block of ``running`` lasts. ``log``: every request, byte by byte."""

    def __init__(self, chance: Random, shelf: KeyedShelf | None = None) -> None:
        self.shelf = shelf or IndexedShelf()
        self.readings: deque[Misreading | None] = deque()
        self.said = ""  # what it says when it refuses
        self.stalls = False  # whether it may leave a caller waiting
        self.log: list[bytes] = []
        self.notices: list[bytes] = []  # what came to the webhook
        self._chance = chance
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/fhir"

    @property
    def webhook(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/webhook"

    @contextmanager
    def running(self, port: int = 0) -> Iterator[RecordingEhr]:
        ehr = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                while (raw := _request(self.rfile)) is not None:
                    answer = ehr.answered(raw)
                    if answer is None:
                        return
                    self.wfile.write(answer)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        with Server((LOOPBACK, port), Handler) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                self._ending.set()
                server.shutdown()
                thread.join()

    def answered(self, raw: bytes) -> bytes | None:
        """The answer's bytes; None cuts the connection."""
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        url = urlsplit(target)
        if url.path == "/webhook":
            self.notices.append(raw)
            return _answer(204)
        self.log.append(raw)
        headers = {n.strip().lower(): v.strip() for n, _, v in (f.partition(":") for f in fields)}
        path = url.path.removeprefix("/fhir/").rstrip("/")
        with self._lock:
            if method == "GET":
                return self._read(path, dict(parse_qsl(url.query)))
            answer = self._write(method, path, headers, json.loads(body) if body else {})
        if answer == _NEVER:
            self._ending.wait(_STALL)
        return answer or None

    def _read(self, path: str, query: dict[str, str]) -> bytes | None:
        misreading = self.readings.popleft() if self.readings else None
        match misreading:
            case Misreading.ERROR:
                return _answer(500, {"resourceType": "OperationOutcome"})
            case Misreading.CUT:
                return None
            case Misreading.GARBAGE:
                return _answer(200, text="<html>not FHIR</html>")
            case Misreading.REDIRECT:
                return _answer(302, more="Location: http://127.0.0.1:9/elsewhere\r\n")
        found = self._found(path, query)
        if found is None:
            return _answer(404)
        return _answer(200, _altered(found) if misreading else found)

    def _found(self, path: str, query: dict[str, str]) -> Resource | None:
        if "/" in path:
            return self.shelf.get(path)
        listed = self._listed(path, query)
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [{"resource": each} for each in listed],
        }

    def _listed(self, kind: str, query: dict[str, str]) -> list[Resource]:
        for parameter in ("identifier", "_tag"):
            if parameter in query:
                return self.shelf.find(kind, _key(parameter, query[parameter]))
        return self.shelf.all(kind)

    def _write(
        self, method: str, path: str, headers: dict[str, str], resource: Resource
    ) -> bytes | None:
        try:
            return self._written(method, path, headers, resource)
        except RecordRefused:
            said = {"severity": "error", "code": "invalid", "diagnostics": self.said}
            return _answer(422, {"resourceType": "OperationOutcome", "issue": [said]})
        except RecordUnavailable:
            return self._unwell()

    def _written(
        self, method: str, path: str, headers: dict[str, str], resource: Resource
    ) -> bytes:
        condition = dict(parse_qsl(headers.get("if-none-exist", "")))
        if method == "DELETE":
            self.shelf.remove(_named(path))
            return _answer(204)
        if method == "POST" and condition:
            [(parameter, value)] = condition.items()
            self.shelf.add(resource, _key(parameter, value))
            return _answer(201)
        if method == "PUT" and "if-match" in headers:
            return self._replaced(resource, headers["if-match"])
        reference = self.shelf.put(resource)
        return _answer(201, self.shelf.get(reference) or {})

    def _replaced(self, resource: Resource, match: str) -> bytes:
        version = match.removeprefix("W/").strip('"')
        standing = self.shelf.get(reference_of(resource))
        if standing is None or standing["meta"]["versionId"] != version:
            return _answer(412)
        self.shelf.replace(resource)
        return _answer(200)

    def _unwell(self) -> bytes | None:
        """As a server is that cannot serve: one of five ways."""
        if self.stalls:
            return _NEVER
        return self._chance.choice((None, _answer(500), _answer(503), _answer(429)))


def _request(stream: Any) -> bytes | None:
    """One whole request as it came, or None at the end."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        try:
            line = stream.readline()
        except ConnectionError:
            return None
        if not line:
            return None
        head += line
    length = re.search(rb"\r\ncontent-length: *(\d+)", bytes(head), re.IGNORECASE)
    return bytes(head) + (stream.read(int(length[1])) if length else b"")


def _answer(status: int, body: Resource | None = None, text: str = "", more: str = "") -> bytes:
    content = (json.dumps(body) if body is not None else text).encode()
    head = (
        f"HTTP/1.1 {status} {_STATUS.get(status, 'Told')}\r\n{more}"
        f"Content-Type: application/fhir+json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _key(parameter: str, value: str) -> Key:
    system, _, escaped = value.partition("|")
    kind: Any = parameter
    return Key(kind, system, re.sub(r"\\(.)", r"\1", escaped))


def _named(path: str) -> Resource:
    kind, _, name = path.partition("/")
    return {"resourceType": kind, "id": name}


def _altered(found: Resource) -> Resource:
    for each in [entry["resource"] for entry in found.get("entry", ())] or [found]:
        name = {"DocumentReference": "description", "Patient": "birthDate"}.get(
            each["resourceType"], "recorded"
        )
        each[name] = "1999-09-09"
    return found
