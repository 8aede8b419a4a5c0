"""What leaves the server sealed comes back unaltered, for its own purpose, or not at all."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.core.errors import NotSeen
from attending.core.ids import CaseId, PrincipalId, fresh
from attending.web.console import shown
from attending.web.seals import Seals

SEALS = Seals(b"k" * 32)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_opens(value: bytes, purpose: str) -> None:
    assert SEALS.open(purpose, SEALS.seal(purpose, value)) == value


@given(st.binary(max_size=50))
def test_for_its_purpose_and_key_alone(value: bytes) -> None:
    sealed = SEALS.seal("session", value)
    assert SEALS.open("cursor", sealed) is None
    assert Seals(b"o" * 32).open("session", sealed) is None
    assert SEALS.seal("session", value) != sealed


# Sealed once: a new one for each example would make hypothesis's replays differ.
SEALED = SEALS.seal("session", b"content")


@given(st.data())
def test_one_changed_letter_closes_it(data: st.DataObject) -> None:
    sealed = SEALED
    place = data.draw(st.integers(0, len(sealed) - 2))
    letter = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda each: each != sealed[place]))
    assert SEALS.open("session", sealed[:place] + letter + sealed[place + 1 :]) is None


@given(st.text(max_size=100))
def test_nonsense_does_not_open(text: str) -> None:
    assert SEALS.open("session", text) is None


def test_what_was_shown_counts_for_its_person_case_and_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, by = CaseId(fresh()), PrincipalId(fresh())
    token = shown.sealed(SEALS, case, "plan", 3, by)
    assert (seen := shown.opened(SEALS, token, case, by)).section == "plan"
    assert seen.revision == 3
    for wrong in ((CaseId(fresh()), by), (case, PrincipalId(fresh()))):
        with pytest.raises(NotSeen):
            shown.opened(SEALS, token, *wrong)
    later = time.time() + (shown.KEPT + timedelta(seconds=1)).total_seconds()
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotSeen):
        shown.opened(SEALS, token, case, by)
