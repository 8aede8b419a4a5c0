"""A server may decorate what was sent; it may not change it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.adapters.records import fhir_resources as fhir
from attending.adapters.records.fhir_compare import differences
from attending.core.entry import PatientIdentity
from tests.contracts.record_contract import MODELS, signed

BASE = "https://ehr.test/fhir"
ENTRY = signed(PatientIdentity("Patient/1", "Ann Bo", "1970-01-31"), encounter="Encounter/2")
NOTE = fhir.document(ENTRY)
TRAIL = fhir.provenance(ENTRY, "DocumentReference/3", [(m, "Device/4") for m in MODELS])
Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        yield path
    for name, item in items:
        yield from leaves(item, (*path, name))


LEAVES = [(which, path) for which in (NOTE, TRAIL) for path in leaves(which)]


def holder(resource: Any, path: Path) -> Any:
    for name in path[:-1]:
        resource = resource[name]
    return resource


@given(st.sampled_from(LEAVES), st.booleans())
def test_any_change_is_seen(leaf: tuple[fhir.Resource, Path], drop: bool) -> None:
    sent, path = leaf
    found = copy.deepcopy(sent)
    at = holder(found, path)
    if drop:
        del at[path[-1]]
    else:
        at[path[-1]] = "something else"
    assert differences(sent, found, BASE)


@pytest.mark.parametrize("sent", [NOTE, TRAIL])
def test_what_is_the_servers_own_is_no_difference(sent: fhir.Resource) -> None:
    found = copy.deepcopy(sent)
    found["id"] = "77"
    found["text"] = {"status": "generated", "div": "<div/>"}
    found["meta"].update(versionId="4", lastUpdated="2026-11-21T10:00:00Z")
    assert differences(sent, found, BASE) == ()


def test_other_ways_to_say_the_same() -> None:
    found = copy.deepcopy(NOTE)
    found["date"] = NOTE["date"].replace("+00:00", "Z")
    found["subject"] = {"reference": f"{BASE}/Patient/1", "display": "Ann Bo"}
    assert differences(NOTE, found, BASE) == ()
    found["subject"] = {"reference": "https://other.test/fhir/Patient/1"}
    assert differences(NOTE, found, BASE) == ("subject",)


def test_what_went_on_after_it_was_written_is_no_difference() -> None:
    for status in ("superseded", "entered-in-error"):
        assert differences(NOTE, {**NOTE, "status": status}, BASE) == ()
    assert differences(NOTE, {**NOTE, "status": "preliminary"}, BASE) == ("status",)


def test_an_addition_is_seen() -> None:
    assert differences(NOTE, {**NOTE, "description2": "x"}, BASE) == ("added",)
    more = {**NOTE, "content": [*NOTE["content"], NOTE["content"][0]]}
    assert differences(NOTE, more, BASE) == ("content",)
