"""Series over many notes: per model version, and per section, reason or check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attending.core.learned import ReviewedNote
from attending.learning.chart import ALLOWED, Chart, chart
from attending.learning.comparison import Halves, halves
from attending.learning.outcomes import MEASURES, WHOLE, is_acted_on, model_of, of_note, of_section

# The reasons that the review page offers; any other may name a patient, and is not told.
USUAL_REASONS = (
    "It was not said",
    "It is wrong",
    "It is not relevant",
    "It belongs elsewhere",
)
OTHER, NONE = "another reason", "no reason given"


class Kind(StrEnum):
    """What a series is of, besides its model."""

    SECTION = "section"
    REASON = "reason"
    CHECK = "check"


@dataclass(frozen=True)
class Value:
    case: str
    at: datetime  # of the signature
    value: float


@dataclass(frozen=True)
class Series:
    """values: one a note, oldest first. chart: None while there are too few."""

    model: str
    kind: Kind
    of: str
    measure: str
    values: tuple[Value, ...]
    halves: Halves | None
    chart: Chart | None

    @property
    def mean(self) -> float:
        return sum(each.value for each in self.values) / len(self.values)

    @property
    def alarms(self) -> tuple[Value, ...]:
        """Where the chart says that something changed."""
        if self.chart is None:
            return ()
        return tuple(self.values[self.chart.baseline + place] for place in self.chart.alarms)


Key = tuple[str, Kind, str, str]


def series(notes: Iterable[ReviewedNote], allowed: float = ALLOWED) -> tuple[Series, ...]:
    """allowed: false alarms of each chart, of all notes. The first half is its baseline."""
    found: dict[Key, list[Value]] = defaultdict(list)
    for note in sorted(notes, key=lambda each: (each.signed_at, each.case)):
        for key, value in _values(note):
            found[key].append(Value(str(note.case), note.signed_at, value))
    return tuple(
        _series(key, tuple(values), allowed) for key, values in sorted(found.items(), key=_order)
    )


def _order(item: tuple[Key, list[Value]]) -> tuple[object, ...]:
    """The note before its sections; measures as MEASURES has them."""
    model, kind, of, measure = item[0]
    return model, list(Kind).index(kind), of != WHOLE, of, list(MEASURES).index(measure)


def _series(key: Key, values: tuple[Value, ...], allowed: float) -> Series:
    plain = [each.value for each in values]
    return Series(*key, values, halves(plain), chart(plain, len(plain) // 2, allowed))


def _values(note: ReviewedNote) -> Iterator[tuple[Key, float]]:
    model = model_of(note)
    for measure, value in of_note(note).items():
        yield (model, Kind.SECTION, WHOLE, measure), value
    for section in note.sections:
        if section.drafted or section.signed:
            for measure, value in of_section(section).items():
                yield (model, Kind.SECTION, section.key, measure), value
    for reason, part in _reasons(note):
        yield (model, Kind.REASON, reason, "sections"), part
    for check, part in _checks(note):
        yield (model, Kind.CHECK, check, "findings_accepted"), part


def _reasons(note: ReviewedNote) -> Iterator[tuple[str, float]]:
    """Of the sections with words: the share that was edited or rejected for each reason."""
    sections = [each for each in note.sections if each.drafted or each.signed]
    given = [_told(each.reason) for each in sections if each.signed != each.drafted]
    for reason in (*USUAL_REASONS, OTHER, NONE):
        if sections:
            yield reason, given.count(reason) / len(sections)


def _told(reason: str) -> str:
    if not reason.strip():
        return NONE
    return reason if reason in USUAL_REASONS else OTHER


def _checks(note: ReviewedNote) -> Iterator[tuple[str, float]]:
    """Of each check's findings in the note: the share that was acted on."""
    acted: dict[str, list[bool]] = defaultdict(list)
    for section in note.sections:
        for finding in section.findings:
            acted[finding.check].append(is_acted_on(section, finding))
    for check, each in acted.items():
        yield check, sum(each) / len(each)
