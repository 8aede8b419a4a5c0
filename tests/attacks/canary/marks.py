"""Canaries: words that nobody else says, and where they are found again, however written."""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from urllib.parse import unquote_to_bytes

_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789"
_LENGTH = 9
_MARK = re.compile(rb"qzx[a-z0-9]{9}")
_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){12,}")
_PACKED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")  # gzip, zlib
_DEEPEST = 3  # layers of what is packed into what
_ANY_HEADER = 32 + zlib.MAX_WBITS  # gzip or zlib


@dataclass
class Marks:
    """Every canary that was made, and of what it is."""

    chance: Random
    made: dict[str, str] = field(default_factory=dict)

    def new(self, what: str) -> str:
        """what: a few words for the report, as "text of C, section plan, revision 2"."""
        mark = "qzx" + "".join(self.chance.choices(_SIGNS, k=_LENGTH))
        self.made[mark] = what
        return mark

    def found(self, sent: bytes) -> set[str]:
        """Those that are in these bytes, in any form that is looked for."""
        return marks_in(sent) & self.made.keys()


def marks_in(sent: bytes | str) -> set[str]:
    """Plain, JSON-escaped, XML-escaped, percent-encoded, base64, hex, UTF-16, UTF-32, gzip, zlib."""
    raw = sent.encode() if isinstance(sent, str) else sent
    return {found.decode() for form in _forms(raw, _DEEPEST) for found in _MARK.findall(form)}


def _forms(raw: bytes, deep: int) -> Iterator[bytes]:
    plain = _plain(raw)
    yield plain
    if deep == 0:
        return
    for inner in (*_unpacked(raw), *_decoded(raw), *_decoded(plain)):
        yield from _forms(inner, deep - 1)


def _plain(raw: bytes) -> bytes:
    """Without escapes, the zeros of wide characters, and capital letters."""
    text = raw.replace(b"\0", b"")
    if b"%" in text:
        text = unquote_to_bytes(text)
    if b"\\u" in text:
        text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)).encode("utf-8", "replace"), text)
    if b"&" in text:
        text = html.unescape(text.decode("utf-8", "replace")).encode("utf-8", "replace")
    return text.lower()


def _decoded(raw: bytes) -> Iterator[bytes]:
    """What stands in base64 or hex, wherever in a run of its signs it begins."""
    for run in _BASE64.findall(raw):
        usual = run.replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            piece = usual[start:]
            yield base64.b64decode(piece[: len(piece) // 4 * 4] + _tail(piece))
    for run in _HEX.findall(raw):
        yield binascii.unhexlify(run)


def _tail(piece: bytes) -> bytes:
    rest = piece[len(piece) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _unpacked(raw: bytes) -> Iterator[bytes]:
    for sign in _PACKED:
        at = raw.find(sign)
        while at >= 0:
            with suppress(zlib.error):  # it only looked like one
                yield zlib.decompressobj(_ANY_HEADER).decompress(raw[at:])
            at = raw.find(sign, at + 1)
