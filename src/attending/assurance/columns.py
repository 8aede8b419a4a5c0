"""Scores as columns: what every measure reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attending.assurance.measures.arrays import Flags, Indices, Numbers, Texts

Value = float | int | bool | str
Row = Mapping[str, Value]  # one scored thing: flat, without clinical text


@dataclass(frozen=True)
class Columns:
    """Rows by column. A row that lacks a column holds nan there, False, or ""."""

    values: Mapping[str, Numbers | Flags | Texts]
    length: int

    def __len__(self) -> int:
        return self.length

    def numbers(self, name: str) -> Numbers:
        return self.values[name].astype(np.float64, copy=False)

    def flags(self, name: str) -> Flags:
        return self.values[name].astype(np.bool_, copy=False)

    def texts(self, name: str) -> Texts:
        return self.values[name].astype(np.str_, copy=False)

    def kinds(self, name: str) -> tuple[str, ...]:
        """The values of a column of texts, sorted, without ""; none if it is absent."""
        if name not in self.values:
            return ()
        return tuple(str(each) for each in np.unique(self.texts(name)) if each)

    def take(self, chosen: Indices | Flags) -> Columns:
        """The rows of these indices, or where the flag stands."""
        taken = {name: values[chosen] for name, values in self.values.items()}
        length = int(chosen.sum()) if chosen.dtype == np.bool_ else len(chosen)
        return Columns(taken, length)

    def with_(self, **values: Numbers | Flags | Texts) -> Columns:
        return Columns({**self.values, **values}, self.length)


def columns(rows: Sequence[Row]) -> Columns:
    """Rows by column; the first value that a column has says what it holds."""
    kinds: dict[str, type] = {}
    for row in rows:
        for name, value in row.items():
            kinds.setdefault(name, type(value))
    return Columns({name: _column(rows, name, kind) for name, kind in kinds.items()}, len(rows))


def _column(rows: Sequence[Row], name: str, kind: type) -> Numbers | Flags | Texts:
    if kind is bool:
        return np.array([row.get(name, False) for row in rows], dtype=np.bool_)
    if kind is str:
        return np.array([str(row.get(name, "")) for row in rows], dtype=np.str_)
    return np.array([row.get(name, np.nan) for row in rows], dtype=np.float64)
