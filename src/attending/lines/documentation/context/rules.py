"""What the cues alone say: the judgement before anything was learned."""

from __future__ import annotations

from attending.lines.documentation.context.lexicon import Cue
from attending.lines.documentation.context.reading import Heading, Reading
from attending.lines.documentation.context.scope import Reach

_NEAR = 3  # words: how far "previous" carries
_CLOSE = 2  # words: how far "not" carries
_AFTERWARDS = 4  # words: how far what follows a concept carries back
_UNCERTAIN = 6  # words


def denied(reach: dict[Cue, Reach]) -> bool:
    return (
        _holds(reach, Cue.DENIED, verbs=1)
        or _holds(reach, Cue.NOT, within=_CLOSE)
        or _holds(reach, Cue.DENIED_AFTER, within=_AFTERWARDS)
        or _holds(reach, Cue.GONE_AFTER, within=_AFTERWARDS, verbs=1)
    )


def past(read: Reading, reach: dict[Cue, Reach], *, habitual: bool) -> bool:
    """habitual: whether the concept is a habit or an allergy, which a patient has had for long."""
    return (
        read.heading in {Heading.PAST, Heading.SOCIAL}
        or habitual
        or _holds(reach, Cue.PAST, verbs=1)
        or _holds(reach, Cue.FORMER, within=_NEAR)
        or _holds(reach, Cue.PAST_AFTER, within=_AFTERWARDS)
    )


def conditional(reach: dict[Cue, Reach]) -> bool:
    return _holds(reach, Cue.CONDITION, verbs=9)


def uncertain(reach: dict[Cue, Reach]) -> bool:
    return _holds(reach, Cue.UNCERTAIN, within=_UNCERTAIN, verbs=1) or _holds(
        reach, Cue.UNCERTAIN_AFTER, within=_AFTERWARDS, verbs=1
    )


def of_another(read: Reading, reach: dict[Cue, Reach]) -> bool:
    return read.heading is Heading.FAMILY or _holds(reach, Cue.OTHER, verbs=2)


def _holds(reach: dict[Cue, Reach], cue: Cue, within: int = 99, verbs: int = 0) -> bool:
    found = reach.get(cue)
    return (
        found is not None and not found.ended and found.distance <= within and found.verbs <= verbs
    )
