"""Evidence: where in a source a statement comes from, in the source's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TimeSpan:
    """A stretch of a recording or of a channel: seconds from its beginning."""

    start: float
    end: float
    channel: str | None = None  # "audio", or a vital sign's name
    utterance: str | None = None  # id of the utterance, where there is speech
    quote: str = ""
    kind: Literal["time"] = "time"


@dataclass(frozen=True)
class TextSpan:
    """A stretch of a document: offsets in characters, end exclusive."""

    start: int
    end: int
    quote: str = ""
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class RegionSpan:
    """A rectangle on one frame of an image: pixels, origin top left."""

    instance: str
    frame: int
    left: int
    top: int
    width: int
    height: int
    kind: Literal["region"] = "region"


Evidence = TimeSpan | TextSpan | RegionSpan
