"""An evaluation as a page that stands by itself: tables, pictures, no script, no request."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from attending.assurance.evaluation import Evaluated
from attending.assurance.pictures import cells, headings, svg

_PAGES = Environment(
    loader=PackageLoader("attending.assurance"), autoescape=select_autoescape(default=True)
)


def write_report(done: Evaluated, folder: Path) -> Path:
    """``report.html`` and ``result.json`` in the folder, which is made. Gives the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(done.result.as_json() + "\n", encoding="utf-8")
    page = folder / "report.html"
    page.write_text(report(done), encoding="utf-8")
    return page


def report(done: Evaluated) -> str:
    """The page."""
    drawings = [
        {
            "title": drawing.title,
            "svg": svg(drawing, f"picture{index}"),
            "headings": headings(drawing),
            "rows": list(cells(drawing)),
        }
        for index, drawing in enumerate(done.trial.reading.drawings(done.scores))
        if drawing.points
    ]
    return _PAGES.get_template("report.html").render(result=done.result, drawings=drawings)
