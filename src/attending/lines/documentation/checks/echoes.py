"""The prompt, or the frame of a conversation with a model, come back as if it were a note."""

from __future__ import annotations

import re
from functools import cache

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.checks.wording import unsaid, was_said, words
from attending.lines.documentation.generative.prompt import prompt

LENGTH = 6  # words in a row of the prompt that are no chance

# Nobody speaks these signs.
_MARKERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"<\|?/?(?:im_start|im_end|system|assistant|user|endoftext|eot_id|begin_of_text|s|inst)\|?>",
        r"\[/?INST\]|<<SYS>>|#{2,}\s*(?:instruction|response|input|output|system|user|assistant)",
        (
            r"(?:^|[\n.“\"]\s*)(?:doctor|patient|clinician|physician|assistant|user|system|human|ai|bot|"
            r"nurse|interviewer|speaker ?\d?|s\d|d|p|dr)\s*:\s"
            r"|\[(?:doctor|patient|clinician|speaker ?\w*|turn ?\d*)\]"
        ),
    )
)
_FRAME = (
    re.compile(
        r"\b(?:summari[sz]e|rewrite|convert|transcribe|generate|write|create|extract) (?:the|this|a|an) "
        r"(?:following|above|below|given|provided|transcript|conversation|dialogue|clinical note|note|"
        r"summary|consultation)\b"
        r"|\b(?:answer|respond|reply) (?:only )?(?:with|in) (?:one |a |valid )?json\b"
        r"|\byou (?:are|will be) (?:given|provided|asked)\b|\byour task is\b"
        r"|\bthe (?:output|answer|response) (?:should|must)\b",
        re.IGNORECASE,
    ),
)


class PromptEcho:
    """SERIOUS: six words in a row of our instructions, or a marker of who speaks to a model."""

    name: str = "prompt-echo"
    card: CheckCard = CheckCard(
        "Echoes of the instructions",
        "whether a statement repeats the model's instructions or a speaker's mark.",
        (Severity.SERIOUS,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"“{found}” comes from the instructions to the model, not from the conversation.",
                found,
            )
            for item in drafted(rendition, draft)
            if (found := _marked(item.text) or unsaid(item, _FRAME) or _instructed(item))
        )


def _marked(text: str) -> str:
    found = next((m.group() for pattern in _MARKERS if (m := pattern.search(text))), "")
    return found.strip(" .\n")


def _instructed(item: Examined) -> str:
    said = words(item.text)
    for start in range(len(said) - LENGTH + 1):
        run = " ".join(said[start : start + LENGTH])
        if run in _runs() and not was_said(item, run):
            return run
    return ""


@cache
def _runs() -> frozenset[str]:
    told = words(prompt().text)
    return frozenset(" ".join(told[n : n + LENGTH]) for n in range(len(told) - LENGTH + 1))
