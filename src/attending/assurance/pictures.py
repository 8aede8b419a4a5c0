"""Pictures of an evaluation as static SVG: a title, a description, and no script.

Each stands above a table that says the same; colour carries nothing alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from attending.assurance.evaluation import Drawing

SIDE = 260  # of a square plot, pixels
MARGIN = 46
BAR = 22  # height of a bar
LABEL = 190  # width of the labels of bars
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def svg(drawing: Drawing, name: str) -> Markup:
    """The picture, every text in it escaped. name: makes its ids unique on a page."""
    width, height, shapes = _bars(drawing) if drawing.kind == "bars" else _square(drawing)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' width="{width}" height="{height}" role="img"'
        ' aria-labelledby="{name}-title {name}-about">'
        '<title id="{name}-title">{title}</title>'
        '<desc id="{name}-about">{about}</desc>{shapes}</svg>'
    ).format(
        width=width,
        height=height,
        name=name,
        title=drawing.title,
        about=described(drawing),
        shapes=Markup("").join(shapes),
    )


def described(drawing: Drawing) -> str:
    """What the picture shows, in a sentence."""
    if drawing.kind == "roc":
        return "Share of negatives across, share of positives up, at every threshold."
    if drawing.kind == "reliability":
        return "Mean probability of each bin across, share that was so up; the diagonal is right."
    highest = max(zip(drawing.points, drawing.labels, strict=True), default=None)
    if highest is None:
        return "There is nothing to show."
    return f"Bars with their 95 % intervals; the highest is {highest[1]}, {highest[0][0]:.2f}."


def headings(drawing: Drawing) -> tuple[str, ...]:
    """The heads of the table beside the picture."""
    return {
        "roc": ("share of negatives", "share of positives"),
        "reliability": ("mean probability", "share that was so", "items"),
        "bars": ("", "value", "low", "high"),
    }[drawing.kind]


def cells(drawing: Drawing) -> Iterator[tuple[str, ...]]:
    """The rows of that table; of a long curve every so many points."""
    if drawing.kind == "bars":
        for label, point in zip(drawing.labels, drawing.points, strict=True):
            yield (label, *(f"{value:.3f}" for value in point))
        return
    step = max(1, len(drawing.points) // 20)
    for point in drawing.points[::step]:
        first, second, *rest = point
        yield (f"{first:.3f}", f"{second:.3f}", *(f"{value:.0f}" for value in rest))


def _square(drawing: Drawing) -> tuple[int, int, list[Markup]]:
    """A unit square with a diagonal; points joined, and marked where they are few."""
    across, up = headings(drawing)[:2]
    parts = [*_frame(), _text(MARGIN + SIDE / 2, SIDE + MARGIN + 34, across, "middle")]
    parts.append(_text(14, 14, up, "start"))
    at = [(_x(point[0]), _y(point[1])) for point in drawing.points]
    if at:
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(Markup('<polyline points="{}" fill="none" class="curve"/>').format(joined))
    if drawing.kind == "reliability":
        mark = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4" class="mark"/>')
        parts.extend(mark.format(x, y) for x, y in at)
    return SIDE + 2 * MARGIN, SIDE + 2 * MARGIN, parts


def _frame() -> Iterator[Markup]:
    frame = Markup('<rect x="{}" y="{}" width="{}" height="{}" class="frame"/>')
    yield frame.format(MARGIN, MARGIN - 20, SIDE, SIDE)
    diagonal = Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="diagonal"/>')
    yield diagonal.format(_x(0), _y(0), _x(1), _y(1))
    for tick in _TICKS:
        yield _text(_x(tick), _y(0) + 16, f"{tick:g}", "middle")
        yield _text(_x(0) - 6, _y(tick) + 4, f"{tick:g}", "end")


def _bars(drawing: Drawing) -> tuple[int, int, list[Markup]]:
    """A bar for each label, from 0 to 1, its interval as a line, its value in figures."""
    parts: list[Markup] = []
    bar = Markup('<rect x="{}" y="{}" width="{:.1f}" height="{}" class="bar"/>')
    interval = Markup('<line x1="{:.1f}" y1="{}" x2="{:.1f}" y2="{}" class="interval"/>')
    for index, (label, point) in enumerate(zip(drawing.labels, drawing.points, strict=True)):
        value, low, high = point[:3]
        top = 8 + index * (BAR + 8)
        middle = top + BAR / 2
        parts += [
            _text(LABEL - 8, middle + 4, label, "end"),
            bar.format(LABEL, top, SIDE * value, BAR),
            interval.format(LABEL + SIDE * low, middle, LABEL + SIDE * high, middle),
            _text(LABEL + SIDE + 10, middle + 4, f"{value:.2f}", "start"),
        ]
    return LABEL + SIDE + 70, 16 + len(drawing.points) * (BAR + 8), parts


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    shape = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    return shape.format(x, y, anchor, text)


def _x(share: float) -> float:
    return MARGIN + SIDE * share


def _y(share: float) -> float:
    return MARGIN - 20 + SIDE * (1 - share)
