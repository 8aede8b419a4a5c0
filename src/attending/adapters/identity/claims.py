"""Reading single claims of a token, with their types and ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from joserfc.errors import InvalidClaimError, MissingClaimError

_MAX_TEXT = 255
_MAX_SECONDS = 253_370_764_800  # the year 9999; Python's times end with it


@dataclass(frozen=True)
class Claims:
    """The claims of a token whose signature holds.

    Every reader raises InvalidClaimError or MissingClaimError (joserfc), which name the
    claim and never its value.
    """

    values: Mapping[str, object]

    def has(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """A printable text of 1 to 255 characters."""
        return _text(name, self._required(name))

    def texts(self, name: str) -> frozenset[str]:
        """A list of texts; none if the claim is absent."""
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise InvalidClaimError(name)
        return frozenset(_text(name, each) for each in value)

    def words(self, name: str) -> frozenset[str]:
        """Words with spaces between them; none if the claim is absent."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise InvalidClaimError(name)
        return frozenset(value.split())

    def moment(self, name: str) -> datetime:
        """Seconds since 1970 (RFC 7519, NumericDate) as a time in UTC."""
        value = self._required(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidClaimError(name)
        if not 0 <= value <= _MAX_SECONDS:  # also refuses NaN
            raise InvalidClaimError(name)
        return datetime.fromtimestamp(value, UTC)

    def audiences(self) -> frozenset[str]:
        """To whom the token is made out: one text, or a list of them."""
        if isinstance(self.values.get("aud"), str):
            return frozenset({self.text("aud")})
        return self.texts("aud")

    def _required(self, name: str) -> object:
        if name not in self.values:
            raise MissingClaimError(name)
        return self.values[name]


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT or not value.isprintable():
        raise InvalidClaimError(name)
    return value
