"""What a passage names that should not get lost: told by the line's own word lists.

It ranks what was left out of a note, so that the eye falls on it first. It is a hint:
a passage that names nothing of this may matter all the same, and stays in the list.
"""

from __future__ import annotations

import re

from attending.lines.documentation import cues
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.quantities import doses_in, numbers_in

# The weightiest first.
NAMES = ("an allergy", "a medicine", "a dose", "a symptom", "a finding", "a denial", "a number")
_NEGATED = re.compile(r"\b(?:no|not|never|without|none|nor|den(?:y|ies|ied)|\w+n't)\b")


def told_by(text: str) -> tuple[str, ...]:
    """Of ``NAMES``, in their order. Of a question, only the medicines that it names."""
    said = text.lower().replace("’", "'")
    stated = not said.endswith("?")
    counted = numbers_in(said)
    named = (
        stated and cues.ALLERGY.search(said),
        drugs_in(said) or (stated and cues.MEDICATION.search(said)),
        stated and counted and doses_in(said),
        stated and cues.SYMPTOM.search(said),
        stated and cues.EXAMINATION.search(said),
        stated and _denies(said),
        stated and counted,
    )
    return tuple(name for name, found in zip(NAMES, named, strict=True) if found)


def _denies(said: str) -> bool:
    """A "no" beside something of the body, or an answer that is little else."""
    if not _NEGATED.search(said):
        return False
    return bool(cues.SYMPTOM.search(said) or cues.BODY.search(said))
