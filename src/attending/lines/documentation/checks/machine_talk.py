"""A text that speaks of itself, or hedges: "as an AI", "please note", "I hope this helps"."""

from __future__ import annotations

import re

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import drafted
from attending.lines.documentation.checks.wording import unsaid

_TOLD = (
    r"(?:transcript|conversation|dialogue|dialog|provided (?:text|information|context)|recording)"
)
_MADE = r"(?:note|summary|draft|documentation|response|answer|output|version|report|json|soap|transcript)"

_OF_ITSELF = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (r"\bas an? (?:large |helpful |medical |virtual )?(?:a\.?i\.?\b|artificial intelligence|language model|"
        r"assistant|chatbot|llm|machine)"),
        r"\bi(?:'m| am) (?:just |only |merely )?an? (?:a\.?i\.?\b|language model|assistant|chatbot|llm|virtual)",
        r"\bi(?:'m| am) (?:sorry|unable|not able|here to (?:help|assist))\b",
        (r"\bi (?:cannot|can't|can not|am unable to|do not have|don't have)(?: \w+){0,2} "
        r"(?:assist|provide|help|access|comply|generate|fulfil\w*|diagnose|offer|information|enough|give)\b"),
        rf"\bhere(?:'s| is| are) (?:the|a|your|an|my) (?:\w+ ){{0,4}}{_MADE}\b",
        r"\bi hope (?:this|that|it|you)\b", r"\blet me know (?:if|how|what)\b", r"\bfeel free to\b",
        r"\b(?:is there )?anything else (?:i can|you(?:'d| would) like)\b", r"\bas (?:you )?requested\b",
        rf"\b(?:based on|according to|in|from|per) (?:the|this) (?:\w+ )?{_TOLD}\b",
        rf"\bthe {_TOLD} (?:is|was|shows|states|mentions|does not|doesn't|ends|begins|indicates|suggests)\b",
        rf"\b(?:this|the following|the above|below) (?:is (?:a|an|the|my) )?(?:\w+ )?{_MADE}\b",
        r"^(?:certainly|sure|of course|absolutely|okay)[!,.:] (?:here|i|the|let)\b",
        r"\b(?:your|my) (?:prompt|instructions?|query|request|training data|knowledge cutoff)\b",
        r"\bthe user(?:'s)?\b", r"\bopenai\b|\bchatgpt\b|\bsmollm\b|\bhugging ?face\b",
    )
)  # fmt: skip
_HEDGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bplease (?:note|be advised|be aware|remember|keep in mind)\b",
        (r"\bit(?:'s| is| should be| must be) (?:also )?(?:important|worth|essential|crucial|necessary|vital)? ?"
        r"(?:to )?(?:note|noting|noted|remember|mention|mentioning|emphasi[sz]e) that\b"),
        r"\bit is (?:important|essential|crucial|always best|advisable) (?:to|that)\b",
        (r"\b(?:consult|see|speak (?:to|with)|contact|talk to) (?:with )?(?:a|your|an|the) (?:\w+ )?(?:qualified |licensed )?"
        r"(?:healthcare|health care|medical) (?:professional|provider|practitioner|advice)\b"),
        r"\bseek (?:immediate |professional |prompt )?(?:medical|professional) (?:advice|help|attention) (?:if|from)\b",
        r"\bnot (?:a )?(?:substitute|replacement) for\b", r"\b(?:medical|legal) disclaimer\b",
        r"\bfor (?:informational|educational|illustrative) purposes\b", r"\bresults may vary\b",
        r"\b(?:in conclusion|to summari[sz]e)\b",
    )
)  # fmt: skip


class MachineTalk:
    """SERIOUS: a statement that speaks of itself or of its maker. CAUTION: one that hedges."""

    name: str = "machine-talk"
    card: CheckCard = CheckCard(
        "Talk of the machine",
        "whether a statement hedges, or speaks of itself as a machine.",
        (Severity.SERIOUS, Severity.CAUTION),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        for item in drafted(rendition, draft):
            if found := unsaid(item, _OF_ITSELF):
                why = f"“{found}” is a machine speaking of its own work. It belongs in no note."
                findings.append(item.finding(self.name, Severity.SERIOUS, why, found))
            elif found := unsaid(item, _HEDGES):
                why = f"“{found}” is a turn of phrase that nobody said. {item.listen()}"
                findings.append(item.finding(self.name, Severity.CAUTION, why, found))
        return tuple(findings)
