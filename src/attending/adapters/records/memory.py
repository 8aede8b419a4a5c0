"""A record system in memory, for tests: the same delivery on a shelf that can fail."""

from __future__ import annotations

import json
from collections import deque
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from threading import RLock

from attending.adapters.records.fhir_delivery import FhirRecord, reference_of
from attending.adapters.records.fhir_resources import Key, Resource
from attending.core.errors import RecordRefused, RecordUnavailable
from attending.core.record import ClinicalRecord, RecordAccess

KIND = "memory"


class Fault(StrEnum):
    """What the next write meets."""

    UNAVAILABLE = "unavailable"  # nothing is written
    ANSWER_LOST = "answer_lost"  # it is written, and the caller does not learn it
    REFUSED = "refused"


class MemoryRecord(FhirRecord):
    """Safe to share between threads. ``shelf`` is open to tests."""

    kind = KIND

    def __init__(self, shelf: MemoryShelf | None = None) -> None:
        self.shelf = shelf or MemoryShelf()
        super().__init__(self.shelf)


class MemoryShelf:
    """Resources as JSON text, so that nobody holds what stands here."""

    base = "memory:"

    def __init__(self) -> None:
        self.faults: deque[Fault | None] = deque()  # None: this write goes well
        self._lock = RLock()
        self._numbers = count(1)
        self._standing: dict[str, str] = {}

    def put(self, resource: Resource) -> str:
        """Place a resource as it is, whatever stands; returns its reference."""
        with self._lock:
            name = str(resource.get("id") or next(self._numbers))
            stamped = {**resource, "id": name}
            old = self.get(reference_of(stamped))
            version = int(old["meta"]["versionId"]) + 1 if old else 1
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": now}
            self._standing[reference_of(stamped)] = json.dumps({**stamped, "meta": meta})
            return reference_of(stamped)

    def all(self, kind: str) -> list[Resource]:
        with self._lock:
            standing = [json.loads(text) for text in self._standing.values()]
        return [resource for resource in standing if resource["resourceType"] == kind]

    def get(self, reference: str) -> Resource | None:
        with self._lock:
            text = self._standing.get(reference)
        return json.loads(text) if text else None

    def find(self, kind: str, key: Key) -> list[Resource]:
        return [resource for resource in self.all(kind) if key.marks(resource)]

    def add(self, resource: Resource, key: Key) -> None:
        with self._lock:
            fault = self._met()
            if not self.find(resource["resourceType"], key):
                self.put(resource)
        self._answer(fault)

    def replace(self, resource: Resource) -> None:
        with self._lock:
            fault = self._met()
            standing = self.get(reference_of(resource))
            if standing and standing["meta"]["versionId"] == resource["meta"]["versionId"]:
                self.put(resource)
        self._answer(fault)

    def remove(self, resource: Resource) -> None:
        with self._lock:
            self._standing.pop(reference_of(resource), None)

    def patients(self) -> list[Resource]:
        return self.all("Patient")

    def _met(self) -> Fault | None:
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.UNAVAILABLE:
            raise RecordUnavailable("The record system did not answer.")
        if fault is Fault.REFUSED:
            raise RecordRefused("The record system refused.", said="The test says no.")
        return fault

    def _answer(self, fault: Fault | None) -> None:
        if fault is Fault.ANSWER_LOST:
            raise RecordUnavailable("The record system did not answer.")


_SHELVES: dict[str, MemoryShelf] = {}


def record(access: RecordAccess) -> ClinicalRecord:
    """A record whose content is shared within the process by all of the same address."""
    return MemoryRecord(_SHELVES.setdefault(access.address, MemoryShelf()))
