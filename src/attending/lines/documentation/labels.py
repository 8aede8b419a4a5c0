"""What stands in a note as a label, and says nothing of the patient: "Cardiovascular", "2."."""

# ruff: noqa: SIM905 - rows of words are easier to read than lists

from __future__ import annotations

import re

_NUMBER = re.compile(r"\W*\d{1,2}[.)]\W*")
_SYSTEMS = frozenset(
    """constitutional general appearance head face eyes ears nose mouth throat neck heent ent
    cardiovascular cv cardiac heart vascular respiratory resp pulmonary lungs chest abdomen
    abdominal gastrointestinal gi genitourinary gu musculoskeletal msk back extremities skin
    integumentary neurological neurologic neuro psychiatric psych psychological endocrine
    hematologic hematological lymphatic lymphatics allergic immunologic breasts rectal pelvic
    and exam examination vitals vital signs""".split()
)
_TITLES = frozenset(
    """past medical surgical social family history procedures procedure review of systems ros
    present illness hpi chief complaint subjective objective physical exam examination
    results assessment plan and impression instructions""".split()
)


def is_label(text: str) -> bool:
    """Whether it is a number of a list, or nothing but names of body systems, or a title.

    Words that may be a finding, a medicine or a complaint ("Pain", "Opioids") make it none.
    """
    if _NUMBER.fullmatch(text):
        return True
    words = re.findall(r"[a-z]+", text.lower())
    bare = bool(words) and not any(sign.isdigit() for sign in text)
    return bare and (_SYSTEMS.issuperset(words) or _TITLES.issuperset(words))
