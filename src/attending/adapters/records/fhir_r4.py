"""A record system that speaks FHIR R4 over HTTP."""

from __future__ import annotations

from urllib.parse import urlencode

from attending.adapters.records import fhir_shape as shape
from attending.adapters.records.fhir_delivery import FhirRecord, reference_of
from attending.adapters.records.fhir_http import FhirHttp, Params
from attending.adapters.records.fhir_resources import Key, Resource
from attending.core.entry import SignedEntry
from attending.core.errors import RecordRefused
from attending.core.record import ClinicalRecord, Fence, RecordAccess, Written, is_id, unfenced

KIND = "fhir-r4"
MOST_PATIENTS = 500
_PAGE = 100
_MOST_PAGES = 20
_SEARCH = 3  # exchanges' time for all pages together
_DELIVERY = 12  # exchanges' time for a whole delivery
_GONE = frozenset({404, 410})
_CHANGED = frozenset({409, 412})
_FRESH = {"Cache-Control": "no-cache"}  # some servers answer a search from a cache


def record(access: RecordAccess) -> ClinicalRecord:
    """Raises Misconfigured if the address or the token cannot be used."""
    return FhirR4Record(access)


class FhirR4Record(FhirRecord):
    """Delivers to the FHIR endpoint at ``access.address``."""

    kind = KIND

    def __init__(self, access: RecordAccess) -> None:
        self._http = FhirHttp(access)
        super().__init__(FhirServer(self._http))

    def deliver(self, entry: SignedEntry, fence: Fence = unfenced, witness: str = "") -> Written:
        with self._http.within(_DELIVERY):
            return super().deliver(entry, fence, witness)

    def close(self) -> None:
        self._http.close()


class FhirServer:
    """A shelf whose resources lie on a FHIR server."""

    def __init__(self, http: FhirHttp) -> None:
        self._http = http
        self.base = http.base

    def get(self, reference: str) -> Resource | None:
        answer = self._http.call("GET", reference, headers=_FRESH, also=_GONE)
        return None if answer.status in _GONE else shape.resource(answer.body)

    def find(self, kind: str, key: Key) -> list[Resource]:
        found, ended = self._search(kind, [(key.parameter, key.query)], most=_PAGE)
        if not ended:  # what was not read could be ours: then a second one would be made
            raise RecordRefused("The record system's search for our identifier does not end.")
        return [resource for resource in found if key.marks(resource)]

    def add(self, resource: Resource, key: Key) -> None:
        headers = {"If-None-Exist": urlencode([(key.parameter, key.query)])}
        self._http.call("POST", resource["resourceType"], body=resource, headers=headers)

    def replace(self, resource: Resource) -> None:
        version = resource.get("meta", {}).get("versionId", "")
        if not is_id(version):
            raise RecordRefused(
                "The record system keeps no versions, so nothing can be changed safely.",
                reference=reference_of(resource),
            )
        headers = {"If-Match": f'W/"{version}"'}
        reference = reference_of(resource)
        self._http.call("PUT", reference, body=resource, headers=headers, also=_CHANGED)

    def remove(self, resource: Resource) -> None:
        self._http.call("DELETE", reference_of(resource), also=_GONE)

    def patients(self) -> list[Resource]:
        found, ended = self._search("Patient", [("_count", str(_PAGE))], most=MOST_PATIENTS)
        if not ended and len(found) < MOST_PATIENTS:
            raise RecordRefused("The record system's list of patients does not end.")
        return found[:MOST_PATIENTS]

    def _search(self, kind: str, params: Params, *, most: int) -> tuple[list[Resource], bool]:
        """What was found, each once, until ``most`` are reached; and whether that was all."""
        with self._http.within(_SEARCH):
            body = self._http.call("GET", kind, params=params, headers=_FRESH).body
            found = {reference_of(each): each for each in shape.matches(body, kind)}
            for _ in range(_MOST_PAGES):
                link = shape.next_page(body)
                if link is None or len(found) >= most:
                    break
                body = self._http.follow(link).body
                found |= {reference_of(each): each for each in shape.matches(body, kind)}
            return list(found.values()), shape.next_page(body) is None
