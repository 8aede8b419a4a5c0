"""The course of a case: work, waiting and acts, in order, from the events of its encounter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from attending.core.errors import Paused
from attending.core.work import TimelineEvent
from attending.web.console.words import step

NOTICED = timedelta(seconds=1)  # a shorter pause between two steps is not waiting
Kind = Literal["work", "wait", "act"]


@dataclass(frozen=True)
class Try:
    """One try of a step. failed: the error's code, or "" if it was done."""

    start: datetime
    end: datetime
    failed: str


@dataclass(frozen=True)
class Part:
    """One row of a course. by: a model's version, or a person. failed: why it did not go.

    tries: of work alone. An act has no length.
    """

    kind: Kind
    what: str
    start: datetime
    end: datetime
    by: str = ""
    result: str = ""
    failed: bool = False
    tries: tuple[Try, ...] = ()

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


# What a step of a state machine is called, by subject, state before and state after. What
# is not here says nothing that its neighbours do not.
_ACTS: Mapping[tuple[str, str, str], str] = {
    ("source", "", "received"): "Source received",
    ("case", "drafting", "in_review"): "Draft ready to review",
    ("case", "in_review", "signed"): "Signed",
    ("case", "in_review", "rejected"): "Draft rejected",
    ("case", "released", "in_review"): "Opened again, to amend",
    ("case", "released", "signed"): "Retraction signed",
    ("case", "failed", "drafting"): "Put back to work",
    ("case", "failed", "signed"): "Put back to be written",
    ("case", "failed", "in_review"): "Put back into review",
    ("case", "drafting", "failed"): "Given up: waits for a person",
    ("case", "signed", "failed"): "Given up: waits for a person",
    ("case", "signed", "retracted"): "Retracted",
}
_WAITS: Mapping[str, str] = {
    "": "Waits for a worker",
    "drafting": "Waits for a worker",
    "in_review": "Waits for a clinician",
    "signed": "Waits to be written",
    "failed": "Waits for a person to deal with the failure",
    "released": "Stands in the record",
    "rejected": "Rejected",
    "retracted": "Retracted",
}
_ENDS = {"released", "rejected", "retracted"}


def course(
    events: Iterable[TimelineEvent],
    names: Mapping[str, str],
    targets: Mapping[str, str],
    now: datetime | None = None,
) -> tuple[Part, ...]:
    """Of one case. names: of people, by their ids; targets: of record systems, by release.

    now: until when it waits, if it does not stand at an end; None to leave that out.
    """
    held = sorted(events, key=lambda event: event.at)
    works = _works([event for event in held if event.kind == "span"], targets)
    acts = [made for event in held if (made := _act(event, names, targets))]
    parts = sorted([*works, *acts], key=lambda part: part.start)
    states = _States.of(held)
    if parts and now is not None and states.at(now)[0] not in {"", *_ENDS}:
        parts.append(Part("act", "Now", now, now))
    return tuple(_with_waits(parts, states))


def _works(spans: list[TimelineEvent], targets: Mapping[str, str]) -> Iterator[Part]:
    """Tries of the same step on the same subject are one part, until one is done."""
    tried: dict[tuple[str, str], list[TimelineEvent]] = {}
    for span in spans:
        key = (span.name, subject_of(span))
        tried.setdefault(key, []).append(span)
        if span.outcome == "done":
            yield _work(tried.pop(key), targets)
    for left in tried.values():
        yield _work(left, targets)


def subject_of(event: TimelineEvent) -> str:
    """The id of the source, case or release that an event is of."""
    named = (event.attributes.get(name) for name in ("id", "source", "case", "release"))
    return next((str(each) for each in named if each), "")


def _work(spans: list[TimelineEvent], targets: Mapping[str, str]) -> Part:
    last = spans[-1]
    tries = tuple(map(_try, spans))
    failed = [each.failed for each in tries if each.failed]
    target = targets.get(subject_of(last), "")
    return Part(
        kind="work",
        what=step(last.name) + (f" ({target})" if target else ""),
        start=tries[0].start,
        end=tries[-1].end,
        by=str(last.attributes.get("model", "")),
        result=_result(tries, failed),
        failed=bool(tries[-1].failed),
        tries=tries,
    )


def _try(span: TimelineEvent) -> Try:
    end = span.at + timedelta(seconds=span.seconds or 0.0)
    return Try(span.at, end, "" if span.outcome == "done" else span.outcome)


def _result(tries: tuple[Try, ...], failed: list[str]) -> str:
    if not failed:
        return "done"
    why = ", ".join(dict.fromkeys(failed))
    if tries[-1].failed:
        return f"failed: {why}" if len(tries) == 1 else f"{len(tries)} tries failed: {why}"
    return f"done at try {len(tries)}; before: {why}"


def _act(event: TimelineEvent, names: Mapping[str, str], targets: Mapping[str, str]) -> Part | None:
    if event.kind != "state":
        return None
    told = event.attributes
    subject, before, after = (str(told.get(name, "")) for name in ("subject", "from", "to"))
    what = _ACTS.get((subject, before, after), "")
    if (subject, after) == ("release", "written"):
        what = f"Written to {targets.get(str(told['id']), 'the record')}, and read back"
    if (subject, before, after) == ("case", "drafting", "drafting"):
        what = "Paused" if event.outcome == Paused.code else "Goes on"
    if not what:
        return None
    failed = after == "failed"
    by = names.get(event.process, "")
    return Part("act", what, event.at, event.at, by, event.outcome if failed else "", failed)


@dataclass(frozen=True)
class _States:
    """In which state the case was, from when on; and whether it was paused in it."""

    steps: tuple[tuple[datetime, str, bool], ...]

    @classmethod
    def of(cls, events: list[TimelineEvent]) -> _States:
        steps = [
            (event.at, str(event.attributes.get("to", "")), event.outcome == Paused.code)
            for event in events
            if event.kind == "state" and event.attributes.get("subject") == "case"
        ]
        return cls(tuple(steps))

    def at(self, moment: datetime) -> tuple[str, bool]:
        held = [(state, paused) for since, state, paused in self.steps if since <= moment]
        return held[-1] if held else ("", False)


def _with_waits(parts: list[Part], states: _States) -> Iterator[Part]:
    """Between two parts nothing was done: what the case waited for then."""
    until: datetime | None = None
    for part in parts:
        if until is not None and part.start - until >= NOTICED:
            state, paused = states.at(until)
            what = "Waits until the pause is let go" if paused else _WAITS.get(state, "Waits")
            yield Part("wait", what, until, part.start, result="" if state in _ENDS else "waited")
        yield part
        until = max(until or part.end, part.end)
