"""The course of an encounter: tries together, waiting between, on one axis and in a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from attending.adapters.storage.timeline import SpanRow, TimelineTables
from attending.core.ids import CaseId
from attending.core.pause import Stop, StopScope
from attending.core.work import Step, TimelineEvent
from attending.loop.decode import decode
from attending.web.console.chart import LEFT, WIDTH, chart
from attending.web.console.course import Part, course
from tests.clinic import Clinic
from tests.web.browser import Browser
from tests.web.conftest import Web

BEGAN = datetime(2026, 11, 21, 9, tzinfo=UTC)
TARGETS = {"r": "Ward <EHR>"}


def span(
    name: str, at: float, seconds: float, failed: str = "", **attributes: Any
) -> TimelineEvent:
    began = BEGAN + timedelta(seconds=at)
    return TimelineEvent(began, "span", name, "p", seconds, failed or "done", attributes)


def state(subject: str, before: str, after: str, at: float, **more: Any) -> TimelineEvent:
    told = {"id": subject[0], "subject": subject, "from": before, "to": after}
    began = BEGAN + timedelta(seconds=at)
    reason, by = more.get("reason", ""), more.get("by", "inference")
    return TimelineEvent(began, "state", "", by, None, reason, told)


def told(*events: TimelineEvent) -> list[tuple[str, str, str]]:
    return [(part.kind, part.what, part.result) for part in _course(*events)]


def _course(*events: TimelineEvent) -> tuple[Part, ...]:
    return course(events, {"ada": "Dr Ada"}, TARGETS)


def test_tries_of_one_step_are_one_part() -> None:
    (part,) = _course(
        span("release", 0, 1, "record.unavailable", release="r"),
        span("release", 3, 1, "record.unavailable", release="r"),
        span("release", 8, 2, release="r"),
    )
    assert part.what == "Writing to the record (Ward <EHR>)"
    assert [each.failed for each in part.tries] == ["record.unavailable"] * 2 + [""]
    assert part.result == "done at try 3; before: record.unavailable"
    assert (part.seconds, part.failed) == (10.0, False)


def test_what_was_done_and_is_done_again_is_told_twice() -> None:
    parts = _course(span("decode", 0, 1, source="s"), span("decode", 1.5, 1, source="s"))
    assert [part.what for part in parts] == ["Reading the source"] * 2


def test_tries_that_all_failed_say_so() -> None:
    (part,) = _course(
        span("infer", 0, 1, "engine.failed", case="c"),
        span("infer", 2, 1, "engine.failed", case="c"),
    )
    assert (part.failed, part.result) == (True, "2 tries failed: engine.failed")


def test_between_the_parts_stands_what_was_waited_for() -> None:
    parts = told(
        state("source", "", "received", 0, by="ada"),
        state("case", "", "drafting", 0),
        span("decode", 4, 1, source="s"),
        span("infer", 5.2, 1, case="c"),
        state("case", "drafting", "in_review", 6.2),
        state("case", "in_review", "signed", 600, by="ada"),
        span("release", 600.5, 1, release="r"),
        state("release", "writing", "written", 601.5),
        state("case", "signed", "released", 601.5),
    )
    assert parts == [
        ("act", "Source received", ""),
        ("wait", "Waits for a worker", "waited"),
        ("work", "Reading the source", "done"),
        ("work", "Drafting", "done"),
        ("act", "Draft ready to review", ""),
        ("wait", "Waits for a clinician", "waited"),
        ("act", "Signed", ""),
        ("work", "Writing to the record (Ward <EHR>)", "done"),
        ("act", "Written to Ward <EHR>, and read back", ""),
    ]


def test_a_pause_is_told_as_one() -> None:
    parts = told(
        state("case", "", "drafting", 0),
        state("case", "drafting", "drafting", 1, reason="line.paused"),
        state("case", "drafting", "drafting", 90),
    )
    assert parts == [
        ("act", "Paused", ""),
        ("wait", "Waits until the pause is let go", "waited"),
        ("act", "Goes on", ""),
    ]


def test_what_waits_now_says_for_what() -> None:
    now = BEGAN + timedelta(minutes=5)
    *_, wait, last = course([state("case", "drafting", "in_review", 0)], {}, {}, now)
    assert (wait.what, wait.seconds, last.what) == ("Waits for a clinician", 300.0, "Now")
    done = course([state("case", "signed", "retracted", 0)], {}, {}, now)
    assert [part.what for part in done] == ["Retracted"]


def test_everything_stands_on_the_axis_in_order() -> None:
    drawn = chart(
        _course(
            state("case", "drafting", "in_review", 0),
            span("infer", 0.1, 2, case="c"),
            state("case", "in_review", "signed", 7_200, by="ada"),
            span("release", 7_201, 3, release="r"),
        )
    )
    assert drawn is not None
    bars = [bar for line in drawn.lines for bar in line.bars]
    assert all(bar.x >= LEFT and bar.x + bar.width <= LEFT + WIDTH + 3 for bar in bars)
    assert [bar.x for bar in bars] == sorted(bar.x for bar in bars)
    (gap,) = drawn.breaks
    assert gap[1] < WIDTH / 4  # two hours do not press five seconds into a line
    works = [line for line in drawn.lines if line.part.kind == "work"]
    assert all(line.bars[0].width > WIDTH / 6 for line in works)


def test_a_moment_alone_can_be_drawn() -> None:
    drawn = chart(_course(state("source", "", "received", 0)))
    assert drawn is not None
    assert drawn.lines[0].bars[0].width > 0
    assert chart(()) is None


def spans_of(clinic: Clinic, case: CaseId, name: str, *outcomes: str) -> None:
    """Spans as the process of inference leaves them, the last one over the model's run."""
    head, now = clinic.case(case), datetime.now(UTC)
    subject = {"source": str(head.source)} if name == "decode" else {"case": str(case)}
    rows = [
        SpanRow(
            uuid4().hex[:16], uuid4().hex, "", head.encounter, name, "inference",
            now - timedelta(hours=len(outcomes) - number), now + timedelta(seconds=number),
            failed, subject,
        )
        for number, failed in enumerate(outcomes)
    ]  # fmt: skip
    with clinic.databases["inference"].transaction(clinic.tenant, "tests") as unit:
        assert isinstance(unit.timeline, TimelineTables)
        unit.timeline.add_spans(rows)


