"""Telephone numbers, addresses, e-mails, links and record numbers that nobody said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import WAS_SAID, Examined, drafted
from attending.lines.documentation.checks.wording import talk
from attending.lines.documentation.quantities import in_figures

_STREET = r"street|st\.?|avenue|ave\.?|road|rd\.?|boulevard|blvd\.?|lane|ln\.?|drive|way|court|square|highway|hwy"
_PATTERNS = {
    "e-mail address": re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE),
    "link": re.compile(
        r"\b(?:https?://|www\.)\S+|\b[\w-]{2,}\.(?:com|org|net|gov|edu|io|health|info)\b(?:/\S*)?",
        re.IGNORECASE,
    ),
    "telephone number": re.compile(
        r"(?<![\w.])(?:\+?\d{1,3}[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}\b"
        r"|(?<![\w.-])\d{3}-\d{4}\b|(?<!\w)\+\d[\d\s-]{7,}\d|\b0\d{3,4}[ -]\d{3}[ -]?\d{3,4}\b"
    ),
    "address": re.compile(
        rf"(?<![\w.])\d{{1,5}} (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){{1,3}}(?:(?i:{_STREET}))(?!\w)"
        r"|\b(?:Apt|Suite|P\.?O\.? Box)\.? #?\d+|\b[A-Z]{2} \d{5}(?:-\d{4})?\b"
    ),
    "number of a record": re.compile(
        r"\b(?:mrn|medical record(?: number)?|record (?:number|no)|patient id|account(?: number)?|ssn|"
        r"social security(?: number)?|policy(?: number)?|npi|dea|license(?: number)?|insurance id|"
        r"nhs number|case (?:number|no)|id)\b\.?\s*(?:is|:|#|no\.?)*\s*[A-Z]{0,3}-?\d[\d -]{3,}"
        r"|\b\d{3}-\d{2}-\d{4}\b",
        re.IGNORECASE,
    ),
}


class UnheardContacts:
    """SERIOUS: a way to reach somebody, or a number of theirs, that stands in no word that was said."""

    name: str = "unheard-contact"
    card: CheckCard = CheckCard(
        "Addresses and numbers of contact",
        "whether a telephone number, an address or a record number was made up.",
        (Severity.SERIOUS,),
        asks=WAS_SAID,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"Nobody said the {kind} “{found}”. Take it out unless you know it to be right.",
                found,
            )
            for item in drafted(rendition, draft)
            for kind, found in _unheard(item)
        )


def _unheard(item: Examined) -> Iterator[tuple[str, str]]:
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(item.text):
            if not _heard(item, match.group()):
                yield kind, match.group()


def _heard(item: Examined, found: str) -> bool:
    """By its figures, and by its letters; "at" and "dot" are how signs are spoken."""
    said = talk(item)
    digits = re.sub(r"\D", "", found)
    if digits and digits not in re.sub(r"\D", "", in_figures(said)):
        return False
    letters = [word for word in re.findall(r"[a-z]+", found.lower()) if len(word) > 2]  # noqa: PLR2004 - "at", "st"
    spoken = re.sub(r"[^a-z]", "", said.lower())
    return all(word in spoken or word in {"http", "https", "www"} for word in letters)
