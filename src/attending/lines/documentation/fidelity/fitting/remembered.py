"""Verdicts kept between fits: a judge takes some 30 ms a pair, and the pairs stay the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from attending.core.support import Pair, SupportModel, Verdict


class RememberedJudge:
    """Asks the judge for what it has not judged before, and keeps its answers in a file.

    The file holds digests and figures, no text.
    """

    def __init__(self, judge: SupportModel, folder: Path) -> None:
        self.name = judge.name
        self.version = judge.version
        self._judge = judge
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"verdicts-{judge.name}-{judge.version}.jsonl".replace("/", "-")
        self._known = self._read()

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        keys = [_digest(pair) for pair in pairs]
        new = {k: p for k, p in zip(keys, pairs, strict=True) if k not in self._known}
        if new:
            found = self._judge.judge(tuple(new.values()))
            self._keep(dict(zip(new, found, strict=True)))
        return tuple(self._known[key] for key in keys)

    def _keep(self, found: dict[str, Verdict]) -> None:
        self._known.update(found)
        with self._file.open("a") as file:
            for key, verdict in found.items():
                file.write(json.dumps([key, *astuple(verdict)]) + "\n")

    def _read(self) -> dict[str, Verdict]:
        if not self._file.exists():
            return {}
        lines = (json.loads(line) for line in self._file.read_text().splitlines())
        return {key: Verdict(*shares) for key, *shares in lines}


def _digest(pair: Pair) -> str:
    return hashlib.sha256(json.dumps([pair.claim, pair.passage]).encode()).hexdigest()
