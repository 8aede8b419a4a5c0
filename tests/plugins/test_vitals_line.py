"""A line is added by its folder and its name in a setting; this one is the proof."""

from __future__ import annotations

import pytest

from attending import app
from attending.core.draft import Mask, Measurement
from attending.core.errors import Misconfigured
from attending.core.line import Engines
from attending.settings import read
from tests.clinic import Clinic

NAME = '["attending.lines.documentation", "tests.plugins.vitals_line"]'


def test_its_name_in_the_setting_is_all_it_takes() -> None:
    lines = app.lines(read({"ATTENDING_LINES": NAME}), Engines())
    assert set(lines) == {"documentation", "vitals"}


def test_a_name_that_leads_nowhere_is_told() -> None:
    with pytest.raises(Misconfigured):
        app.lines(read({"ATTENDING_LINES": '["tests.plugins.no_such_line"]'}), Engines())


def test_its_draft_is_a_measurement_and_a_mask_with_evidence(clinic: Clinic) -> None:
    draft = clinic.case(clinic.in_review()).proposal()
    rate, fast = (section.statements[0] for section in draft.sections)
    assert isinstance(rate.body, Measurement)
    assert isinstance(fast.body, Mask)
    assert fast.body.runs == (1, 1, 1)
    assert rate.evidence
    assert fast.evidence


def test_its_own_table_holds_its_rows_under_the_tenant(clinic: Clinic, neighbour: Clinic) -> None:
    source = clinic.case(clinic.in_review()).source
    query = "select minute, heart_rate from attending.vitals_windows where source_id = %s"
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        rows = unit.all(f"{query} order by minute", source)
    with neighbour.web.transaction(neighbour.tenant, "tests") as unit:
        assert unit.all(query, source) == []
    assert [(row["minute"], row["heart_rate"]) for row in rows] == [(0, 80), (1, 120), (2, 90)]


def test_its_panel_stands_beside_the_draft(clinic: Clinic) -> None:
    case = clinic.case(clinic.in_review())
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        run = unit.intake.run(case.source, "decode")
    assert run is not None
    assert "<td>120.0</td>" in clinic.lines["vitals"].panel.html(run.output, case, "/recording")


def test_what_is_signed_says_both(clinic: Clinic) -> None:
    case_id = clinic.decided()
    text = clinic.sign(case_id).payload.content.text
    assert "Heart rate, mean: 96.6667 /min" in text
    assert "Minutes above 100: 1 of 3 points" in text
    clinic.deliver(case_id)
