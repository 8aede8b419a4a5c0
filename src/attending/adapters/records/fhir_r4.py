"""A record system that speaks FHIR R4 over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from attending.adapters.records.fhir_delivery import FhirRecord, reference_of
from attending.adapters.records.fhir_http import Answer, FhirHttp, Params
from attending.adapters.records.fhir_resources import Key, Resource
from attending.core.errors import RecordRefused, RecordUnavailable
from attending.core.record import ClinicalRecord, RecordAccess

KIND = "fhir-r4"
MOST_PATIENTS = 500
_PAGE = 100
_MOST_PAGES = 20
_GONE = frozenset({404, 410})
_CHANGED = frozenset({409, 412})
_FRESH = {"Cache-Control": "no-cache"}  # some servers answer a search from a cache
_LISTS = ("identifier", "name", "link", "entry")


def record(access: RecordAccess) -> ClinicalRecord:
    """Raises Misconfigured if the address or the token cannot be used."""
    return FhirR4Record(access)


class FhirR4Record(FhirRecord):
    """Delivers to the FHIR endpoint at ``access.address``."""

    kind = KIND

    def __init__(self, access: RecordAccess) -> None:
        self._http = FhirHttp(access)
        super().__init__(FhirServer(self._http))

    def close(self) -> None:
        self._http.close()


class FhirServer:
    """A shelf whose resources lie on a FHIR server."""

    def __init__(self, http: FhirHttp) -> None:
        self._http = http
        self.base = http.base

    def get(self, reference: str) -> Resource | None:
        answer = self._http.call("GET", reference, headers=_FRESH, also=_GONE)
        return None if answer.status in _GONE else _shaped(answer.body)

    def find(self, kind: str, key: Key) -> list[Resource]:
        found = self._search(kind, [(key.parameter, key.query)], most=_PAGE)
        return [resource for resource in found if key.marks(resource)]

    def add(self, resource: Resource, key: Key) -> None:
        headers = {"If-None-Exist": urlencode([(key.parameter, key.query)])}
        self._http.call("POST", resource["resourceType"], body=resource, headers=headers)

    def replace(self, resource: Resource) -> None:
        version = resource.get("meta", {}).get("versionId")
        if not version:
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
        return self._search("Patient", [("_count", str(_PAGE))], most=MOST_PATIENTS)

    def _search(self, kind: str, params: Params, *, most: int) -> list[Resource]:
        answer = self._http.call("GET", kind, params=params, headers=_FRESH)
        found = list(_matches(answer, kind))
        for _ in range(_MOST_PAGES):
            link = _next(answer)
            if link is None or len(found) >= most:
                break
            answer = self._http.follow(link)
            found += _matches(answer, kind)
        return found[:most]


def _matches(answer: Answer, kind: str) -> Iterator[Resource]:
    for entry in _shaped(answer.body).get("entry", ()):
        resource = entry.get("resource")
        if isinstance(resource, dict) and resource.get("resourceType") == kind:
            yield _shaped(resource)


def _next(answer: Answer) -> str | None:
    links = _shaped(answer.body).get("link", ())
    return next((str(x.get("url")) for x in links if x.get("relation") == "next"), None)


def _shaped(body: Mapping[str, Any]) -> Resource:
    """The body, if what is read of it has the shape that FHIR says."""
    meta, subject = body.get("meta", {}), body.get("subject", {})
    sound = isinstance(meta, dict) and isinstance(subject, dict)
    lists = [body.get(name, []) for name in _LISTS]
    lists += [meta.get(name, []) for name in ("tag", "security")] if sound else []
    if sound and all(_objects(value) for value in lists):
        givens = [name.get("given", []) for name in body.get("name", ())]
        if all(isinstance(given, list) for given in givens):
            return dict(body)
    raise RecordUnavailable("The record system's answer is not FHIR.")


def _objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
