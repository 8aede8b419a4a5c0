"""Whether what stands in a record is what was sent.

A server may add what is its own (id, version, a narrative, absolute references, a
display beside a reference) and may write an instant in another zone. It may not
change, drop or add anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attending.adapters.records.fhir_resources import WITNESS
from attending.core.record import is_reference

_SERVERS_OWN = frozenset({"id", "meta", "text", "resourceType"})
_DECORATION = frozenset({"id", "display", "type"})
_LATER_STATUS = frozenset({"superseded", "entered-in-error"})
_LONGEST_INSTANT = 40  # characters


def differences(sent: Mapping[str, Any], found: Mapping[str, Any], base: str) -> tuple[str, ...]:
    """Names of the elements that differ; none if ``found`` is ``sent``.

    All that was added goes by one name, since the server's own names are its words.

    A status that a later signature or a person gave (superseded, entered in error)
    is no difference: the resource was written, and its story went on.
    base: address of the server, which it may put before its references.
    """
    names = (set(sent) | set(found)) - _SERVERS_OWN
    if found.get("status") in _LATER_STATUS and sent.get("status") == "current":
        names -= {"status", "docStatus"}
    differing = {
        name if name in sent else "added"
        for name in names
        if not _same(_unwitnessed(sent, name), _unwitnessed(found, name), base)
    }
    if sent.get("resourceType") != found.get("resourceType"):
        differing.add("resourceType")
    return tuple(sorted(differing | _lost_marks(sent, found)))


def _unwitnessed(resource: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - any JSON
    """An element, without the words of the audit witness: each attempt to write has its own.

    That there is one is compared; whether it is a right one is for the releaser to say.
    """
    value = resource.get(name)
    if name != "extension" or not isinstance(value, list):
        return value
    return [_without_words(extension) for extension in value]


def _without_words(extension: Any) -> Any:  # noqa: ANN401 - any JSON
    is_witness = isinstance(extension, dict) and extension.get("url") == WITNESS
    is_text = is_witness and isinstance(extension.get("valueString"), str)
    return {**extension, "valueString": ""} if is_text else extension


def _lost_marks(sent: Mapping[str, Any], found: Mapping[str, Any]) -> set[str]:
    lost = set()
    for name in ("security", "tag"):
        standing = {_coding(c) for c in found.get("meta", {}).get(name, ())}
        if not {_coding(c) for c in sent.get("meta", {}).get(name, ())} <= standing:
            lost.add(f"meta.{name}")
    return lost


def _coding(coding: Mapping[str, Any]) -> tuple[Any, Any]:
    return coding.get("system"), coding.get("code")


def _same(sent: Any, found: Any, base: str) -> bool:  # noqa: ANN401 - any JSON
    match sent, found:
        case dict(), dict():
            extra = set(found) - set(sent)
            return extra <= _DECORATION and all(
                name in found and _same(value, found[name], base) for name, value in sent.items()
            )
        case list(), list():
            return len(sent) == len(found) and all(
                _same(one, other, base) for one, other in zip(sent, found, strict=True)
            )
        case str(), str():
            return sent == found or _same_reference(sent, found, base) or _same_instant(sent, found)
        case _:
            return bool(sent == found)


def _same_reference(sent: str, found: str, base: str) -> bool:
    return is_reference(sent) and found == f"{base}/{sent}"


def _same_instant(sent: str, found: str) -> bool:
    if max(len(sent), len(found)) > _LONGEST_INSTANT:
        return False
    try:
        one, other = datetime.fromisoformat(sent), datetime.fromisoformat(found)
    except ValueError:
        return False
    return one.tzinfo is not None and other.tzinfo is not None and one == other
