"""Doubt that the text tags itself with: "[VERIFY]", "???", a blank that was never filled."""

from __future__ import annotations

import re

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import drafted
from attending.lines.documentation.checks.wording import unsaid

_TAG = (
    r"verif(?:y|ied|ication)\b|unclear|inaudible|unintelligible|illegible|unknown|uncertain|unsure|confirm|"
    r"check|tbd|tbc|to be |todo|placeholder|insert|blank|missing|pending|crosstalk|not (?:stated|provided|"
    r"specified|mentioned|documented|given|available)|citation|needs?|see|your |fill|enter|add |specify|"
    r"patient|doctor|clinician|physician|provider|name|first|last|age|date|dob|dos|mrn|sex|gender|dose|dosage|"
    r"medication|drug|number|amount|frequency|address|phone|signature|diagnosis|time|facility|clinic|"
    r"hospital|location|value|result|x+\b|\?|\.\.\."
)
_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (rf"\[\s*(?:{_TAG})[^\]]{{0,80}}\]", re.IGNORECASE),
        ((r"\(\s*(?:verify|tbd|tbc|inaudible|unintelligible|to be (?:confirmed|verified|determined)|"
         r"needs? (?:verification|confirmation|review)|placeholder|insert |\?+)[^)]{0,60}\)"), re.IGNORECASE),
        (r"\{\{?\s*\w[^}]{0,60}\}?\}|<(?:insert|your|patient|name|date|dose|placeholder)\b[^>]{0,60}>",
         re.IGNORECASE),
        (r"\?{2,}|(?<!\w)_{2,}(?!\w)|\*{3,}|\.{5,}", 0),
        (r"\b(?:TBD|TBC|TODO|FIXME|XX+|LOREM IPSUM|N/A N/A)\b", 0),
        ((r"\b(?:please|needs? to be|requires?|must be|should be) (?:verif\w+|double[- ]check\w*)\b|"
         r"\bneeds? (?:verification|clarification from)\b|\bverify (?:this|with the (?:patient|recording|chart))\b"),
         re.IGNORECASE),
        ((r"\bnot (?:clearly |explicitly |specifically )?(?:stated|mentioned|specified|discussed|documented|"
         r"provided|given|audible) (?:in|by) the (?:transcript|conversation|dialogue|audio|text|recording|"
         r"provided)\b"), re.IGNORECASE),
        ((r"\b(?:unable to|cannot|can't|could not) (?:determine|tell|make out|hear|confirm|verify) "
         r"(?:\w+ ){0,4}(?:from|in) the (?:transcript|conversation|audio|recording|dialogue)\b"), re.IGNORECASE),
    )
)  # fmt: skip


class SelfTaggedDoubt:
    """SERIOUS: a mark of doubt, or a blank of a template, that stands in the text itself."""

    name: str = "self-tagged-doubt"
    card: CheckCard = CheckCard(
        "Doubt that the model marked",
        "whether the model marked its own doubt, or left a blank to be filled.",
        (Severity.SERIOUS,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"The draft itself is unsure here: “{found}”. Fill it in, or take it out. "
                f"{item.listen()}",
                found,
            )
            for item in drafted(rendition, draft)
            if (found := unsaid(item, _PATTERNS))
        )
