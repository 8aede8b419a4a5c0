"""Lists in pages. Where the next one begins is sealed: it opens for its list and clinic alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel

from attending.core.errors import NotFound
from attending.core.ids import TenantId
from attending.web.api.desk import seals_of
from attending.web.api.types import Listed
from attending.web.seals import Seals

Cursor = Annotated[str | None, Query(max_length=300, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]
T = TypeVar("T")
Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True)
class Page:
    """One page of one list. ``wanted``: items to look for, one more than are shown."""

    seals: Seals
    purpose: str
    cursor: str | None
    limit: int

    @property
    def wanted(self) -> int:
        return self.limit + 1

    def after(self) -> str | None:
        """The place of the last item of the page before; None for the first page.

        Raises NotFound alike for nonsense and for a cursor of another list or clinic.
        """
        if self.cursor is None:
            return None
        opened = self.seals.open(self.purpose, self.cursor)
        if opened is None:
            raise NotFound("There is no such page.")
        return opened.decode()

    def after_moment(self) -> tuple[datetime, UUID] | None:
        """The same, of a list whose places are ``moment_of``."""
        place = self.after()
        if place is None:
            return None
        moment, _, item = place.partition(" ")
        return datetime.fromisoformat(moment), UUID(item)

    def listed(
        self, found: Sequence[T], place: Callable[[T], str], form: Callable[[T], Form]
    ) -> Listed[Form]:
        """What was found, in its form. place: of an item, as the next page is given it."""
        shown = found[: self.limit]
        following = None
        if len(found) > self.limit:
            following = self.seals.seal(self.purpose, place(shown[-1]).encode())
        return Listed(items=list(map(form, shown)), next=following)


@dataclass(frozen=True)
class Paging:
    """What a client asks of a list."""

    seals: Seals
    cursor: str | None
    limit: int

    def of(self, tenant: TenantId, name: str) -> Page:
        return Page(self.seals, f"cursor/{name}/{tenant}", self.cursor, self.limit)


def paging(
    seals: Annotated[Seals, Depends(seals_of)], cursor: Cursor = None, limit: Limit = 100
) -> Paging:
    return Paging(seals, cursor, limit)


def moment_of(at: datetime, item: UUID) -> str:
    return f"{at.isoformat()} {item}"


Paged = Annotated[Paging, Depends(paging)]
