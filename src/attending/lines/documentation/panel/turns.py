"""One turn of the conversation as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

from attending.core.characters import marked
from attending.core.speech import Role, Utterance, Word
from attending.lines.documentation.hearing import clock, is_unsure
from attending.lines.documentation.panel.fate import Passage, Turn

_WHO = {Role.CLINICIAN: "Clinician", Role.PATIENT: "Patient", Role.UNKNOWN: "Speaker"}


def markup(turn: Turn) -> str:
    """``data-rank``: how much its unused passages name, for the order of the unused list."""
    said, state = turn.utterance, _state(turn)
    words = " ".join(map(_passage, turn.passages))
    return (
        f'<li id="{shown(said.id)}" class="utterance {said.role.value} {state}" tabindex="-1" '
        f'data-start="{said.start:.2f}" data-end="{said.end:.2f}" data-rank="{len(turn.misses)}">'
        f'<div class="turn-head"><button type="button" class="when" tabindex="-1">'
        f'<span class="hidden">Play from </span><time>{clock(said.start)}</time></button> '
        f'<span class="speaker">{_speaker(said)}</span></div>'
        f'<p class="words">{words}</p>{_fate(turn)}</li>'
    )


def shown(text: str) -> str:
    """The text as it may stand in an element or an attribute; the unseen in it is named."""
    return escape(marked(text))


def _state(turn: Turn) -> str:
    if not turn.made:
        return "unused"
    return "partly" if turn.unused else "used"


def _speaker(utterance: Utterance) -> str:
    who = _WHO[utterance.role]
    return f"{who} {shown(utterance.speaker)}" if utterance.role is Role.UNKNOWN else who


def _passage(passage: Passage) -> str:
    """``data-t``: hundredths of a second, its start, then how long each word and gap takes."""
    runs = groupby(passage.words, is_unsure)
    words = " ".join(_run(list(run), unsure=unsure) for unsure, run in runs)
    state = "used" if passage.is_used else "unused"
    tells = f' data-tells="{", ".join(passage.tells)}"' if passage.tells else ""
    return f'<span class="said {state}" data-t="{_times(passage.words)}"{tells}>{words}</span>'


def _times(words: Iterable[Word]) -> str:
    """One pair for each blank-separated piece of the text, as ``panel.ts`` finds them there."""
    told: list[int] = []
    at = 0
    for word in words:
        for _ in range(_pieces(word.text)):
            start, end = round(word.start * 100), round(word.end * 100)
            told += [start - at, max(0, end - start)]
            at = max(start, end)
    return " ".join(map(str, told))


def _pieces(text: str) -> int:
    if text.isascii() and text.isprintable() and " " not in text:
        return 1 if text else 0
    return len(marked(text).split())


def _run(words: list[Word], *, unsure: bool) -> str:
    return " ".join(map(_unsure, words)) if unsure else shown(" ".join(w.text for w in words))


def _unsure(word: Word) -> str:
    return (
        f'<mark class="unsure" title="heard with low confidence ({word.confidence:.0%})">'
        f'{shown(word.text)}<span class="hidden"> (heard with low confidence)</span></mark>'
    )


def _fate(turn: Turn) -> str:
    """What was made of it; and of what was left out, what it names."""
    parts = []
    if turn.made:
        first: dict[str, str] = {}
        for made in turn.made:
            first.setdefault(made.section, made.statement)
        links = ", ".join(
            f'<a href="#statement-{shown(statement)}">{shown(section)}</a>'
            for section, statement in first.items()
        )
        parts.append(f"In the note: {links}")
    if turn.misses:
        parts.append(f"Not in the note: {', '.join(turn.misses)}")
    elif not turn.made:
        return '<p class="fate hidden">Not in the note</p>'
    return f'<p class="fate">{". ".join(parts)}</p>' if parts else ""
