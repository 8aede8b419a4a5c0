"""A bench whose record is a real FHIR R4 server, reached by plain HTTP beside the adapter."""

from __future__ import annotations

import httpx

from attending.adapters.records import open_record
from attending.core.entry import PatientIdentity
from attending.core.record import ClinicalRecord, RecordAccess
from tests.adapters.records.fhir_bench import FhirBench, Resource


class SekmetBench(FhirBench):
    """base: the server's address. through: the address that the adapter is given instead."""

    def __init__(
        self, base: str, through: str = "", *, token: str = "", timeout: float = 10
    ) -> None:
        self.access = RecordAccess(through or base, token, timeout)
        self.record: ClinicalRecord = open_record("fhir-r4", self.access)
        self._client = httpx.Client(base_url=base, timeout=20, trust_env=False)

    def put(self, resource: Resource) -> str:
        kind = resource["resourceType"]
        answer = (
            self._client.put(f"/{kind}/{resource['id']}", json=resource)
            if "id" in resource
            else self._client.post(f"/{kind}", json=resource)
        )
        answer.raise_for_status()
        return f"{kind}/{answer.json()['id']}"

    def get(self, reference: str) -> Resource:
        answer = self._client.get(f"/{reference}").raise_for_status()
        found: Resource = answer.json()
        return found

    def all(self, kind: str) -> list[Resource]:
        bundle = self._client.get(f"/{kind}", params={"_count": 1000}).raise_for_status().json()
        return [entry["resource"] for entry in bundle.get("entry", ())]

    def delete(self, patient: PatientIdentity) -> None:
        self.remove(patient.reference)

    def remove(self, reference: str) -> None:
        self._client.delete(f"/{reference}").raise_for_status()
