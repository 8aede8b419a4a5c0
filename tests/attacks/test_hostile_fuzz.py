"""Any value anywhere in an EHR's answer: the right act, or an error of the record's tree."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attending.adapters.records.fhir_r4 import FhirR4Record
from attending.adapters.records.fhir_resources import document
from attending.core.errors import RecordError
from attending.core.record import RecordAccess
from tests.attacks.hostile_acts import Act
from tests.attacks.hostile_answers import WAYS
from tests.attacks.hostile_ehr import TOKEN, Harm, HostileEhr, Said, Scene, Stranger

EXAMPLES = 200
CALLS = [(way, call) for way, (_, calls) in WAYS.items() for call in calls]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | st.sampled_from(["..", "Patient/1", "next", "replaced-by", "superseded", "current"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def ehr() -> Iterator[HostileEhr]:
    with Stranger() as stranger, HostileEhr(stranger) as ehr:
        yield ehr
        assert stranger.heard == []


@pytest.fixture(scope="module")
def record(ehr: HostileEhr) -> Iterator[FhirR4Record]:
    record = FhirR4Record(RecordAccess(ehr.url, TOKEN, 20))
    yield record
    record.close()


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*at, number))


def changed(body: Any, where: int, value: Any) -> Any:
    """The body with this value at one of its places."""
    every = list(places(body))
    place = every[where % len(every)]
    if not place:
        return value
    made = copy.deepcopy(body)
    holder = made
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = value
    return made


def lying(where: int, value: Any) -> Harm:
    def harm(scene: Scene) -> Iterator[bytes]:
        told = scene.honest()
        body = json.loads(told.body) if told.body else {}
        yield Said.of(changed(body, where, value), told.status).raw()

    return harm


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CALLS), st.integers(0, 400), VALUES)
def test_any_value_anywhere_is_an_answer_or_a_failure(
    ehr: HostileEhr, record: FhirR4Record, call: tuple[str, str], where: int, value: Any
) -> None:
    ehr.shelf = type(ehr.shelf)()
    act = Act(call[0], ehr)
    act.prepare()
    ehr.attack(call[1], lying(where, value))
    try:
        act.do(record)
    except RecordError as error:
        assert error.code != RecordError.code
        assert error.remedy
    ehr.turn_honest()
    assert_nothing_else_stands(act, ehr)


def assert_nothing_else_stands(act: Act, ehr: HostileEhr) -> None:
    """Whatever was told: notes hold what was signed, for whom it was signed."""
    allowed = [document(act.entry)["content"]] if WAYS[act.way][0] == "deliver" else []
    for note in ehr.shelf.all("DocumentReference"):
        assert note["subject"] == {"reference": act.identity.reference}
        old = note["id"] == act.old.rpartition("/")[2] or act.way in {"read", "retract"}
        assert old or note["content"] in allowed
