"""How long the guard takes for a note, and for one edited statement, on one core.

Run as a program it measures in a process of its own, so that every library starts with one
thread: ``python -m benchmarks.guard.speed`` prints JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from attending import app as wiring
from attending.core.speech import Role
from attending.core.support import SupportModel
from attending.lines.documentation.fidelity.assess import assess
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.soap import Part
from attending.settings import Settings
from benchmarks.bench import ROOT, Figure

NOTE_WORDS, TALK_WORDS = 400, 1_200
TIMES = 11
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "ORT_NUM_THREADS": "1",
}  # fmt: skip
# Lists of lengths without a common divisor: no sentence comes twice, so nothing is remembered.
_PLACES = ("knee", "shoulder", "hip", "ankle", "wrist", "elbow", "back")
_SIGNS = ("swelling", "numbness", "cramps", "burning", "itching", "redness", "stiffness",
          "tingling", "bruising", "weakness", "warmth")  # fmt: skip
_DRUGS = ("ibuprofen", "metformin", "lisinopril", "omeprazole", "sertraline", "amlodipine",
          "gabapentin", "warfarin", "prednisone", "atorvastatin", "losartan", "furosemide",
          "tramadol")  # fmt: skip
_SAID = (
    "how has the {place} been since we last spoke {n} days ago",
    "it still hurts when i walk and i feel {sign} in my {place}",
    "are you taking the {drug} {n} milligrams twice a day",
    "yes but the {drug} upsets my stomach and gives me {sign}",
    "any {sign} of the {place} at night", "no {sign} but i had a cough for {n} days",
    "your blood pressure today is 1{n} over 80 on {drug}",
    "my sister has {sign} and takes {drug}",
    "on examination there is no {sign} of the {place}",
    "i would like an x ray of the {place} in {n} weeks",
)  # fmt: skip
_WRITTEN = (
    "The patient reports pain and {sign} of the left {place} on stairs.",
    "Denies {sign} of the {place} at night.", "Takes {drug} {n} mg twice a day with {sign}.",
    "Cough for {n} days without {sign}.", "Blood pressure is 1{n}/80 on {drug}.",
    "A sister has {sign} and takes {drug}.", "No {sign} of the right {place}.",
    "X-ray of the {place} in {n} weeks because of {sign}.",
)  # fmt: skip


def _varied(template: str, index: int) -> str:
    return template.format(
        n=index + 11,
        place=_PLACES[index % len(_PLACES)],
        sign=_SIGNS[index % len(_SIGNS)],
        drug=_DRUGS[index % len(_DRUGS)],
    )


def measure() -> list[Figure]:
    """Both times, medians of a process that may use one core."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.guard.speed"],
        cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    how = f"one core, medians of {TIMES}; judge: {told['judge']}"
    return [
        Figure.at_most(
            f"Guard: a note of {NOTE_WORDS} words against {TALK_WORDS} words of talk",
            told["note"], "s", 2, f"{how}; {told['note_low']:.2f}-{told['note_high']:.2f}, of the processor"
            f" {told['note_processor']:.2f}",
        ),
        Figure.at_most(
            "Guard: one edited statement of it", told["statement"] * 1000, "ms", 100,
            f"{how}; {told['statement_low'] * 1000:.0f}-{told['statement_high'] * 1000:.0f}, of the"
            f" processor {told['statement_processor'] * 1000:.0f}",
        ),
    ]  # fmt: skip


def talk() -> tuple[Turn, ...]:
    """A conversation of that many words, no turn like another."""
    turns: list[Turn] = []
    words = 0
    while words < TALK_WORDS:
        text = _varied(_SAID[len(turns) % len(_SAID)], len(turns))
        role = Role.PATIENT if len(turns) % 2 else Role.CLINICIAN
        turns.append(Turn(len(turns), role, text, f"u{len(turns) + 1}"))
        words += len(text.split())
    return tuple(turns)


def note() -> tuple[tuple[str, str], ...]:
    """A note of that many words, its sentences under sections, no sentence like another."""
    parts = (Part.HISTORY, Part.EXAMINATION, Part.PLAN)
    sentences: list[tuple[str, str]] = []
    words = 0
    while words < NOTE_WORDS:
        text = _varied(_WRITTEN[len(sentences) % len(_WRITTEN)], len(sentences))
        sentences.append((parts[len(sentences) % len(parts)], text))
        words += len(text.split())
    return tuple(sentences)


def timed(act: Callable[[], object], times: int = TIMES) -> list[tuple[float, float]]:
    """Seconds by the clock and of the processor, of each run, after one that warms."""
    act()
    found = []
    for _ in range(times):
        begun, worked = time.perf_counter(), time.process_time()
        act()
        found.append((time.perf_counter() - begun, time.process_time() - worked))
    return found


def _told(name: str, times: Sequence[tuple[float, float]]) -> dict[str, float]:
    clock, processor = zip(*times, strict=True)
    return {
        name: statistics.median(clock),
        f"{name}_low": min(clock),
        f"{name}_high": max(clock),
        f"{name}_processor": statistics.median(processor),
    }


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    support: SupportModel | None = wiring.evaluation_engines(Settings()).support
    turns, sentences = talk(), note()
    whole = timed(lambda: assess(sentences, turns, support))
    one = timed(lambda: assess(sentences[:1], turns, support))
    judge = f"{support.name} {support.version}" if support else "none"
    print(json.dumps({"judge": judge, **_told("note", whole), **_told("statement", one)}))


if __name__ == "__main__":
    main()
