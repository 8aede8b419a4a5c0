"""The page on the guard has each check as the code has it; each check keeps its own card."""

from __future__ import annotations

from pathlib import Path

from attending.core.line import Check, Engines
from attending.lines.documentation import line
from attending.lines.documentation.checks.sampled_judge import SampledJudge

CHECKS: tuple[Check | type[SampledJudge], ...] = (*line(Engines()).checks, SampledJudge)
PAGE = Path(__file__).parents[2] / "docs" / "guard.md"


def row(check: Check | type[SampledJudge]) -> str:
    found = ", ".join(map(str, check.card.severities)) or "none: the draft is not shown"
    off = "never" if check.card.required else "yes"
    return (
        f"| `{check.name}` | {check.card.title} | Looks {check.card.looks_for} | {found} | {off} |"
    )


def test_the_page_has_every_check_as_it_is_and_no_other() -> None:
    told = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert told == [row(check) for check in CHECKS]


def test_what_is_looked_for_reads_as_the_end_of_a_sentence() -> None:
    for check in CHECKS:
        assert check.card.looks_for.startswith("whether ")
        assert check.card.looks_for.endswith(".")
        assert len(check.card.title) <= 40
