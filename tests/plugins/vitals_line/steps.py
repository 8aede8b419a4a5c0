"""The sample line's steps. The rendition is a JSON list of [minute, heart_rate]."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from attending.core.case import Case, ModelUse
from attending.core.draft import Draft, Finding, Mask, Measurement, Section, Severity, Statement
from attending.core.entry import Content
from attending.core.errors import UnreadableSource
from attending.core.evidence import TimeSpan
from attending.core.line import Check, CheckCard, Decoded, Drafted, DraftingEngine, Listening, Panel
from tests.plugins.vitals_line.gates import pass_gate

MODEL = ModelUse("infer", "mean-rate", "1")
DECODER = ModelUse("decode", "csv", "1")
FAST = 100.0  # beats a minute
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class MeanRate:
    """The mean heart rate, and the mask of minutes above FAST."""

    model: ModelUse = MODEL
    egress: str = "local"

    def draft(self, rendition: bytes) -> Drafted:
        pass_gate("infer")
        rows = json.loads(rendition)
        rates = [rate for _, rate in rows]
        whole = TimeSpan(rows[0][0] * 60.0, rows[-1][0] * 60.0 + 60, channel="heart_rate")
        mean = Statement(
            "rate.1", Measurement("Heart rate, mean", sum(rates) / len(rates), "/min"), (whole,)
        )
        mask = Mask("Minutes above 100", (len(rates),), _runs([rate > FAST for rate in rates]))
        sections = (
            Section("rate", "Heart rate", (mean,)),
            Section("fast", "Fast minutes", (Statement("fast.1", mask, (whole,)),)),
        )
        return Drafted(Draft("Vitals", sections), rendition, self.model)


def _runs(flags: list[bool]) -> tuple[int, ...]:
    """Lengths of alternating stretches, the first one outside."""
    runs, current = [0], False
    for flag in flags:
        if flag != current:
            runs.append(0)
            current = flag
        runs[-1] += 1
    return tuple(runs)


FAST_CARD = CheckCard("Fast minutes", "whether a minute is fast.", (Severity.SERIOUS,))


@dataclass(frozen=True)
class FastRate:
    name: str = "fast-rate"
    card: CheckCard = FAST_CARD

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        pass_gate("guard")
        if all(rate <= FAST for _, rate in json.loads(rendition)):
            return ()
        return (
            Finding(
                self.name, "rate", "rate.1", Severity.SERIOUS, "Some minutes are above 100/min."
            ),
        )


@dataclass(frozen=True)
class VitalsPanel:
    assets: Path | None = None

    def html(self, rendition: bytes, case: Case, recording: str) -> str:
        cells = "".join(f"<td>{html.escape(str(rate))}</td>" for _, rate in json.loads(rendition))
        return f'<table class="vitals"><tr>{cells}</tr></table>'


@dataclass(frozen=True)
class VitalsLine:
    name: str = "vitals"
    title: str = "Vitals"
    media_types: frozenset[str] = frozenset({"text/csv"})
    migrations: Path | None = MIGRATIONS
    engine: DraftingEngine = field(default_factory=MeanRate)
    others: tuple[DraftingEngine, ...] = ()  # that a rollout may choose
    checks: tuple[Check, ...] = (FastRate(),)
    panel: Panel = field(default_factory=VitalsPanel)
    decoder: ModelUse | None = DECODER
    listening: Listening | None = None

    @property
    def engines(self) -> tuple[DraftingEngine, ...]:
        return (self.engine, *self.others)

    def decode(
        self, source: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Decoded:
        pass_gate("decode")
        try:
            with source.open(newline="", encoding="utf-8") as file:
                rows = [(int(m), float(rate)) for m, rate in csv.reader(file)]
        except (ValueError, UnicodeDecodeError) as error:
            raise UnreadableSource("This is not a CSV of minutes and heart rates.") from error
        if not rows:
            raise UnreadableSource("The CSV has no rows.")
        progress(1.0)
        kept = tuple({"minute": minute, "heart_rate": rate} for minute, rate in rows)
        return Decoded(
            json.dumps(rows).encode(),
            DECODER,
            rows={"vitals_windows": kept},
        )

    def render(self, title: str, sections: tuple[Section, ...]) -> Content:
        text = "\n\n".join(f"{section.title}\n{section.text}" for section in sections)
        body = "".join(
            f"<h2>{html.escape(section.title)}</h2><p>{html.escape(section.text)}</p>"
            for section in sections
        )
        return Content(title, text, f"<div><h1>{html.escape(title)}</h1>{body}</div>")
