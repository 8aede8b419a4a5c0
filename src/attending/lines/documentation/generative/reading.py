"""What a model answered, read: tolerant of its form, strict in what it means.

A fence or a sentence around the JSON is left away. JSON that is cut gives the statements that
were ended. What is nested deeper than was asked, or names no section of ours, gives nothing:
words are taken from where a statement's text stands, and from nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from attending.core.characters import legible
from attending.lines.documentation.generative.asking import MOST_STATEMENTS
from attending.lines.documentation.soap import Part

LARGEST = 200_000  # characters of an answer that are looked at
DEEPEST = 12  # levels of brackets
LONGEST_STATEMENT = 1000  # characters; beyond them it is no statement
_STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)  # the last may stand open
_BRACKET = re.compile(r"[{}\[\]]")
_CLOSING = {"{": "}", "[": "]"}
_TITLES = {part.value.replace("_", " "): part for part in Part}


@dataclass(frozen=True)
class Written:
    """One statement as the model wrote it; ``turns``: numbers that it cites, perhaps of none."""

    part: Part
    text: str
    turns: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """``fault``: why nothing can be used; else "". ``dropped``: what was no statement."""

    written: tuple[Written, ...] = ()
    dropped: int = 0
    mended: bool = False  # it was cut, and what was ended is used
    fault: str = ""


def read(text: str) -> Answer:
    """The statements of an answer. Never raises: an answer may be anything."""
    if len(text) > LARGEST:
        return Answer(fault="The answer is too long.")
    found, mended = _object(text)
    if found is None:
        return Answer(fault="The answer is not in the form that was asked for.")
    read_all = tuple(_statements(found))
    written = tuple(each for each in read_all if each is not None)
    if not written:
        return Answer(fault="The answer holds no statement.", dropped=len(read_all))
    return Answer(written, len(read_all) - len(written), mended)


def _object(text: str) -> tuple[dict[str, Any] | None, bool]:
    """The first JSON object of a text, and whether its end had to be added."""
    start = text.find("{")
    if start < 0 or _depth(text) > DEEPEST:
        return None, False
    try:
        found, _ = json.JSONDecoder().raw_decode(text, start)
    except ValueError:
        return _mended(text[start:]), True
    return (found, False) if isinstance(found, dict) else (None, False)


def _depth(text: str) -> int:
    deepest = level = 0
    for sign in text:
        level += (sign in "{[") - (sign in "}]")
        deepest = max(deepest, level)
    return deepest


def _mended(text: str) -> dict[str, Any] | None:
    """Cut after the last statement that was ended, with its brackets closed."""
    for end in sorted((n for n, sign in enumerate(text) if sign == "}"), reverse=True)[:50]:
        piece = text[: end + 1]
        try:
            found = json.loads(piece + _closing(piece))
        except ValueError:
            continue
        return found if isinstance(found, dict) else None
    return None


def _closing(piece: str) -> str:
    """The brackets that stand open outside of strings, from within outwards."""
    open_ = ""
    for sign in _BRACKET.findall(_STRING.sub("", piece)):
        open_ = _CLOSING[sign] + open_ if sign in _CLOSING else open_[1:]
    return open_


def _statements(found: dict[str, Any]) -> Iterator[Written | None]:
    """None for what should be a statement and is none."""
    for part, listed in _sections(found):
        for number, each in enumerate(listed):
            statement = _statement(part, each) if number < MOST_STATEMENTS else None
            yield statement


def _sections(found: dict[str, Any]) -> Iterator[tuple[Part, list[Any]]]:
    """As asked; or an object with the sections as its keys, as models often answer."""
    sections = found.get("sections", found)
    if isinstance(sections, dict):
        named = [{"section": key, "statements": value} for key, value in sections.items()]
    elif isinstance(sections, list):
        named = [each for each in sections if isinstance(each, dict)]
    else:
        named = []
    for each in named:
        part, listed = _part(each.get("section")), each.get("statements")
        if part is not None and isinstance(listed, list):
            yield part, listed


def _part(name: object) -> Part | None:
    if not isinstance(name, str):
        return None
    return _TITLES.get(name.strip().lower().replace("_", " "))


def _statement(part: Part, found: object) -> Written | None:
    text = found.get("text") if isinstance(found, dict) else found
    if not isinstance(text, str):
        return None
    shown = " ".join(legible(text).split())
    if not shown or len(shown) > LONGEST_STATEMENT:
        return None
    cited = found.get("turns") if isinstance(found, dict) else None
    turns = cited if isinstance(cited, list) else []
    return Written(part, shown, tuple(n for n in turns if type(n) is int and 0 < n < LARGEST))
