"""Types of single fields: texts that a record can hold, moments with a zone, versions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

T = TypeVar("T")
# Control characters and non-characters: XML, and so a record's narrative, cannot hold them.
_NOT_STORABLE = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_YEARS = range(1900, 2200)
_INTEGER = 2**31 - 1


def _storable(text: str) -> str:
    if _NOT_STORABLE.search(text):
        raise ValueError("it holds a control character")
    return text


def _in_utc(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise ValueError("the year is out of range")
    return moment.astimezone(UTC)


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


Words = Annotated[str, Field(max_length=200), AfterValidator(_storable)]
Name = Annotated[Words, AfterValidator(_filled)]
Reason = Annotated[str, Field(max_length=4_000), AfterValidator(_storable)]
Passage = Annotated[str, Field(max_length=100_000), AfterValidator(_storable)]
Token = Annotated[str, Field(min_length=1, max_length=16_384, pattern=r"^[!-~]+$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Hex SHA-256.")]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Version = Annotated[int, Field(ge=1, le=_INTEGER, description="The version that you saw.")]
RevisionNumber = Annotated[int, Field(ge=0, le=_INTEGER, description="0 is the draft itself.")]


class Ask(BaseModel):
    """What a client sends: fields that we do not know are refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What a client is told; made from the language's own data of the same names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Listed(Told, Generic[T]):
    """``next``: pass it as ``cursor`` for what follows; absent at the end."""

    items: list[T]
    next: str | None = None
