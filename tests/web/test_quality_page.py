"""The quality page: numbers and pictures of reviews, to officers alone, without a word of a note."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from attending.adapters.storage.learning import LearningTables
from tests.clinic import Clinic
from tests.learning.notes import note, worsening
from tests.learning.test_judged import HAND
from tests.web.browser import Browser
from tests.web.conftest import Web

OFFICER = "demo-safety"


@pytest.fixture
def officer(console: Web) -> Iterator[Browser]:
    with console.anonymous() as client:
        browser = Browser(client)
        browser.log_in(OFFICER, console.password(OFFICER))
        yield browser


def test_before_anything_was_signed(officer: Browser) -> None:
    page = officer.get("/quality")
    assert "No note was signed in this time." in page.words
    assert "No verdict of a large judge is kept here. Name its endpoint" in page.words


def test_a_large_judge_beside_the_checks(officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LearningTables, "judged", lambda *_: HAND)
    page = officer.get("/quality")
    assert "large 1 beside score 1 4 2 2 1 0.50" in page.words
    assert "Too few for a recalibration" in page.words
    assert "No verdict of a large judge" not in page.words


def test_a_model_that_grew_worse(officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = worsening()
    monkeypatch.setattr(LearningTables, "reviewed", lambda *_: notes)
    page = officer.get("/quality")
    assert "80 signed notes" in page.words
    assert "statements kept as drafted, changed since" in page.words
    assert any(f"/cases/{each.case}" in page.links for each in notes)
    assert page.source.count('<svg viewBox="0 0 640 120" role="img"') == 5
    assert page.source.count("<circle") == 5 * len(notes)
    assert "It was not said" in page.words
    assert "Words hardly heard" in page.words  # a check, by its title
    assert "Take 5" not in page.source
    assert "Come back" not in page.source


def test_a_model_is_chosen_by_its_name(officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LearningTables, "reviewed", lambda *_: (note(), note(days=1)))
    page = officer.get("/quality?model=extractive 3&days=30")
    assert "2 signed notes" in page.words
    assert "too few notes" in page.words
    assert officer.get("/quality?model=another").status == 200
    assert officer.get("/quality?days=31").status == 422


def test_of_notes_that_were_signed_here(officer: Browser, clinic: Clinic) -> None:
    clinic.released()
    page = officer.get("/quality")
    assert "1 signed note." in page.words
    assert "mean-rate 1" in page.words


def test_it_is_for_officers(console: Web, clinician: Browser, officer: Browser) -> None:
    assert clinician.get("/quality").status == 403
    assert "/quality" not in clinician.get("/").links
    assert "/quality" in officer.get("/safety").links
