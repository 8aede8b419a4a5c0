"""How sure the recogniser was of a word: one threshold for the guards and for the eye."""

from __future__ import annotations

from attending.core.speech import Word
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.quantities import numbers_in

UNSURE = 0.5  # confidence below which a word is doubtful
UNSURE_FIGURE = 0.6  # a number or a medicine is worth a second look earlier


def is_unsure(word: Word) -> bool:
    """Whether it was heard with so little confidence that it should be listened to."""
    if word.confidence >= UNSURE_FIGURE:
        return False
    return word.confidence < UNSURE or is_figure(word)


def is_figure(word: Word) -> bool:
    """Whether it states a number or names a medicine."""
    return bool(numbers_in(word.text) or drugs_in(word.text))


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 83.2 is "1:23"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"
