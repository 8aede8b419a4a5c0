"""A report stands by itself: pictures with words beside them, no script, nothing fetched."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from attending.assurance.evaluation import Request, evaluate
from attending.assurance.report import write_report
from attending.assurance.result import read_result
from attending.assurance.store import Store
from tests.assurance.plain_trial import Scoring, trial

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def page(tmp_path: Path) -> str:
    dataset = tmp_path / "<numbers>.json"
    dataset.write_text("[]")
    done = evaluate(
        trial(dataset, Scoring()), Request(dataset), Store(tmp_path / "s"), lambda *_: None
    )
    written = write_report(done, tmp_path / "report")
    assert read_result(tmp_path / "report" / "result.json") == done.result
    return written.read_text()


def pictures(page: str) -> list[ET.Element]:
    return [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def test_nothing_runs_and_nothing_is_fetched(page: str) -> None:
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=|url\(|@import| on\w+=", page)


def test_every_picture_has_a_title_a_description_and_a_table(page: str) -> None:
    found = pictures(page)
    assert len(found) == 3  # the one without points is left out
    for picture in found:
        title, about = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
        assert title is not None
        assert about is not None
        assert title.text
        assert about.text
        assert picture.get("role") == "img"
        assert picture.get("aria-labelledby") == f"{title.get('id')} {about.get('id')}"
    assert page.count("<summary>The same as a table</summary>") == 3
    ids = [each.get("id") for picture in found for each in picture.iter() if each.get("id")]
    assert len(set(ids)) == len(ids)


def test_names_are_text_never_markup(page: str) -> None:
    assert "By &lt;type&gt; &amp; kind" in page
    assert "t&lt;wo&gt;" in page
    assert "<numbers>" not in page


def test_bars_are_as_long_as_their_values(page: str) -> None:
    bars = [each for each in pictures(page)[0].iter(f"{SVG}rect") if each.get("class") == "bar"]
    first, second = (float(str(bar.get("width"))) for bar in bars)
    assert first / second == pytest.approx(0.5 / 0.2)


def test_the_page_is_whole(page: str) -> None:
    class Open(HTMLParser):
        void = frozenset({"meta", "br"})

        def __init__(self) -> None:
            super().__init__()
            self.stack: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in self.void:
                self.stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.stack.pop() == tag

    parser = Open()
    parser.feed(page)
    assert parser.stack == []
