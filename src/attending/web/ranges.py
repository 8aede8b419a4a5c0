"""Parts of a content, as RFC 9110 (14) lets clients ask for them: one stretch of bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """``of``: the size of the whole, in bytes. ``span``: empty if nothing of it was asked for."""

    span: range
    of: int

    @property
    def content_range(self) -> str:
        if not self.span:
            return f"bytes */{self.of}"
        return f"bytes {self.span.start}-{self.span.stop - 1}/{self.of}"


def part_of(header: str, size: int) -> Part | None:
    """What a ``Range`` header asks of ``size`` bytes.

    None: it is to be passed over, for it asks for several stretches, or for nothing that
    is known; the whole is answered then.
    """
    found = _ONE.fullmatch(header)
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        return Part(range(max(0, size - int(found[2])), size), size)
    start, stop = int(found[1]), int(found[2]) + 1 if found[2] else size
    if found[2] and stop <= start:
        return None
    return Part(range(start, min(stop, size)), size)
