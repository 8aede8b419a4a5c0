"""Where scores are kept: a folder an evaluation, named for its digest.

    <digest>/manifest.json   what was scored
             scores.jsonl    one line an item: {"item": …, "rows": [{…}, …]}
             result.json     the measures, once all is scored

A line is written whole or not at all: what a killed run left unfinished is cut off, and the
next run goes on behind it. One process at a time writes a folder.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from attending.assurance.columns import Row
from attending.assurance.result import Result, read_result
from attending.core.errors import Conflict, NotFound


@dataclass
class Kept:
    """One evaluation's folder, held open. rows: of each item that was scored."""

    folder: Path
    rows: dict[str, tuple[Row, ...]]
    _lines: BinaryIO

    def add(self, item: str, rows: Sequence[Row]) -> None:
        """Keep an item's scores, now."""
        named = [{"item": item, **row} for row in rows]
        line = json.dumps({"item": item, "rows": named}, ensure_ascii=False).encode()
        self._lines.write(line + b"\n")
        self._lines.flush()
        self.rows.update(_read(line))  # as another run will read it

    def result(self) -> Result | None:
        path = self.folder / "result.json"
        return read_result(path) if path.exists() else None

    def finish(self, result: Result) -> None:
        """Keep the measures; a reader finds them whole, or none."""
        unfinished = self.folder / "result.json.new"
        unfinished.write_text(result.as_json() + "\n", encoding="utf-8")
        unfinished.replace(self.folder / "result.json")


@dataclass(frozen=True)
class Store:
    """All evaluations of an installation. The folder is its owner's alone."""

    root: Path

    @contextmanager
    def open(self, digest: str, manifest: object) -> Iterator[Kept]:
        """An evaluation's folder, made if it is new. Raises Conflict while another one writes."""
        folder = self.root / digest
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        with (folder / "scores.jsonl").open("a+b") as lines:
            _lock(lines, digest)
            yield Kept(folder, _whole(lines), lines)

    def result(self, digest: str) -> Result:
        """The result of a digest, or of its beginning. Raises NotFound."""
        return read_result(self._found(digest) / "result.json")

    def rows(self, digest: str) -> tuple[Row, ...]:
        """Every row of an evaluation, in the order in which they were scored. Raises NotFound."""
        with (self._found(digest) / "scores.jsonl").open("rb") as lines:
            return tuple(row for rows in _read(lines.read()).values() for row in rows)

    def _found(self, digest: str) -> Path:
        told = len(digest) >= _SHORTEST and digest.isalnum()
        found = [p.parent for p in self.root.glob(f"{digest}*/result.json")] if told else []
        if len(found) != 1:
            raise NotFound(
                f"There is no evaluation {digest} here.",
                remedy="Give the digest that `attending evaluate` printed, or run it again.",
            )
        return found[0]


_SHORTEST = 8  # characters of a digest


def _lock(lines: BinaryIO, digest: str) -> None:
    try:
        fcntl.flock(lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Conflict(
            f"Another process runs the evaluation {digest[:12]}.",
            remedy="Wait until it has ended; its scores are then read.",
        ) from error


def _whole(lines: BinaryIO) -> dict[str, tuple[Row, ...]]:
    """The scores that stand, the file cut behind the last whole line."""
    lines.seek(0)
    content = lines.read()
    end = content.rfind(b"\n") + 1
    lines.truncate(end)
    lines.seek(0, os.SEEK_END)
    return _read(content[:end])


def _read(content: bytes) -> dict[str, tuple[Row, ...]]:
    documents = map(json.loads, content.splitlines())
    return {each["item"]: tuple(each["rows"]) for each in documents}
