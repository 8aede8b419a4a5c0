"""What may be measured in a patient, how it is named, and the widest range of the living.

Ranges reach past what is survived by few: a doubt says that a value is misheard or
mistyped, never that a patient is ill.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

Range = tuple[float, float]


@dataclass(frozen=True)
class Quantity:
    """``spoken``: a pattern of its names. ``units``: by unit; ``bare``: where none is said.

    ``close``: whether its number must follow at once, for a name that is said of much else.
    """

    name: str
    spoken: str
    units: Mapping[str, Range | None]  # None: as where no unit is said
    bare: tuple[Range, ...] = ()
    child: tuple[Range, ...] = ()  # beside ``bare``, in the very young
    close: bool = False
    out_of: float = 0  # a score's highest, where it is said "4 out of 5"
    always_out_of: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-])(?:{self.spoken})(?![\w])", re.IGNORECASE)

    def ranges(self, unit: str, *, young: bool) -> tuple[Range, ...]:
        limits = self.units.get(unit)
        told = (limits,) if limits else self.bare or tuple(filter(None, self.units.values()))
        return (*told, *(self.child if young else ()))

    def possible(self, value: float, unit: str, *, young: bool = False) -> bool:
        return any(low <= value <= high for low, high in self.ranges(unit, young=young))

    def belongs(self, unit: str) -> bool:
        return not unit or unit in self.units


def _score(name: str, spoken: str, low: float, high: float) -> Quantity:
    return Quantity(name, spoken, {}, ((low, high),), close=True, out_of=high)


def _lab(name: str, spoken: str, **units: Range) -> Quantity:
    named = {_LAB_UNITS[unit]: limits for unit, limits in units.items() if unit != "bare"}
    bare = (units["bare"],) if "bare" in units else ()
    return Quantity(name, spoken, named, bare)


_LAB_UNITS = {"mg": "mg/dL", "mmol": "mmol/L", "umol": "µmol/L", "meq": "mEq/L", "gdl": "g/dL",
              "gl": "g/L", "g": "g", "percent": "%", "cells": "K/µL"}  # fmt: skip

_CELSIUS, _FAHRENHEIT = (24.0, 43.5), (75.0, 109.5)
_NEXT = r"(?=\s*[:=]?\s*\d)"  # its figure follows at once
_GAIN = (
    r"(?!\s+(?:loss|gain|bearing|lift|training|watch|change|management|reduction|down|up|of the))"
)

TEMPERATURE = Quantity(
    "temperature",
    r"(?<!room )(?:body )?(?:temperatures?|temps?|t-?max)|fevers?(?= (?:of|to|up to|as high as|was|is|reached|around|about)\b)"
    r"|afebrile(?= (?:at|with)\b)|(?-i:T)(?=\s*[:=]\s*\d|\s+\d{2,}(?:\.\d)?)",
    {"°C": _CELSIUS, "°F": _FAHRENHEIT, "°": None},
    ((30, 43.5), (86, 109.5)),
)
PULSE = Quantity(
    "heart rate",
    r"pulse(?! (?:ox|pressure|steroid|dose|therapy|width|oximet))(?: rate)?"
    r"|heart ?rates?(?! (?:variability|reserve|monitor|zone))"
    r"|(?-i:HR)|(?-i:P)(?=\s*[:=]\s*\d|\s+\d{2,})",
    {"beats/min": (20, 260), "/min": (20, 260)},
    ((20, 260),),
    child=((20, 330),),
)
BREATHING = Quantity(
    "respiratory rate",
    r"(?:respiratory|resp|respiration|breathing) rate|respirations|resps?(?=[\s:]*\d)"
    r"|breathing(?= (?:at|about|around)? ?\d)|(?-i:RR)|(?-i:R)(?=\s*[:=]\s*\d|\s+\d{2,})",
    {"breaths/min": (4, 80), "/min": (4, 80)},
    ((4, 80),),
    child=((4, 120),),
)
SATURATION = Quantity(
    "oxygen saturation",
    r"(?:(?:o2|oxygen) )?(?<!iron )(?<!transferrin )saturations?|(?:o2|oxygen) (?:sats?|levels?)"
    r"|sats|sat(?=\s*(?:of|is|was|:|\d))(?! for)|sp ?o2|sao2|pulse ox(?:imetry|imeter)?"
    r"|(?:de)?satt(?:ing|ed)|(?:de)?saturat(?:ing|ed|es)|o2(?= \d+ ?%)",
    {"%": (40, 100)},
)
WEIGHT = Quantity(
    "weight",
    rf"(?<!loss of )(?:birth )?weight{_GAIN}|weigh(?:s|ed|ing)?|wt",
    {"kg": (0.3, 650), "lb": (0.6, 1450), "g": (250, 15000), "oz": (8, 400), "stone": (1, 100)},
    ((0.4, 1000),),
)
HEIGHT = Quantity(
    "height",
    r"heights?|ht|tall|stature",
    {"cm": (24, 272), "m": (0.24, 2.72), "ft": (0.8, 8.95), "in": (9, 107)},
    ((0.24, 272),),
)

QUANTITIES = (
    TEMPERATURE,
    PULSE,
    BREATHING,
    SATURATION,
    WEIGHT,
    HEIGHT,
    Quantity("mean arterial pressure", r"(?-i:MAP)|mean arterial pressure", {"mmHg": (20, 220)}),
    Quantity("BMI", "bmi|body mass index", {"kg/m²": (7, 210)}),
    # Whoever says "HbA1c" may mean mmol/mol; who says "A1c" means percent.
    Quantity("A1c", r"hba1c|haemoglobin a1c", {"%": (3, 20), "mmol/mol": (9, 200)}),
    Quantity("A1c", r"(?:hemoglobin |hgb ?|hb )?a1c", {"%": (3, 20), "mmol/mol": (9, 200)},
             ((3, 20),)),
    _lab("glucose", r"(?:blood |fasting |random |serum )?(?:glucose|sugars?)(?: level| reading)?"
         r"|finger ?stick|accu-?check|(?-i:BG)", mg=(10, 2000), mmol=(0.5, 111), bare=(1, 2000)),
    _lab("INR", r"inr", bare=(0.5, 18)),
    _lab("potassium", rf"potassium(?! chloride)(?: level)?|(?-i:K)\+?{_NEXT}", mmol=(1.2, 10.5), meq=(1.2, 10.5)),
    _lab("sodium", rf"sodium(?! (?:chloride|bicarb))(?: level)?|(?-i:Na)\+?{_NEXT}", mmol=(90, 200), meq=(90, 200)),
    _lab("chloride", r"(?<!potassium )(?<!sodium )(?<!calcium )chloride|(?-i:Cl)" + _NEXT,
         mmol=(50, 170), meq=(50, 170)),
    _lab("bicarbonate", r"(?<!sodium )bicarb(?:onate)?|hco3", mmol=(1, 75), meq=(1, 75)),
    _lab("urea nitrogen", r"bun|(?:blood )?urea nitrogen", mg=(1, 350), mmol=(0.5, 120), bare=(0.5, 350)),
    _lab("creatinine", rf"creatinine(?! clearance| kinase| ratio)(?: level)?|(?-i:Cr){_NEXT}",
         mg=(0.1, 35), umol=(8, 3000), mmol=(0.01, 3), bare=(0.1, 3000)),
    _lab("calcium", rf"calcium(?! (?:channel|carbonate|citrate|score))(?: level)?|(?-i:Ca)\+*{_NEXT}",
         mg=(3, 22), mmol=(0.6, 6), bare=(0.6, 22)),
    _lab("magnesium", r"magnesium(?! (?:oxide|citrate|sulfate|glycinate))(?: level)?", mg=(0.2, 25),
         mmol=(0.1, 10), bare=(0.1, 25)),
    _lab("haemoglobin", rf"ha?emoglobin(?! a)|hgb|hb(?![a-z]){_NEXT}|h and h|h&h",
         g=(1.4, 270), gdl=(1.4, 27), gl=(14, 270), bare=(1.4, 270)),
    _lab("haematocrit", r"ha?ematocrit|hct", percent=(4, 80), bare=(0.04, 80)),
    _lab("white cell count", r"wbcs?|white (?:blood )?(?:cell )?counts?|white cells?|leukocytes",
         cells=(0.01, 900), bare=(0.01, 900_000)),
    _lab("platelet count", r"platelets?(?: counts?)?|plts?", cells=(0.5, 6000), bare=(0.5, 6_000_000)),
    _lab("lactate", r"lactate(?! dehydrogenase)(?: level)?|lactic acid(?! dehydrogenase)(?: level)?",
         mmol=(0.1, 40), mg=(1, 360), bare=(0.1, 40)),
    _lab("troponin", r"troponins?(?: [it])?", bare=(0, 1_000_000)),
    Quantity("ejection fraction", r"(?:lv)?ef|ejection fraction", {"%": (3, 95)},
             ((3, 95), (0.03, 0.95))),
    Quantity("pH", r"(?-i:pH)|ph(?= (?:of|is|was) \d)", {}, ((4, 9.5),)),
    Quantity("QTc", r"qtc?(?: interval)?", {"ms": (200, 900)}),
    Quantity("peak flow", r"peak flow", {"/min": (15, 1000)}),
    _score("Glasgow coma score", r"gcs|glasgow(?: coma)?(?: scale| score)*", 3, 15),
    _score("pain score", r"pain(?: (?:level|score|scale|rating|severity|intensity))?", 0, 10),
    _score("PHQ-9", r"phq[- ]?9(?: score)?", 0, 27),
    _score("PHQ-2", r"phq[- ]?2(?: score)?", 0, 6),
    _score("GAD-7", r"gad[- ]?7(?: score)?", 0, 21),
    _score("MMSE", r"mmse|mini[- ]mental(?: state)?(?: exam(?:ination)?)?", 0, 30),
    _score("MoCA", r"moca|montreal cognitive assessment", 0, 30),
    _score("NIH stroke scale", r"nihss|nih stroke (?:scale|score)", 0, 42),
    _score("Apgar score", r"apgars?(?: scores?)?(?: (?:is|was|are|were|of)? ?\d+ and)?", 0, 10),
    _score("Epworth score", r"epworth(?: sleepiness)?(?: scale| score)*", 0, 24),
    _score("CHA2DS2-VASc", r"cha2ds2[- ]?vasc(?: score)?", 0, 9),
    Quantity("muscle strength", r"(?:muscle |motor |grip )?(?:strength|power)", {}, ((0, 5),),
             close=True, out_of=5, always_out_of=True),
)  # fmt: skip
