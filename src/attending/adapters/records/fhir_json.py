"""JSON of a server that may lie: one meaning, bounded, and text that any store can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

from attending.core.errors import RecordRefused, RecordUnavailable

MOST_VALUES = 500_000  # in one answer; each takes memory, however short it is written
DEEPEST = 40  # levels of lists and objects; FHIR needs a dozen
_SECRET = 12  # characters from which on a token is no common word
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # FHIR's strings have none


def parsed(raw: bytes, token: str = "") -> dict[str, Any]:
    """The object in an answer; {} if there is none.

    Refused are bytes that are not UTF-8, a name that stands twice, NaN and numbers without
    bounds, controls and halves of signs, depth and number beyond all use: RecordUnavailable.
    An answer that repeats our token: RecordRefused, since it would go into logs and failures.
    """
    if not raw.strip():
        return {}
    if sum(raw.count(sign) for sign in (b",", b"[", b"{")) > MOST_VALUES:
        raise RecordUnavailable("The record system's answer is too large.")
    try:
        body = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as garbage:
        raise RecordUnavailable("The record system's answer is not JSON.") from garbage
    if not isinstance(body, dict):
        raise RecordUnavailable("The record system's answer is not a resource.")
    _examine(body, token if len(token) >= _SECRET else "")
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError("the number is too large")
    return number


def _examine(body: dict[str, Any], token: str) -> None:
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        inside = [value for held in level for value in _inside(held)]
        for text in (value for value in inside if isinstance(value, str)):
            _require_text(text, token)
        level = [value for value in inside if isinstance(value, list | dict)]
        if not level:
            return
    raise RecordUnavailable("The record system's answer is nested too deep.")


def _inside(held: list[Any] | dict[str, Any]) -> Iterator[Any]:
    if isinstance(held, dict):
        yield from held
        yield from held.values()
    else:
        yield from held


def _require_text(text: str, token: str) -> None:
    if _NO_TEXT.search(text):
        raise RecordUnavailable("The record system's answer holds what is no text.")
    if token and token in text:
        raise RecordRefused(
            "The record system's answer repeats our bearer token.",
            remedy="Replace the token, and have the record system examined.",
        )
