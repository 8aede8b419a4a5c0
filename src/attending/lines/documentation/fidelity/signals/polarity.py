"""Whether what was said, or written, is affirmed or denied: word by word.

Light on purpose: it reads talk without punctuation, where questions and their answers run
into each other. Notes have a grammar of their own ("Denies chest pain, dyspnea").
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.words import Word, stem

_DENIES = frozenset(
    listed("""
    no not never none without denies denied denying deny neither nor nothing nobody lack lacks
    absence absent
    """)
)
_ENDS_SPOKEN = frozenset(
    listed("""
    but however except although though because so then okay alright until unless since while when
    . ? ! ; if please just only which who otherwise positive your negative some little lot reveals shows
    """)
)
_ENDS_WRITTEN = frozenset(
    listed("""
    but however except although though because until unless since while . ; : reports endorses
    admits states notes positive complains endorsed reported which explains adds
    """)
)
_PRONOUNS = frozenset(
    {"i", "you", "he", "she", "it", "they", "we", "that", "this", "there", "my", "your"}
)
_THINKS = frozenset(
    {"think", "believe", "know", "feel", "notice", "remember", "recall", "see", "say", "sure"}
)
_VERBS = frozenset(
    {
        "do",
        "does",
        "did",
        "is",
        "are",
        "was",
        "were",
        "have",
        "has",
        "had",
        "can",
        "could",
        "would",
        "will",
        "should",
    }
)
_NO_DENIAL = frozenset(
    {"problem", "worries", "doubt", "idea", "matter", "only", "sure", "way", "wonder", "limited"}
)
_SUBJECTS = frozenset({"i", "he", "she", "you", "we", "it", "they", "there"})
_NEW = [
    [text]
    for text in (
        *_SUBJECTS,
        "the",
        "which",
        "reports",
        "endorses",
        "is",
        "has",
        "was",
        "will",
        "this",
        "his",
        "her",
        "patient",
        "as",
        "his",
    )
]
_SUPPOSES = frozenset({"if", "should", "unless", "whether"})
_NOUNS = frozenset({"no", "without", "any", "nor"})  # these deny a thing, not a verb
_FINITE = frozenset({"is", "are", "was", "were", "do", "does", "has", "have", "on"})
_FOUND = [[text] for text in listed("appreciated noted present heard seen felt found visualized")]
_HAVING = frozenset({"with", "had", "has", "have", "a", "the", "got", "showed", "shows"})
_AFTER_NAME = frozenset(listed(". , ; ? and or but with on in of at for which that is was"))
_NAMED = 5  # words of what a "negative" before it denies
_CLOSE = 2  # words after a "no" that are still what it denies
_LISTED = 40  # words that a denial reaches in a note: "Denies A, B, …"
_FURTHEST = 14  # words that a denial reaches at most; lists go on
_HYPOTHETICAL = frozenset(
    {"if", "case", "whether", "unless", "watch", "should", "could", "might", "risk", "risks"}
)
_STOPS = frozenset({".", "?", ";"})
_EXCEPT = (["other", "than"], ["apart", "from"], ["aside", "from"], ["besides", "the"])
_MEANS = frozenset({"trying", "try", "tries", "hoping", "wants", "want"})  # then "to": not done yet
_INTENDED = 5  # words that are only meant
_SUPPOSED = 10  # words that an "if" reaches

_FILLERS = frozenset(
    {
        "um",
        "uh",
        "well",
        "so",
        "oh",
        "okay",
        "like",
        "actually",
        "hm",
        "hmm",
        "honestly",
        ",",
        "and",
        "doctor",
        "ah",
        "er",
        "gosh",
        "you",
        "know",
    }
)
_YES = frozenset(
    listed("""
    yes yeah yep yup correct right exactly absolutely definitely sure sometimes occasionally little
    unfortunately mostly some often always bit once certainly yah indeed too both
    """)
)
_NO = frozenset({"no", "nope", "nah", "not", "none", "never", "negative", "neither", "nothing"})
_ASKS = (
    ("do", "you"), ("have", "you"), ("are", "you"), ("did", "you"), ("had", "you"), ("were", "you"),
    ("any",), ("is", "there"), ("was", "there"), ("does", "it"), ("is", "it"), ("has", "it"),
    ("was", "it"), ("how", "about"), ("what", "about"), ("can", "you"), ("does", "that"),
    ("is", "that"), ("does", "the"), ("is", "the"), ("did", "it"), ("are", "there"), ("so", "no"),
    ("has", "he"), ("has", "she"), ("does", "he"), ("does", "she"), ("is", "he"), ("is", "she"),
    ("and", "no"), ("did", "he"), ("did", "she"), ("anything",), ("do", "they"),
)  # fmt: skip
_NOT_ASKED = frozenset(  # before "any" in a statement
    listed(
        "of for in with without to that on doing taking have need if see at from by appreciate not into take"
    )
)
_LONGEST_QUESTION = 45
_UNMARKED = 28  # words of a question that no mark ends
_SHORT = 5  # words of a question without a verb
_ANSWER = 9  # words of an answer that are looked at


def written(words: Sequence[Word]) -> tuple[float, ...]:
    """-1 for each word of a note that is denied, 0 where only supposed ("if"), else 1."""
    texts = [word.text for word in words]
    signs = [1.0] * len(texts)
    for index, text in enumerate(texts):
        if text == "negative":
            _negative(texts, signs, index, 0, len(texts))
        if text in _DENIES and not _no_denial(texts, index):
            for place in range(index + 1, _reach(texts, index, _ENDS_WRITTEN, len(texts))):
                signs[place] = -1.0
    for index, text in enumerate(texts):
        if text in _SUPPOSES:
            for place in range(index + 1, _clause(texts, index)):
                signs[place] = 0.0
    return tuple(signs)


def _clause(texts: Sequence[str], index: int) -> int:
    """The place of the comma or stop that ends a clause."""
    ends = (place for place in range(index + 1, len(texts)) if texts[place] in (",", ".", ";"))
    return next(ends, len(texts))


def _negative(texts: Sequence[str], signs: list[float], index: int, start: int, end: int) -> None:
    """Deny by "negative": what follows in "negative for fever" and "with negative margins";
    what stands before in "the test was negative".
    """
    if index + 1 < end and texts[index + 1] == "for":
        places = range(index + 2, min(end, index + 2 + _FURTHEST))
        stop = next((p for p in places if texts[p] in (".", ";", "?", "positive")), places.stop)
        places = range(index + 2, stop)
    elif index == start or texts[index - 1] in _HAVING:
        places = range(index + 1, min(end, index + 1 + _NAMED))
        stop = next((p for p in places if texts[p] in _AFTER_NAME), places.stop)
        places = range(index + 1, stop)
    else:
        places = range(max(start, index - 4), index)
    for place in places:
        signs[place] = -1.0


def spoken(words: Sequence[Word], starts: Sequence[int]) -> tuple[float, ...]:
    """-1 (denied) to 1 (affirmed) for each word of a talk; near 0 where only asked or supposed."""
    texts = [word.text for word in words]
    signs = [1.0] * len(texts)
    for start, end in itertools.pairwise(starts):
        _deny(texts, signs, start, end)
    for start, end in itertools.pairwise(starts):
        _resolve(texts, signs, start, end, starts)
        _resolve_short(texts, signs, start, end)
    for start, end in itertools.pairwise(starts):
        _suppose(texts, signs, start, end)
    return tuple(signs)


def _deny(texts: Sequence[str], signs: list[float], start: int, end: int) -> None:
    for index in range(start, end):
        if texts[index] == "negative":
            _negative(texts, signs, index, start, end)
        if texts[index] not in _DENIES:
            continue
        if _particle(texts, index, end) or _no_denial(texts, index) or _inverted(texts, index, end):
            continue
        for place in range(index + 1, _reach(texts, index, _ENDS_SPOKEN, end)):
            signs[place] = -1.0


def _particle(texts: Sequence[str], index: int, end: int) -> bool:
    """Whether a "no" answers, and denies nothing of what follows."""
    if texts[index] != "no":
        return False
    after = texts[index + 1] if index + 1 < end else "."
    return after in _PRONOUNS or after in (
        ",",
        ".",
        "?",
        "no",
        "not",
        "just",
        "okay",
        "nope",
        "but",
    )


def _no_denial(texts: Sequence[str], index: int) -> bool:
    either = texts[index] == "without" and texts[index - 1 : index] == ["or"]
    return either or (index + 1 < len(texts) and texts[index + 1] in _NO_DENIAL)


def _inverted(texts: Sequence[str], index: int, end: int) -> bool:
    """Whether it asks, as in "isn't it" and "didn't you", and denies nothing."""
    return (
        texts[index] == "not"
        and index + 1 < end
        and texts[index + 1] in _PRONOUNS - {"that", "this", "my", "your"}
        and texts[index - 1] in _VERBS
    )


def _reach(texts: Sequence[str], index: int, ends: frozenset[str], end: int) -> int:
    """The place before which a denial stops."""
    thinks, spoken = False, ends is _ENDS_SPOKEN
    limit = min(end, index + 1 + (_FURTHEST if spoken else _LISTED))
    for place in range(index + 1, limit):
        text = texts[place]
        thinks = thinks or text in _THINKS
        if text in ends or texts[place : place + 2] in _EXCEPT:
            return place
        new = text in _SUBJECTS and place - index > 1
        if spoken and new and not (thinks and place - index < 4):  # noqa: PLR2004
            return place
        if spoken and texts[index] in _NOUNS and _new_clause(texts, index, place):
            return _before_subject(texts, index, place)
        if not spoken and text in (",", "and") and texts[place + 1 : place + 2] in _NEW:
            return place
    return limit


def _new_clause(texts: Sequence[str], index: int, place: int) -> bool:
    """Whether a verb begins another clause; "no rales are appreciated" is still one."""
    found = texts[place + 1 : place + 2] in _FOUND
    return texts[place] in _FINITE and place - index > _CLOSE and not found


def _before_subject(texts: Sequence[str], index: int, place: int) -> int:
    """Where the subject of a verb begins that starts anew: "no rash | sensation is intact"."""
    if texts[place] == "on" or texts[place + 1 : place + 2] in _NEW:
        return place
    start = place - 1
    return (
        place - 2
        if texts[start - 1] in ("and", "the", "my", "your") and start - 1 > index
        else start
    )


def _resolve(
    texts: Sequence[str], signs: list[float], start: int, end: int, starts: Sequence[int]
) -> None:
    """Give the words of each question the sign of its answer."""
    index = start
    while index < end:
        if (signs[index] > 0 or texts[index] == "no") and (
            stop := _question(texts, index, start, end)
        ):
            heard = _heard(texts, stop, starts)
            _settle(texts, signs, range(index, stop), heard)
            index = stop
        else:
            index += 1


def _settle(texts: Sequence[str], signs: list[float], asked: range, heard: Sequence[str]) -> None:
    """Give the words of a question its answer's sign.

    Of several questions a yes answers the last. "No rash" answers "any rash or fever?" for the
    rash alone.
    """
    answer = _answer(heard)
    last = _last(texts, asked)
    named = _named(texts, asked, heard) if answer < 0 else range(0)
    for place in asked:
        sign = _answered(signs[place], answer)
        if answer > 0 and place < last:
            sign *= 0.3
        signs[place] = -1.0 if place in named else sign


def _last(texts: Sequence[str], asked: range) -> int:
    """Where the last of several questions begins that no mark parts."""
    starts = [p for p in asked if tuple(texts[p : p + 2]) in _ASKS and p > asked.start + _CLOSE]
    return max(starts, default=asked.start)


def _named(texts: Sequence[str], asked: range, heard: Sequence[str]) -> range:
    """What of a question an answer like "no rash" names again: the part between commas and "or"."""
    again = {stem(text) for text in heard[1:_REPEATED]} if heard[:1] == ["no"] else set()
    at = next((p for p in asked if texts[p] not in _SMALL and stem(texts[p]) in again), None)
    if at is None:
        return range(0)
    start = next((p + 1 for p in range(at, asked.start, -1) if texts[p] in _LIST), asked.start)
    stop = next((p for p in range(at, asked.stop) if texts[p] in _LIST), asked.stop)
    return range(start, stop)


_LIST = frozenset({",", "or", "and", "?", "."})
_SMALL = frozenset(listed("the a an any no not of or and in on have had has you i it do did like"))
_REPEATED = 4  # words of an answer that may repeat what was asked


def _resolve_short(texts: Sequence[str], signs: list[float], start: int, end: int) -> None:
    """A few words that the other answers at once are a question: "coughing, headache" – "no"."""
    said = [text for text in texts[start:end] if text not in _FILLERS]
    if not 0 < len(said) <= _SHORT or "?" in said or set(said) & (_NO | _YES | _SUBJECTS):
        return
    answer = texts[end] if end < len(texts) else ""
    if answer in ("no", "nope", "nah", "yes", "yeah", "yep"):
        sign = -1.0 if answer[0] == "n" else 0.9
        for place in range(start, end):
            signs[place] = _answered(signs[place], sign)


def _question(texts: Sequence[str], index: int, start: int, end: int) -> int:
    """The end of a question that begins at a place, or 0. Several in a row are one."""
    first = index == start or texts[index - 1] in (".", "?", "!")
    asked = any(tuple(texts[index : index + len(cue)]) == cue for cue in _ASKS)
    if texts[index] in ("any", "anything") and not first and texts[index - 1] in _NOT_ASKED:
        asked = False
    marked = first or asked
    stop = 0
    for place in range(index + (2 if asked else 1), min(end, index + _LONGEST_QUESTION)):
        if texts[place] == "?":
            if texts[place - 1] in ("okay", "alright", "right"):
                return 0  # it asks for a nod
            stop = place + 1
            if not marked or not _asks_on(texts, stop, end):
                return stop if marked else 0
        elif texts[place] == "." and texts[place - 1] != "." and not asked:
            return stop
        elif (
            asked
            and place > index + 2
            and texts[place] in _BEGINS
            and texts[place - 1]
            not in ("and", "can", "should", "do", "did", "will", "if", "that", "what", "as")
        ):
            return stop or place
    return stop or (min(end, index + _UNMARKED) if asked else 0)


_BEGINS = frozenset({"i", "yes", "yeah", "nope", "yep", "okay"})


def _asks_on(texts: Sequence[str], place: int, end: int) -> bool:
    """Whether the next sentence of the same speaker is a question too."""
    upcoming = range(place, min(end, place + _LONGEST_QUESTION))
    mark = next((p for p in upcoming if texts[p] in (".", "?", "!")), None)
    return mark is not None and texts[mark] == "?"


def _answered(sign: float, answer: float) -> float:
    if sign < 0:  # "so no fever?": a yes confirms the denial, and so does a no
        return -1.0 if answer < 0 else -0.6
    return 0.9 * answer if answer else 0.1


def _heard(texts: Sequence[str], stop: int, starts: Sequence[int]) -> list[str]:
    """The telling first words after a question, of one speaker."""
    heard: list[str] = []
    for place in range(stop, min(len(texts), stop + 3 * _ANSWER)):
        if heard and place in starts:
            break
        if texts[place] not in _FILLERS and texts[place] not in ("?", ".", "!"):
            heard.append(texts[place])
    return heard


def _answer(heard: Sequence[str]) -> float:
    """1 for yes, -1 for no, 0 for neither, by the words that follow a question."""
    if not heard:
        return 0.0
    first, rest = heard[0], heard[1:_ANSWER]
    if first in ("mm", "uh", "hmm", "huh"):
        return -1.0 if rest[:1] == ["mm"] else 1.0
    if first in _NO:
        return _denied(first, rest)
    if first in _YES:
        return 1.0
    if first in ("i", "it", "they", "that", "she", "he", "there", "we"):
        said = heard[1:7]
        return -1.0 if any(t in _NO for t in said) else 0.8 if set(said[:2]) & _AFFIRMS else 0.0
    return 0.0


_AFFIRMS = _VERBS | {
    "am",
    "m",
    "feel",
    "ve",
    "get",
    "got",
    "s",
    "notice",
    "noticed",
    "think",
    "felt",
}


def _denied(first: str, rest: Sequence[str]) -> float:
    if first == "no" and rest and not _particle(["no", rest[0]], 0, 2) and rest[0] not in _PLAIN:
        return -0.3  # "no vomiting but constipation": it speaks of one thing asked, not of all
    if first == "not" and rest[:1] == ["sure"]:
        return 0.0
    return -1.0


_PLAIN = frozenset(
    {
        "sir",
        "ma'am",
        "maam",
        "nothing",
        "issues",
        "problems",
        "never",
        "none",
        "more",
        "longer",
        "everything",
    }
)


def _suppose(texts: Sequence[str], signs: list[float], start: int, end: int) -> None:
    for index in range(start, end):
        if texts[index] in _HYPOTHETICAL and texts[index + 1 : index + 2] != ["not"]:
            for place in range(index + 1, min(end, index + 1 + _SUPPOSED)):
                if texts[place] in _STOPS:
                    break
                signs[place] *= 0.15
        if texts[index] in _MEANS and texts[index + 1 : index + 2] == ["to"]:
            for place in range(index + 2, min(end, index + 2 + _INTENDED)):
                if texts[place] in _STOPS:
                    break
                signs[place] *= 0.3
