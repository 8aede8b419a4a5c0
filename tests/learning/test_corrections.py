"""What becomes of reviews: pure functions over notes that a test writes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from attending.core.case import ModelUse
from attending.core.learned import ReviewedNote, TrainingConsent
from attending.learning.chart import ALLOWED
from attending.learning.corrections import chosen, corrections
from attending.learning.outcomes import of_note, of_section
from attending.learning.series import OTHER, Kind, series
from attending.learning.told import document
from tests.learning.notes import KEPT, MENDED, NOW, PLAN, STRUCK, note


def test_what_is_measured_of_a_section() -> None:
    measured = of_section(PLAN)
    assert measured["fidelity"] == pytest.approx(1 / 3)
    assert measured["findings_accepted"] == pytest.approx(2 / 3)  # p.3 was left as it stood
    assert 0 < measured["characters"] < measured["words"] < 1
    assert of_section(STRUCK)["fidelity"] == 0
    assert of_section(STRUCK)["findings_accepted"] == 1
    assert of_section(KEPT) == {"characters": 0, "words": 0, "fidelity": 1, "findings_accepted": 0}
    assert "fidelity" not in of_section(replace(PLAN, drafted=(), findings=()))
    assert of_note(note())["seconds_to_sign"] == 90


def lines_of(*notes: ReviewedNote) -> list[dict[str, Any]]:
    made = corrections(chosen(notes), NOW)
    return [json.loads(line) for line in made.lines.splitlines()]


def test_each_statement_beside_what_became_of_it() -> None:
    lines = lines_of(note())
    assert [(line["claim"], line["signed"], line["outcome"]) for line in lines] == [
        ("Take 5 mg daily.", "Take 50 mg daily.", "edited"),
        ("Rest.", None, "struck"),
        ("Come back.", "Come back.", "kept"),
        (None, "Call if it is worse at night.", "added"),
    ]
    assert lines[0]["passages"] == ["take five milligrams"]
    assert lines[0]["findings"] == [
        {
            "check": "unheard-number",
            "severity": "serious",
            "quote": "5 mg",
            "became": "acted_on",
        }
    ]
    assert lines[2]["findings"][0]["became"] == "overruled"
    assert (lines[0]["model"], lines[0]["section"]) == ("extractive 3", "plan")


def test_consent_is_asked_at_the_time_of_export() -> None:
    agreed = note()
    others = (
        note(consent=None),
        note(consent=TrainingConsent(granted=False, at=NOW)),
        note(retracted=True),
    )
    made = corrections(chosen((agreed, *others)), NOW)
    manifest = json.loads(made.manifest)
    assert {json.loads(line)["encounter_id"] for line in made.lines.splitlines()} == {
        str(agreed.case)
    }
    assert manifest["consents"]["left_out"] == {
        "never_asked": 1,
        "refused_or_withdrawn": 1,
        "retracted_notes": 1,
    }
    assert (manifest["notes"], manifest["statements"]) == (1, 4)
    assert manifest["digest"] == f"sha256:{hashlib.sha256(made.lines).hexdigest()}"
    assert "Take" not in made.manifest.decode()
    assert "tokenised" in manifest
    assert corrections(chosen((agreed, *others)), NOW + timedelta(1)).lines == made.lines


def test_no_note_makes_an_empty_dataset() -> None:
    made = corrections(chosen(()), NOW)
    assert made.lines == b""
    assert json.loads(made.manifest)["notes"] == 0


def test_series_are_by_model_and_section_reason_and_check() -> None:
    newer = ModelUse("infer", "extractive", "4")
    rejected = replace(STRUCK, reason="Ann Test has no such plan")
    made = series([note(), note(rejected, days=1), note(model=newer, days=2)])
    by = {(each.model, each.kind, each.of, each.measure): each for each in made}
    fidelity = by["extractive 3", Kind.SECTION, "plan", "fidelity"]
    assert [value.value for value in fidelity.values] == [pytest.approx(1 / 3), 0]
    assert by["extractive 4", Kind.SECTION, "note", "seconds_to_sign"].mean == 90
    acted = by["extractive 3", Kind.CHECK, "unsure-words", "findings_accepted"]
    assert [value.value for value in acted.values] == [0, 1]
    reasons = by["extractive 3", Kind.REASON, OTHER, "sections"]
    assert [value.value for value in reasons.values] == [0, 1]
    told = json.dumps(document(made, 3, NOW, ALLOWED))
    assert "Ann" not in told
    assert "Take" not in told


def test_a_model_that_grows_worse_is_seen() -> None:
    worse = replace(PLAN, signed=(MENDED,))
    notes = [note(KEPT, days=day) for day in range(40)]
    notes += [note(worse if day % 3 else KEPT, days=day) for day in range(40, 80)]
    by = {(each.of, each.measure): each for each in series(notes)}
    fidelity = by["plan", "fidelity"]
    assert fidelity.halves is not None
    assert fidelity.halves.high < 0
    assert fidelity.halves.p < 0.001
    assert fidelity.alarms
    assert fidelity.alarms[0].at < NOW + timedelta(days=60)
    assert by["note", "seconds_to_sign"].alarms == ()
