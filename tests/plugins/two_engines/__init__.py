"""The sample line with further engines, which answer once they are rolled out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from attending.core.case import ModelUse
from attending.core.line import Drafted, Engines, Line
from tests.plugins.vitals_line import ENGINES
from tests.plugins.vitals_line.steps import MeanRate, VitalsLine

__all__ = ["ENGINES", "FailingRate", "SlowestRate", "line"]
SLOWEST, FAILING = (ModelUse("infer", f"{name}-rate", "1") for name in ("slowest", "failing"))


@dataclass(frozen=True)
class SlowestRate(MeanRate):
    """Another engine of the vitals line: says the same, of another name."""

    model: ModelUse = SLOWEST

    def draft(self, rendition: bytes) -> Drafted:
        drafted = super().draft(rendition)
        return replace(drafted, draft=replace(drafted.draft, title="Vitals, again"))


@dataclass(frozen=True)
class FailingRate(MeanRate):
    model: ModelUse = FAILING

    def draft(self, rendition: bytes) -> Drafted:
        raise ZeroDivisionError


def line(_engines: Engines) -> Line:
    return VitalsLine(others=(SlowestRate(), FailingRate()))
