"""A course drawn over time: where each bar stands on the one axis. The template draws it.

Long spells in which nothing is done would press everything else into a line: they are
drawn shortened, and marked so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from attending.web.console.course import Part

LEFT, WIDTH, RIGHT = 300, 700, 110  # of names, bars, and how long it took
ROW, TOP = 26, 30
SHORTENED = 48  # the width of a long spell
LEAST = 3  # the narrowest bar that can be seen
_LONG = timedelta(seconds=20)


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    failed: bool


@dataclass(frozen=True)
class Line:
    """One part: its bars, or the place of an act."""

    part: Part
    y: int
    bars: tuple[Bar, ...]

    @property
    def after(self) -> float:
        """Where the words behind the bars begin."""
        return max(bar.x + bar.width for bar in self.bars) + 8


@dataclass(frozen=True)
class Chart:
    """ticks: places on the axis and their times. breaks: where a long spell is shortened."""

    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, datetime], ...]
    breaks: tuple[tuple[float, float], ...]

    @property
    def height(self) -> int:
        return TOP + ROW * len(self.lines) + 8

    @property
    def width(self) -> int:
        return LEFT + WIDTH + RIGHT


@dataclass(frozen=True)
class _Stretch:
    """A piece of the axis. x, width: where it is drawn."""

    start: datetime
    end: datetime
    is_shortened: bool
    x: float
    width: float

    def place(self, at: datetime) -> float:
        whole = (self.end - self.start).total_seconds()
        share = (at - self.start).total_seconds() / whole if whole else 0.0
        return self.x + self.width * min(1.0, max(0.0, share))


def chart(parts: Sequence[Part]) -> Chart | None:
    """None for a course in which nothing happened yet."""
    if not parts:
        return None
    stretches = _stretches(parts)
    lines = tuple(
        Line(part, TOP + ROW * number, tuple(_bars(part, stretches)))
        for number, part in enumerate(parts)
    )
    breaks = tuple((each.x, each.width) for each in stretches if each.is_shortened)
    return Chart(lines, tuple(_ticks(stretches)), breaks)


def _bars(part: Part, stretches: Sequence[_Stretch]) -> Iterable[Bar]:
    spells = [(t.start, t.end, bool(t.failed)) for t in part.tries] or [
        (part.start, part.end, part.failed)
    ]
    for start, end, failed in spells:
        x = _place(stretches, start)
        yield Bar(x, max(LEAST, _place(stretches, end) - x), failed)


def _place(stretches: Sequence[_Stretch], at: datetime) -> float:
    for each in stretches:
        if at <= each.end:
            return each.place(at)
    return stretches[-1].place(at)


def _stretches(parts: Sequence[Part]) -> list[_Stretch]:
    """The axis in pieces, from the first moment to the last."""
    pieces = list(_pieces(parts))
    long = sum(shortened for _, _, shortened in pieces)
    rest = sum((end - start).total_seconds() for start, end, short in pieces if not short)
    free = WIDTH - SHORTENED * min(long, WIDTH // SHORTENED // 2)
    made, x = [], float(LEFT)
    for start, end, shortened in pieces:
        share = (end - start).total_seconds() / rest if rest else 1.0
        width = (WIDTH - free) / long if shortened else free * share
        made.append(_Stretch(start, end, shortened, x, width))
        x += width
    return made


def _pieces(parts: Sequence[Part]) -> Iterable[tuple[datetime, datetime, bool]]:
    """Spells of work, and between them those that are to be shortened."""
    spells = sorted((t.start, t.end) for part in parts for t in part.tries)
    busy = sum(((end - start) for start, end in spells), timedelta(0))
    long = max(_LONG, busy / 2)
    moments = sorted({m for p in parts for m in (p.start, p.end)} | {m for s in spells for m in s})
    begun = moments[0]
    for before, after in pairwise(moments):
        idle = not any(start <= before and after <= end for start, end in spells)
        if idle and after - before > long:
            if before > begun:
                yield begun, before, False
            yield before, after, True
            begun = after
    if moments[-1] > begun or begun == moments[0]:
        yield begun, moments[-1], False


def _ticks(stretches: Sequence[_Stretch]) -> Iterable[tuple[float, datetime]]:
    """Where a piece begins and ends, but not so near that the times would meet."""
    last = -1e9
    for at, x in [(stretches[0].start, stretches[0].x)] + [
        (each.end, each.x + each.width) for each in stretches
    ]:
        if x - last >= 70:  # noqa: PLR2004 - the width of a time
            yield x, at
            last = x