def test_the_page_names_model_version_and_failures(web: Web, clinician: Browser) -> None:
    case = web.clinic.released()
    spans_of(web.clinic, case, "infer", "engine.failed", "")
    page = clinician.get(f"/encounters/{web.clinic.case(case).encounter}")
    assert "Drafting 2 tries" in page.words
    assert "mean-rate 1" in page.words
    assert "done at try 2; before: engine.failed" in page.words
    assert "Signed Dr Ada Lindqvist (demo)" in page.words
    assert "Written to Stand-in EHR, and read back" in page.words
    assert "Stand-in EHR: written and read back" in page.words
    assert f"/cases/{case}" in page.links
    assert "<svg" in page.source


def test_what_waits_in_a_pause_is_told(web: Web, clinician: Browser) -> None:
    clinic = web.clinic
    pause = clinic.pause(Stop(StopScope.LINE, "vitals"))
    source, head = clinic.upload()
    try:
        decode(clinic.parts("inference"), clinic.job(Step.DECODE, source.id))
        page = clinician.get(f"/encounters/{head.encounter}")
        assert "Paused" in page.words
    finally:
        clinic.resume(pause)


def test_an_encounter_without_anything_teaches(console: Web, clinician: Browser) -> None:
    page = clinician.get(f"/encounters/{console.clinic.encounter()}")
    assert "Nothing happened in this encounter yet." in page.words


def test_another_clinics_encounter_is_not_there(clinician: Browser, neighbour: Clinic) -> None:
    assert clinician.get(f"/encounters/{neighbour.encounter()}").status == 404
