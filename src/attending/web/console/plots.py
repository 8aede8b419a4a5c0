"""A series as a picture that the server draws: where each point stands, in an SVG's units."""

from __future__ import annotations

from dataclasses import dataclass

from attending.learning.series import Series

WIDTH, HEIGHT, EDGE = 640, 120, 8


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    is_alarm: bool


@dataclass(frozen=True)
class Plot:
    """is_alarm of the first alarm alone. first, second: heights of the halves' means; None while there are none. top: at its edge."""

    dots: tuple[Dot, ...]
    middle: float
    first: float | None
    second: float | None
    top: float


def plot(series: Series) -> Plot:
    values = [each.value for each in series.values]
    top = max(*values, 0.0) or 1.0
    alarms = {id(each) for each in series.alarms[:1]}
    across = max(len(values) - 1, 1)
    dots = tuple(
        Dot(
            round(EDGE + (WIDTH - 2 * EDGE) * place / across, 1),
            _height(each.value, top),
            id(each) in alarms,
        )
        for place, each in enumerate(series.values)
    )
    half = series.halves
    return Plot(
        dots,
        WIDTH / 2,
        _height(half.first, top) if half else None,
        _height(half.second, top) if half else None,
        top,
    )


def _height(value: float, top: float) -> float:
    return round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value / top, 1)
