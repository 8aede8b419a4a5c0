"""Pieces of JSON, markdown or code, and headings that stand inside a statement."""

from __future__ import annotations

import re

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.soap import Part, heading

_CODE = tuple(
    re.compile(pattern)
    for pattern in (
        r"[{}]|\[\s*[\"{\]]|[\"'\]]\s*\]|\"\s*:\s*[\"\[{\d]|[\"']\s*,\s*[\"']",
        r"\\[nrtu\"]|\\u[0-9a-fA-F]{4}",
        r"`{1,3}|\*\*|(?:^|\n)\s*#{1,6}\s|(?:^|\n)\s*\|.*\||\|\s*-{3,}|!?\[[^\]]*\]\(",
        r"</?(?:[a-z][a-z0-9]{0,10})(?:\s[^>]{0,80})?/?>|&(?:nbsp|amp|lt|gt|quot);",
        r"\b(?:def|function|class|import|return|var|const|print|console\.log)\b\s?\w*\(|==|=>|\(\);",
    )
)
_KEY = re.compile(
    r"\b(?:" + "|".join(part.value for part in Part if "_" in part.value) + r"|u\d+(?:, ?u\d+)+)\b"
)
_EMPTY = re.compile(
    r"^\W*(?:null|undefined|nan|true|false|string|empty|text|statement|section)?\W*$",
    re.IGNORECASE,
)
_HEADINGS = re.compile(
    r"(?:^|[.;\n])[\s•*-]*(?P<heading>"
    + "|".join(
        (*(heading(part) for part in Part), "Subjective", "Objective", "HPI", "Assessment and plan",
         "Physical exam(?:ination)?", "Past medical history", "Review of systems", "ROS")
    )
    + r")\s*:\s",
    re.IGNORECASE,
)  # fmt: skip


class Fragments:
    """SERIOUS: remains of a machine's notation, or nothing at all. CAUTION: headings within."""

    name: str = "fragment"
    card: CheckCard = CheckCard(
        "Fragments of code",
        "whether fragments of JSON, markup or code stand in a statement.",
        (Severity.SERIOUS, Severity.CAUTION),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            finding
            for item in drafted(rendition, draft)
            if (finding := self._of_code(item) or self._of_headings(item))
        )

    def _of_code(self, item: Examined) -> Finding | None:
        found = next((m.group() for p in (*_CODE, _KEY) if (m := p.search(item.text))), None)
        if found is None and not _EMPTY.match(item.text):
            return None
        shown = (found or item.text).strip()
        why = f"“{shown}” is a machine's notation, not a sentence: what stood here may be cut off."
        return item.finding(self.name, Severity.SERIOUS, why, shown)

    def _of_headings(self, item: Examined) -> Finding | None:
        found = [match["heading"] for match in _HEADINGS.finditer(item.text)]
        begins = item.text.lstrip("•*- ").lower()
        inside = [name for name in found if not begins.startswith(name.lower())]
        if not inside and len(found) < 2:  # noqa: PLR2004 - one may stand at the beginning
            return None
        why = f"The heading “{(inside or found)[0]}” stands inside a statement: two may be run together."
        return item.finding(self.name, Severity.CAUTION, why, (inside or found)[0])
