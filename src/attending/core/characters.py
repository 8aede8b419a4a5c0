"""Characters that change how text is read without being read: found, and taken away.

A direction override turns "50 mg" around, a blank without width hides a medicine's name
from the guards, a pile of accents covers the line above. None of them is spoken or typed
on purpose: what is shown, what is signed and what is written hold none.
"""

from __future__ import annotations

import re

# What XML 1.0 cannot hold, even escaped (control characters, surrogates, non-characters),
# and the control characters from 7F on, which it can.
_CONTROL = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# No width, a direction, a filler, a variation or a tag. The joiners U+200C and U+200D are
# kept between letters of the scripts that are spelled with them (Persian, Indic).
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
    "|(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])"
)
_PILE = re.compile("([\u0300-\u036f]{3})[\u0300-\u036f]+")


def legible(text: str) -> str:
    """The text on one line, with nothing in it that cannot be seen."""
    seen = _PILE.sub(r"\1", _UNSEEN.sub("", _CONTROL.sub(" ", text)))
    return " ".join(seen.split())


def legible_lines(text: str) -> str:
    """Each line ``legible``; empty ones stay."""
    return "\n".join(map(legible, text.splitlines()))


def marked(text: str) -> str:
    """The text with each of these characters named in its place, as in "5[U+202E]0 mg"."""
    return _UNSEEN.sub(_name, _CONTROL.sub(_name, text))


def _name(sign: re.Match[str]) -> str:
    return f"[U+{ord(sign.group()):04X}]"


def unseen(text: str) -> tuple[str, ...]:
    """The code points ("U+202E", …) that ``legible`` takes away, each once, in order."""
    found = (*_CONTROL.findall(text), *_UNSEEN.findall(text))
    piled = ("U+0300",) if _PILE.search(text) else ()
    return tuple(dict.fromkeys(f"U+{ord(sign):04X}" for sign in found)) + piled
