"""Stopped for continued, increased for decreased, declined for prescribed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.fidelity.signals.words import Word

_WORDS = {
    "start": "start starts started starting initiate initiated initiating begin begins began add adding added put place placed resume restart",
    "prescribe": "prescribe prescribed prescribes prescribing prescription provided given give giving send sending order ordered",
    "continue": "continue continues continued continuing keep keeping stay maintain remain",
    "stop": "stop stops stopped stopping discontinue discontinues discontinued discontinuing discontinuation cease refrain quit hold holding avoid off",
    "decline": "decline declined declines refuse refused refuses",
    "increase": "increase increases increased increasing raise raised up double doubled escalate titrate",
    "decrease": "decrease decreases decreased decreasing lower lowered lowering reduce reduced reducing reduction cut down taper wean less",
    "improve": "improve improves improved improving improvement better resolve resolved relieves alleviates helps help",
    "worsen": "worsen worsens worsened worsening worse aggravates aggravated exacerbates",
    "high": "high higher elevated",
    "low": "low",
    "refill": "refill refills refilled",
}
_CLASS = {word: name for name, words in _WORDS.items() for word in words.split()}
_AGREES = {
    "start": {"start", "prescribe", "continue"},
    "prescribe": {"start", "prescribe", "continue", "refill"},
    "continue": {"continue", "refill", "start"},
    "refill": {"refill", "continue", "prescribe"},
    "increase": {"increase", "high", "start"}, "high": {"high", "increase"},
    "decrease": {"decrease", "low", "stop"}, "low": {"low", "decrease"},
}  # fmt: skip
_OPPOSED = {
    "start": {"stop"}, "prescribe": {"stop", "decline"}, "continue": {"stop"}, "refill": {"stop"},
    "stop": {"start", "continue", "increase", "prescribe", "refill"},
    "decline": {"prescribe", "start", "continue", "refill"},
    "increase": {"decrease", "low"}, "decrease": {"increase", "high"},
    "improve": {"worsen"}, "worsen": {"improve"}, "high": {"low"}, "low": {"high"},
}  # fmt: skip
_TAKES_OFF = frozenset(
    {
        "come",
        "take",
        "taken",
        "took",
        "hold",
        "get",
        "wean",
        "go",
        "her",
        "him",
        "you",
        "weaned",
        "came",
        "went",
    }
)
_NOT = frozenset({"not", "failed", "without", "no", "never", "unable"})
_DENIED = {"start": "stop", "prescribe": "decline", "continue": "stop", "stop": "continue"}
_RARE = frozenset({"stop", "decline", "decrease"})  # notes seldom say so where talk does not
_OBJECT = 7  # words after an action that may be what it is done to
_CLOSE = 5  # words between them, up to which it is surely meant
_AFTER = 0.6  # what counts of an action word that follows
_TAKES = frozenset({"take", "takes", "taking", "use", "uses", "using"})
_TAKEN = 3  # words from one of these to its medicine
_SAID = 9  # words between them where people talk
_OVER = frozenset({",", ".", ";", "but", "however", "to", "for", "until"})


@dataclass(frozen=True)
class _Act:
    kind: str
    written: str
    objects: frozenset[str]
    medicine: bool  # whether it is done to a medicine


class OtherAction:
    """By what was said near the thing that it is done to."""

    name: str = "action"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        if stated.title:
            return None
        found = [self._doubt(reading.said, act) for act in _acts(stated)]
        return max((s for s in found if s), key=lambda s: s.strength, default=None)

    def _doubt(self, said: Said, act: _Act) -> Signal | None:
        known = [stem for stem in act.objects if stem in said.places]
        if not known or act.kind not in _OPPOSED:
            return None
        agrees, against, place = _heard(said, act, known)
        if against > agrees:
            strength = against / (against + 1.5 * agrees + 0.4)
            quote = said.quote(place)
            why = f"“{act.written}”: the conversation says the opposite of {', '.join(sorted(known))}."
            return Signal(self.name, strength, why, quote)
        if (
            act.kind in _RARE
            and not act.written.startswith("avoid")
            and not agrees
            and (act.medicine or not _ever(said, act))
        ):
            why = f"Nobody said to {act.kind} {', '.join(sorted(known))}."
            return Signal(self.name, 0.55, why, said.quote(said.places[known[0]][0]))
        return None


def _acts(stated: Stated) -> Iterator[_Act]:
    for index, word in enumerate(stated.words):
        kind = _CLASS.get(word.text)
        if kind is None or _NOT & {w.text for w in stated.words[max(0, index - 4) : index]}:
            continue
        after = _until(stated.words[index + 1 : index + 1 + _OBJECT])
        objects = frozenset(w.stem for w in after if w.telling and w.text not in _CLASS)
        before = stated.words[max(0, index - _OBJECT) : index]
        objects = objects or frozenset(w.stem for w in before if w.telling and w.text not in _CLASS)
        medicine = any(w.drug for w in (*before, *after) if w.stem in objects)
        yield _Act(kind, " ".join(w.text for w in (word, *after)), objects, medicine)


def _until(words: Sequence[Word]) -> Sequence[Word]:
    """Up to where another thing begins; a "to" right at the start is passed over."""
    for index, word in enumerate(words):
        if (word.text in _OVER and index > 1) or (word.text in _CLASS and index):
            return words[:index]
    return words


def _heard(said: Said, act: _Act, known: Sequence[str]) -> tuple[float, float, int]:
    """How much was said for, and against, an action on these things, and where against."""
    agrees = against = 0.0
    where, most = -1, 0.0
    for place in {p for stem in known for p in said.places[stem]}:
        fits = said.likeness(act.objects, place)
        for near in said.near(place, _SAID):
            kind = _kind(said, near) or _taken(said, act, near, place)
            share = fits * fits * _bound(said, near, place)
            if kind in _AGREES.get(act.kind, {act.kind}):
                agrees += share
            elif kind in _OPPOSED[act.kind]:
                against += share
                where, most = (place, share) if share > most else (where, most)
    return min(agrees, 3.0), min(against, 3.0), where


def _bound(said: Said, near: int, place: int) -> float:
    """How surely an action word is about the word at a place: best right before it.

    Not at all where another medicine stands between them.
    """
    low, high = sorted((near, place))
    here = said.words[place]
    if any(word.drug and word.stem != here.stem for word in said.words[low + 1 : high]):
        return 0.0
    share = 1.0 if high - low <= _CLOSE else 0.5
    return share if near < place else _AFTER * share


def _taken(said: Said, act: _Act, near: int, place: int) -> str | None:
    """To take a medicine speaks against stopping it."""
    before = act.kind == "stop" and 0 < place - near <= _TAKEN and said.words[place].drug
    taken = before and said.words[near].text in _TAKES and said.signs[near] > 0
    return "continue" if taken else None


def _kind(said: Said, place: int) -> str | None:
    """The class of an action word; one that is denied is its opposite."""
    text = said.words[place].text
    if text == "off" and said.words[max(0, place - 1)].text not in _TAKES_OFF:
        return None
    kind = _CLASS.get(text)
    return _DENIED.get(kind or "", kind) if said.signs[place] < -0.5 else kind  # noqa: PLR2004


def _ever(said: Said, act: _Act) -> bool:
    """Whether the action was spoken of with anything at all."""
    return any(_CLASS.get(word.text) == act.kind for word in said.words)
