"""Whether an answer has the shape that FHIR says, in all that is read of it.

What is not read may be anything: it is compared as a whole, or left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attending.adapters.records.fhir_resources import Resource
from attending.core.errors import RecordUnavailable
from attending.core.record import is_id

_TEXTS = ("resourceType", "id", "birthDate", "status", "docStatus")
_LISTS: Mapping[str, tuple[str, ...]] = {  # of objects, with the texts in them
    "identifier": ("system", "value"),
    "name": ("use", "text", "family"),
    "link": ("type", "relation", "url"),
    "entry": (),
}


def resource(body: Mapping[str, Any]) -> Resource:
    """One resource with its id. Raises RecordUnavailable."""
    _require(_is_shaped(body) and "resourceType" in body and is_id(body.get("id", "")))
    return dict(body)


def matches(body: Mapping[str, Any], kind: str) -> Iterator[Resource]:
    """The resources of a kind on one page of a search. Raises RecordUnavailable."""
    _require((body.get("resourceType"), body.get("type")) == ("Bundle", "searchset"))
    _require(_is_shaped(body))
    for entry in body.get("entry", ()):
        found = entry.get("resource")
        if isinstance(found, dict) and found.get("resourceType") == kind:
            yield resource(found)


def next_page(body: Mapping[str, Any]) -> str | None:
    """The link to what follows a page that ``matches`` has read."""
    links = [link for link in body.get("link", ()) if link.get("relation") == "next"]
    _require(all("url" in link for link in links))
    return str(links[0]["url"]) if links else None


def _require(sound: bool) -> None:
    if not sound:
        raise RecordUnavailable("The record system's answer is not FHIR.")


def _is_shaped(body: Mapping[str, Any]) -> bool:
    lists = all(_objects(body.get(name, []), texts) for name, texts in _LISTS.items())
    return (
        lists
        and _texts(body, _TEXTS)
        and isinstance(body.get("active", True), bool)
        and _is_meta(body.get("meta", {}))
        and isinstance(body.get("subject", {}), dict)
        and all(_givens(name.get("given", [])) for name in body.get("name", ()))
    )


def _is_meta(meta: object) -> bool:
    return (
        isinstance(meta, dict)
        and _texts(meta, ("versionId", "lastUpdated"))
        and all(_objects(meta.get(name, []), ("system", "code")) for name in ("tag", "security"))
    )


def _givens(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(given, str) for given in value)


def _objects(value: object, texts: Sequence[str]) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and _texts(item, texts) for item in value
    )


def _texts(held: Mapping[str, Any], names: Sequence[str]) -> bool:
    return all(isinstance(held.get(name, ""), str) for name in names)
