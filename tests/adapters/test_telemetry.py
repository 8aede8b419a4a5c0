"""Spans reach the timeline under the encounter's trace; neither they nor logs hold words."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from attending.adapters.telemetry import Tracing
from attending.core.errors import EngineFailed
from attending.core.work import TimelineEvent
from tests.clinic import Clinic

SECRET = "the patient has a cough"


def spans(clinic: Clinic, encounter: object) -> list[TimelineEvent]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        events = unit.timeline.events(encounter)  # type: ignore[arg-type]
    return [event for event in events if event.kind == "span"]


def test_a_span_is_found_by_its_encounter_and_its_trace(clinic: Clinic) -> None:
    encounter = clinic.encounter()
    tracing = Tracing.start("inference", clinic.databases["inference"])
    with tracing.span("decode", clinic.tenant, encounter, source="s1", frames=3):
        pass
    tracing.close()
    (event,) = spans(clinic, encounter)
    assert (event.name, event.process, event.outcome) == ("decode", "inference", "done")
    assert event.attributes == {"source": "s1", "frames": 3}
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        row = unit.one("select trace_id from attending.spans where encounter_id = %s", encounter)
    assert row["trace_id"] == encounter.hex


@pytest.mark.parametrize(
    ("error", "code"), [(EngineFailed(SECRET), "engine.failed"), (ValueError(SECRET), "ValueError")]
)
def test_a_failure_leaves_its_code_and_not_its_words(
    clinic: Clinic, error: Exception, code: str
) -> None:
    encounter = clinic.encounter()
    tracing = Tracing.start("inference", clinic.databases["inference"])
    with pytest.raises(type(error)), tracing.span("infer", clinic.tenant, encounter):
        raise error
    tracing.close()
    (event,) = spans(clinic, encounter)
    assert event.outcome == code
    assert SECRET not in json.dumps([event.name, event.outcome, dict(event.attributes)])


LOGGING = f"""
import structlog
from attending.adapters.telemetry import configure_logs
configure_logs("web")
try:
    raise ValueError({SECRET!r})
except ValueError:
    structlog.get_logger().exception("unexpected", error="ValueError")
"""


def test_a_log_of_an_error_says_where_and_not_what() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True
    )
    line = json.loads(done.stderr.splitlines()[-1])
    assert line["process"] == "web"
    assert line["where"] == ["<module>:6"]
    assert SECRET not in done.stderr
