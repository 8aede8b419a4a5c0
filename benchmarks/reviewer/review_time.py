"""How long a modelled reviewer needs for a note, on the real page and in two plain columns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from attending import app as wiring
from attending.core.case import ModelUse
from attending.core.draft import Draft
from attending.core.ids import CaseId
from attending.core.line import Drafted
from attending.core.support import SupportModel
from attending.settings import Settings
from benchmarks.bench import ROOT, Bench, Figure, median, spread
from benchmarks.reviewer.notes import SeededNote, seeded_notes
from benchmarks.reviewer.page import Review
from benchmarks.reviewer.reader import Reader
from benchmarks.speech_quality import DATA
from tests.browser.chromium import chromium
from tests.browser.conftest import log_in
from tests.browser.ward import Ward, warding
from tests.clinic import Clinic

LIMIT = 120.0  # seconds a note


@dataclass
class _Drafter:
    """A drafter that always gives this draft."""

    drafted: Draft
    model: ModelUse = field(default_factory=lambda: ModelUse("draft", "seeded", "1"))
    egress: str = "local"

    def draft(self, rendition: bytes) -> Drafted:
        return Drafted(self.drafted, rendition, self.model)


def measure(bench: Bench) -> list[Figure]:
    folder = Path(os.environ.get(DATA, ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        bench.tell(f"review: no development data ({DATA}): left out")
        return [Figure("notes reviewed", 0, "", "no development data")]
    notes = seeded_notes(folder)[: bench.pick(40, 8, 1)]
    reviews = []
    with _page(bench.folder) as (ward, page):
        for number, note in enumerate(notes, 1):
            bench.tell(f"review: note {number} of {len(notes)}")
            review = Review(page, note.wrong)
            review.done(f"{ward.url}/cases/{_case(ward, note)}")
            reviews.append(review)
    return _figures(notes, reviews)


@contextmanager
def _page(folder: Path) -> Iterator[tuple[Ward, Page]]:
    with (
        chromium().launched() as browser,
        Clinic.opened(folder, lines='["attending.lines.documentation"]') as clinic,
        warding(clinic) as ward,
        browser.new_context(viewport={"width": 1280, "height": 900}) as context,
    ):
        page = context.new_page()
        log_in(page, ward)
        yield ward, page


@cache
def support() -> SupportModel | None:
    """The judge of support that comes with the product."""
    return wiring.evaluation_engines(Settings()).support


def _case(ward: Ward, note: SeededNote) -> CaseId:
    source, head = ward.upload()
    return ward.drafted(source, head, note.transcript, _Drafter(note.draft), support())


def _figures(notes: list[SeededNote], reviews: list[Review]) -> list[Figure]:
    seconds = [review.reader.seconds for review in reviews]
    alarms = [review.alarms.seconds for review in reviews]
    flagged = sum(len(note.wrong & r.flagged) for note, r in zip(notes, reviews, strict=True))
    opened = sum(len(note.wrong & r.opened) for note, r in zip(notes, reviews, strict=True))
    unopened = sum(len(review.flagged - review.opened) for review in reviews)
    seeded = sum(len(note.wrong) for note in notes)
    plain = [_plain(note).seconds for note in notes]
    return [
        Figure("notes reviewed", len(notes), ""),
        Figure.at_most("a note, on the page", median(seconds), "s", LIMIT, spread(seconds)),
        Figure(
            "of this, findings at statements that were right", median(alarms), "s", spread(alarms)
        ),
        Figure("words of a note", median([note.words for note in notes]), "words"),
        Figure("the same in two plain columns", median(plain), "s", spread(plain)),
        Figure(
            "seeded errors with a finding that were opened",
            opened,
            f"of {flagged}",
            f"{seeded} were seeded",
            "all",
            opened == flagged,
        ),
        Figure.at_most("warnings that were signed unopened", unopened, "", 0),
    ]


def _plain(note: SeededNote) -> Reader:
    """Transcript and note beside each other: all of both is read, then one button pressed."""
    reader = Reader(moves=1)
    reader.words = note.words + sum(len(u.words) for u in note.transcript.utterances)
    return reader
