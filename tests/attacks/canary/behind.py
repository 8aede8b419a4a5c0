"""What the listening EHR keeps, kept instead by a FHIR server that nobody here wrote."""

from __future__ import annotations

import httpx

from attending.adapters.records.fhir_delivery import reference_of
from attending.adapters.records.fhir_http import FhirHttp
from attending.adapters.records.fhir_r4 import FhirServer
from attending.adapters.records.fhir_resources import Key, Resource
from attending.core.record import RecordAccess
from tests.attacks.canary.ehr import KeyedShelf

_PATIENCE = 30.0  # seconds for one answer


class ServerShelf(KeyedShelf):
    """``base``: the server's address. Faults are the shelf's own, as in memory."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._server = FhirServer(FhirHttp(RecordAccess(base, timeout=_PATIENCE)))
        self._client = httpx.Client(base_url=base, timeout=_PATIENCE, trust_env=False)

    def put(self, resource: Resource) -> str:
        reference, named = reference_of(resource), "id" in resource
        kind = resource["resourceType"]
        answer = (
            self._client.put(f"/{reference}", json=resource)
            if named
            else self._client.post(f"/{kind}", json=resource)
        )
        return reference_of(answer.raise_for_status().json())

    def get(self, reference: str) -> Resource | None:
        return self._server.get(reference)

    def find(self, kind: str, key: Key) -> list[Resource]:
        return self._server.find(kind, key)

    def add(self, resource: Resource, key: Key) -> None:
        fault = self._met()
        self._server.add(resource, key)
        self._answer(fault)

    def replace(self, resource: Resource) -> None:
        fault = self._met()
        self._server.replace(resource)
        self._answer(fault)

    def remove(self, resource: Resource) -> None:
        self._server.remove(resource)

    def notes_of(self, patient: str) -> list[Resource]:
        asked = {"subject": patient, "_count": 100}
        answer = self._client.get(
            "/DocumentReference", params=asked, headers={"Cache-Control": "no-cache"}
        )
        found = [each["resource"] for each in answer.raise_for_status().json().get("entry", ())]
        return [note for note in found if note["subject"]["reference"] == patient]
