"""What is looked at when a concept's context is judged: names of features that hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.lines.documentation.context.cues import cues_in
from attending.lines.documentation.context.lexicon import Cue
from attending.lines.documentation.context.reading import Heading, Reading
from attending.lines.documentation.context.rules import conditional, denied, past
from attending.lines.documentation.context.scope import VERBS, Reach

RULE_DENIED = "rule denied"
RULE_PAST = "rule past"
RULE_CONDITION = "rule condition"
DENIAL_WITHIN = "denial-within"
STATEMENT = "statement"
VERB_WITHIN = "verb within"

_LONG_LASTING = re.compile(
    r"\b(?:hypertension|htn|diabet\w*|dm|hyperlipid\w*|hypercholesterol\w*|cholesterol|copd|asthma|"
    r"emphysema|coronary artery disease|cad|(?:atrial|a) ?-?fib\w*|hypo-?thyroid\w*|"
    r"hyper-?thyroid\w*|dementia|alzheimer\S*|parkinson\S*|gerd|reflux disease|gout|osteo\w+|"
    r"arthritis|rheumatoid|ckd|esrd|renal (?:insufficiency|disease|failure)|hiv|aids|hepatitis|"
    r"cirrhosis|cancer|ca|carcinoma|lymphoma|leukemia|melanoma|adenocarcinoma|myocardial infarction|mi|"
    r"stroke|cva|tias?|dvts?|deep ve\w+ thrombosis|pe's|heart failure|chf|sleep apnea|epilepsy|"
    r"migraines?|anemia|neuropathy|retinopathy|glaucoma|cataracts?|obesity|bph|sickle cell|"
    r"multiple sclerosis|lupus|psoriasis|diverticul(?:osis|itis)|hernia\w*|bipolar|schizophren\w*|"
    r"depressi\w+|anxiety|ptsd|adhd|vascular disease|measles|mumps|varicella|cardiomyopathy|"
    r"scoliosis|polio|tuberculosis|prostate|stones?)\b"
)
_DISEASE = re.compile(
    r"\b(?:insufficiency|chronic\w*|stenosis|syndrome|disorder|disease|itis|\w+opathy|\w+osis|old|"
    r"history|prior|previous|known|healed)\b"
)
_DONE = re.compile(
    r"\b(?:\w+(?:ectomy|ectomies|plasty|otomy|ostomy|scopy)|cabg|bypass|stent\w*|surger\w+|repair|"
    r"replacement|transplant\w*|graft|resection|amputation|lift|pacemaker|fusion|status post|s/p)\b"
)
_HABIT = re.compile(
    r"\b(?:smok\w*|nonsmoker|tobacco|alcohol|etoh|drinks?|drugs?|cocaine|marijuana|heroin|iv drug|"
    r"abuse|packs?|cigarettes?|allerg\w+)\b"
)
_SYMPTOM = re.compile(
    r"\b(?:pain\w*|nausea\w*|vomit\w*|fevers?|chills?|cough\w*|dyspnea|shortness|dizz\w*|headaches?|"
    r"diarrhea|constipation|weak\w*|numb\w*|tingling|swell\w*|bleed\w*|rash\w*|fatigue|syncop\w*|"
    r"palpitations|sweats|wheez\w*|distress|redness|drainage|faint\w*|edema|bruising|lightheaded\w*)\b"
)
_EXAMINED = re.compile(
    r"\b(?:normal|intact|clear|soft|supple|nontender|non-tender|tender\w*|reactive|regular|size|"
    r"pupils|lungs?|heart|abdomen|bowel sounds|murmurs?|moist|atraumatic|unremarkable|within|"
    r"regurgitation|dilated|thickened|enlarge\w*|hypokinetic|ventric\w*|atri\w*|effusion|acute|"
    r"small|mild\w*|moderate\w*|severe\w*|trace|positive|elevated|decreased|distended)\b"
)
_DENIAL_WITHIN = re.compile(
    r"\b(?:no|not|without|non\w+|un(?:remarkable|changed)|negative|normal|intact|clear|denies)\b"
)
_GROUPS = (
    ("lasting", _LONG_LASTING), ("disease", _DISEASE), ("done", _DONE), ("habit", _HABIT), ("symptom", _SYMPTOM),
    ("examined", _EXAMINED), (DENIAL_WITHIN, _DENIAL_WITHIN),
)  # fmt: skip
_NEAR = (0, 1, 3, 6, 12)  # words: bounds of the classes of distance
_LONG = 4  # words: from here on a concept is a whole statement


def features(read: Reading, reach: dict[Cue, Reach]) -> frozenset[str]:
    """Names, each either there or not."""
    groups = _groups(read)
    return frozenset(
        (
            "always",
            *_rules(read, reach, groups),
            *_cues(reach),
            *_words(read),
            *groups,
            *_frame(read),
            *_together(read, reach, groups),
        )
    )


def _rules(read: Reading, reach: dict[Cue, Reach], groups: tuple[str, ...]) -> Iterator[str]:
    if denied(reach):
        yield RULE_DENIED
    if past(read, reach, habitual="habit" in groups):
        yield RULE_PAST
    if conditional(reach):
        yield RULE_CONDITION


def _cues(reach: dict[Cue, Reach]) -> Iterator[str]:
    for cue, found in reach.items():
        if found.ended:
            yield f"{cue} ended"
            continue
        yield f"{cue}"
        yield f"{cue} at {_distance(found.distance)}"
        yield f"{cue} over {min(found.verbs, 2)} verbs"
        yield f"{cue} by {found.phrase}"
        if found.listed:
            yield f"{cue} in a list"


def _words(read: Reading) -> Iterator[str]:
    yield from (f"concept {word}" for word in read.concept)
    yield f"head {read.concept[-1] if read.concept else ''}"
    yield from (f"heading {word}" for word in read.header.split())
    yield f"verb {next((w for w in reversed(read.left) if w in VERBS), 'none')}"
    yield f"verb after {next((w for w in read.right if w in VERBS), 'none')}"


def _groups(read: Reading) -> tuple[str, ...]:
    concept = " ".join(read.concept)
    return tuple(name for name, form in _GROUPS if form.search(concept))


def _frame(read: Reading) -> Iterator[str]:
    yield f"under {read.heading}"
    if read.alone:
        yield "alone"
        yield f"alone under {read.heading}"
    if read.numbered:
        yield "numbered"
    if read.capitalised:
        yield "capitalised"
    if len(read.concept) >= _LONG:
        yield STATEMENT
    if any(word in VERBS for word in read.concept):
        yield VERB_WITHIN
    yield f"concept of {min(len(read.concept), _LONG)}"
    yield f"nearest cue {_nearest(read)}"


def _nearest(read: Reading) -> str:
    found = cues_in(read.left)
    return "/".join(found[-1].cues) if found else "none"


def _together(read: Reading, reach: dict[Cue, Reach], groups: tuple[str, ...]) -> Iterator[str]:
    """What only counts with something else."""
    cues = [cue for cue, found in reach.items() if not found.ended]
    for group in groups:
        yield f"{group} under {read.heading}"
        if read.alone:
            yield f"{group} alone"
        if not cues:
            yield f"{group} without a cue"
        yield from (f"{group} and {cue}" for cue in cues)
    if read.heading is not Heading.NONE:
        yield from (f"{cue} under {read.heading}" for cue in cues)
    yield from (f"{a} with {b}" for a in cues for b in cues if a < b)


def _distance(words: int) -> str:
    return next((f"{bound}" for bound in _NEAR if words <= bound), "far")
