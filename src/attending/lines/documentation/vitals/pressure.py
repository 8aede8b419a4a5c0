"""Blood pressures: "145 over 19", "BP 80/120", "systolic in the 1300s"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.vitals.doubt import Doubt
from attending.lines.documentation.vitals.units import OTHER, unit_after

SYSTOLIC = (50, 300)  # mmHg
DIASTOLIC = (25, 180)
PULSE_PRESSURE = 10  # mmHg between the two, at least
_LIKELY = (60, 300)  # what two numbers look like a pressure, where none is named
_NEAR = 60  # characters from a pressure's name to its numbers

_VALUE = r"\d{1,5}"
_PAIR = re.compile(
    rf"(?<![\w/.-])(?<!\d,)(?P<upper>{_VALUE})(?:s|-{_VALUE}s?)?\s*(?P<by>over|by|/)\s*(?:the )?"
    rf"(?P<lower>{_VALUE})(?![\d/]|\.\d|-\d{{3}}|(?<!\d\d)-)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:bps?|(?<!intraocular )(?<!eye )(?<!airway )(?<!venous )(?<!sinus )(?<!pulse )pressures?|vitals?|"
    r"vital signs|cuff|orthostatics?)\b",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    r"\b(?P<name>blood pressures?|(?-i:BP)|systolic(?: blood)?(?: pressures?| bp| readings?)?|"
    r"diastolic(?: blood)?(?: pressures?| bp| readings?)?)"
    r"(?! (?:murmur|ejection|heart|dysfunction|function|failure))"
    r"(?P<link>(?:[\s:=,(]|\b(?:is|was|are|of|at|a|the|in|low|mid|high|been|has|have|had|sitting|around|about|"
    r"reading|readings|today|currently|now|repeat|to|up|down|as|only|running|ran|runs|came|back|right|"
    r"looking|like)\b)*)"
    r"(?<!\w)(?P<value>\d{1,3}(?:,\d{3})+|\d+)(?P<after>s?\b(?!\s*(?:/|over\b|[:.]\d|-\d{3}|\+)))",
    re.IGNORECASE,
)
_NO_PRESSURE = re.compile(
    r"\b(?:vision|visual|eyes?|acuity|strength|pain|out of|murmur)\b", re.IGNORECASE
)
_DATED = re.compile(
    r"\b(?:on|since|until|from|by|dated?|drawn|and again on|started|due)\s+$", re.IGNORECASE
)
_MEDICINE = 40  # characters before a pair in which a medicine makes doses of it


def pressures(text: str) -> Iterator[Doubt]:
    """Doubts about pairs, and about a pressure that is one number."""
    if not _NO_PRESSURE.search(text):
        yield from _pairs(text)
    for match in _SINGLE.finditer(text):
        if unit_after(text, match.end())[0] == OTHER or re.match(
            r"\s*(?:to|-)\s*\d", text[match.end() :]
        ):
            continue
        yield from _single(match)


def _single(match: re.Match[str]) -> Iterator[Doubt]:
    value = int(match["value"].replace(",", ""))
    if 1900 <= value <= 2100 and re.search(r"\bin\s*$", match["link"]):  # noqa: PLR2004 - years
        return
    lower = match["name"].lower().startswith("diastolic")
    low, high = DIASTOLIC if lower else SYSTOLIC
    if not low <= value <= high:
        name = "diastolic" if lower else "systolic"
        yield Doubt(match.group(), f"A {name} pressure of {value} is not plausible.")


def _pairs(text: str) -> Iterator[Doubt]:
    for match in _PAIR.finditer(text):
        unit, end = unit_after(text, match.end())
        if unit == OTHER or not _a_pressure(text, match):
            continue
        first, second = int(match["upper"]), int(match["lower"])
        why = fault(first, second)
        if not why and unit not in {"", "mmHg", "m", "in", "mg/dL"}:
            yield Doubt(text[match.start() : end], "This is no unit of a blood pressure.")
        elif why and not _doses(text, match):
            yield Doubt(match.group(), why)


def _a_pressure(text: str, match: re.Match[str]) -> bool:
    first, second = int(match["upper"]), int(match["lower"])
    before = text[: match.start()]
    named = (
        _NAMED.search(before[-_NEAR:]) is not None
        or _NAMED.match(text[match.end() :].lstrip()) is not None
    )
    if _DATED.search(before) and second <= 31 and first <= 12:  # noqa: PLR2004 - a date
        return False
    if named:
        return first >= 10 or match["by"] != "/"  # noqa: PLR2004 - else a grade
    if match["by"].lower() == "by":
        return False
    if match["by"] == "/":
        two_digits = second >= 10  # noqa: PLR2004
        return _LIKELY[0] <= first <= _LIKELY[1] and two_digits and first > second + PULSE_PRESSURE
    return first >= _LIKELY[0] and (second >= 10 or first >= 90)  # noqa: PLR2004 - digits


def _doses(text: str, match: re.Match[str]) -> bool:
    """Whether they are a medicine's two strengths: "Entresto 97/103"."""
    before = text[max(0, match.start() - _MEDICINE) : match.start()]
    return not _NAMED.search(before) and bool(drugs_in(before))


def fault(systolic: int, diastolic: int) -> str:
    """Why two numbers cannot be a blood pressure, in mmHg; "" if they can."""
    if not SYSTOLIC[0] <= systolic <= SYSTOLIC[1]:
        return f"A systolic pressure of {systolic} is not plausible."
    if DIASTOLIC[0] <= systolic < diastolic and SYSTOLIC[0] <= diastolic <= SYSTOLIC[1]:
        return f"The lower value stands first: {diastolic} over {systolic} may be meant."
    if not DIASTOLIC[0] <= diastolic <= DIASTOLIC[1]:
        return f"A diastolic pressure of {diastolic} is not plausible."
    if systolic - diastolic < PULSE_PRESSURE:
        return f"A pressure of {systolic} with a diastolic of {diastolic} is not plausible."
    return ""
