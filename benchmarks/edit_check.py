"""The guard over one edited statement, as the review page asks for it: over HTTP, with the judge."""

from __future__ import annotations

import time
from itertools import cycle
from typing import Any

from attending.core.errors import EngineFailed
from attending.demo.client import Api
from attending.demo.commands import CLINICIAN
from attending.lines.documentation.fidelity.check import Fidelity
from benchmarks.bench import Bench, Figure, median, p99
from benchmarks.guard.speed import TALK_WORDS
from benchmarks.ready_clinic import ReadyClinic
from benchmarks.running import serving

GOAL = 100  # milliseconds
WARMING = 5  # asked before, and not counted
Json = dict[str, Any]


def measure(bench: Bench) -> list[Figure]:
    times = bench.pick(100, 30, 3)
    installation = bench.installation("edit", "judged_line")
    with serving(installation, "web"):
        with ReadyClinic.opened(installation) as clinic:
            path = f"/v1/cases/{clinic.in_review()}"
        api = Api.logged_in(installation, CLINICIAN)
        sections = [each for each in api.get(path)["sections"] if each["statements"]]
        bench.tell(f"edit: asked {times} times")
        asks = [
            _edited(s, n) for n, s in zip(range(WARMING + times), cycle(sections), strict=False)
        ]
        took = [_took(api, f"{path}/checks", ask) for ask in asks][WARMING:]
    return [_figure(took)]


def _edited(section: Json, number: int) -> Json:
    """One statement of it, another each time, with a figure that it had not."""
    texts = [each["text"] for each in section["statements"]]
    place = number % len(texts)
    texts[place] = f"{texts[place].rstrip('.')} for {number + 2} weeks."
    return {"section": section["key"], "text": "\n".join(texts)}


def _took(api: Api, path: str, ask: Json) -> float:
    """Seconds, of an answer of every check."""
    begun = time.perf_counter()
    told = api.http.post(path, json=ask)
    took = time.perf_counter() - begun
    told.raise_for_status()
    answer = told.json()
    if answer["unchecked"] or Fidelity.name not in answer["budgets"]:
        raise EngineFailed("What was timed is not the whole guard.")
    return took


def _figure(took: list[float]) -> Figure:
    milliseconds = [1000 * each for each in took]
    how = (
        f"one client, connection kept, a talk of {TALK_WORDS:,} words; "
        f"{min(milliseconds):.0f}-{max(milliseconds):.0f}, p99 {p99(milliseconds):.0f}, "
        f"n = {len(milliseconds)}"
    )
    name = "An edited statement checked over HTTP, shipped judge, median"
    return Figure.at_most(name, median(milliseconds), "ms", GOAL, how)
