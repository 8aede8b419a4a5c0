"""What the loop adds to speech: a recording from upload to review, and from there to release.

Real processes, real speech, real stand-in EHR. The recogniser's seconds are taken inside
the inference process (benchmarks.timed_line); moments are the state machine's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import ctranslate2
from faster_whisper import WhisperModel

from attending.adapters.models.audio import decode, to_float
from attending.adapters.models.whisper import BUNDLED, WhisperRecogniser
from attending.core.errors import EngineFailed
from attending.demo import clinician
from attending.demo.client import Api, Json, new_encounter
from attending.demo.commands import CLINICIAN, SAMPLE
from attending.lines.documentation import drugs
from benchmarks.bench import Bench, Effort, Figure, median, spread
from benchmarks.patient import registered
from benchmarks.recording import MEDICINES, write_recording
from benchmarks.running import awaited, serving
from benchmarks.timed_line import CPU, REPORTING, SPEECH

GOAL = 2.0  # seconds
RATIO = 1.05
_SPANS = frozenset({"intake", "decode", "infer", "guard", "sign", "release"})
_SHORT = 5.0  # seconds of speech that warm the processes up


@dataclass(frozen=True)
class LoopRun:
    """Seconds. ``decode`` is the whole step, ``speech`` the recogniser's part of it."""

    to_review: float
    speech: float
    cpu: float  # of the inference process, all its threads, while it heard the recording
    reporting: float
    decode: float
    to_release: float
    spans: dict[str, float]

    @property
    def besides(self) -> float:
        return self.to_review - self.speech + self.to_release


class Timed(NamedTuple):
    """Seconds of the clock, and of the processor in all threads of the process."""

    wall: float
    cpu: float

    @classmethod
    def of(cls, work: Callable[[], None]) -> Timed:
        started, worked = time.perf_counter(), time.process_time()
        work()
        return cls(time.perf_counter() - started, time.process_time() - worked)


@dataclass(frozen=True)
class Round:
    seconds: float  # of the recording
    loop: LoopRun
    direct: Timed
    plain: Timed


def measure(bench: Bench) -> list[Figure]:
    seconds, runs, rounds = bench.pick((600.0, 3, 5), (122.0, 1, 2), (_SHORT, 1, 1))
    installation = bench.installation("loop", "timed_line")
    with serving(installation, "web", "inference", "releaser", ehr=True):
        api = Api.logged_in(installation, CLINICIAN)
        patient, engines = registered(api, installation), _Engines.loaded()
        short = write_recording(installation.home / "short.wav", _SHORT)
        if bench.effort is Effort.TINY:
            only = _round(api, patient, short, engines)
            bench.tell("loop: done")
            return [_besides(seconds, [only.loop]), *_ratios([only])]
        _round(api, patient, short, engines)  # warms all of them up
        turns = []
        for number in range(rounds):
            bench.tell(f"loop: loop, recogniser, faster-whisper in turns, {number + 1} of {rounds}")
            turns.append(_round(api, patient, SAMPLE, engines))
        recording, long = write_recording(installation.home / "long.wav", seconds), []
        for number in range(runs):
            bench.tell(f"loop: a recording of {seconds:.0f} s, {number + 1} of {runs}")
            long.append(_through_the_loop(api, patient, recording))
    return [_besides(seconds, long), *_ratios(turns)]


@dataclass(frozen=True)
class _Engines:
    direct: WhisperRecogniser
    plain: WhisperModel

    @classmethod
    def loaded(cls) -> _Engines:
        package, inside, _ = BUNDLED
        folder = files(package).joinpath(inside)
        direct = WhisperRecogniser(known=drugs.names())
        plain = WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
        return cls(direct, plain)

    def hear(self, recording: Path) -> None:
        """As the loop calls it."""
        self.direct.transcribe(recording, hints=MEDICINES, progress=lambda _done: None)

    def hear_plainly(self, recording: Path) -> None:
        """With faster-whisper by itself and the same options: words, no speakers."""
        ctranslate2.set_random_seed(0)
        segments, _ = self.plain.transcribe(
            to_float(decode(recording).channels[0]),
            language="en",
            beam_size=5,
            word_timestamps=True,
            vad_filter=True,
            condition_on_previous_text=False,
        )
        for _ in segments:
            pass


def _round(api: Api, patient: Json, recording: Path, engines: _Engines) -> Round:
    """One of each, one after the other, so that a busy machine disturbs all alike."""
    return Round(
        decode(recording).duration,
        _through_the_loop(api, patient, recording),
        Timed.of(partial(engines.hear, recording)),
        Timed.of(partial(engines.hear_plainly, recording)),
    )


def _through_the_loop(api: Api, patient: Json, recording: Path) -> LoopRun:
    encounter = new_encounter(api, patient)
    started = datetime.now(UTC)
    received = api.upload(encounter, recording, MEDICINES)
    api.await_draft(received["source"], lambda _done: None)
    clinician.review_and_sign(api, received["case"])
    api.await_release(received["case"])
    events = awaited(lambda: _settled(api, encounter), "the spans of the loop")
    heard = api.get(f"/v1/cases/{received['case']}/rendition")["parameters"]
    return _read(started, events, heard)


def _settled(api: Api, encounter: str) -> list[Json] | None:
    """The timeline, once the spans of all steps have arrived."""
    events: list[Json] = api.get(f"/v1/encounters/{encounter}/timeline")["events"]
    return events if {event["name"] for event in events} >= _SPANS else None


def _read(started: datetime, events: list[Json], heard: Json) -> LoopRun:
    spans = {e["name"]: e["seconds"] for e in events if e["kind"] == "span"}
    review = _moment(events, "case: drafting → in_review")
    signed, released = (
        _moment(events, name) for name in ("case: in_review → signed", "case: signed → released")
    )
    return LoopRun(
        to_review=(review - started).total_seconds(),
        speech=float(heard[SPEECH]),
        cpu=float(heard[CPU]),
        reporting=float(heard[REPORTING]),
        decode=spans["decode"],
        to_release=spans["sign"] + (released - signed).total_seconds(),
        spans=spans,
    )


def _moment(events: list[Json], name: str) -> datetime:
    for event in events:
        if event["name"] == name:
            return datetime.fromisoformat(event["at"])
    raise EngineFailed(f"The timeline lacks the step {name}.")


def _besides(seconds: float, runs: list[LoopRun]) -> Figure:
    besides = [run.besides for run in runs]
    return Figure.at_most(
        f"Loop without speech and speakers, a recording of {seconds:.0f} s",
        median(besides),
        "s",
        GOAL,
        f"{_parts(runs)}; {spread(besides)}",
    )


def _ratios(done: list[Round]) -> list[Figure]:
    steps = [each.loop.decode / each.direct.wall for each in done]
    work = [each.loop.cpu / each.direct.cpu for each in done]
    passes = [each.direct.cpu / each.plain.cpu for each in done]
    rates = [each.seconds / each.direct.wall for each in done]
    return [
        Figure.at_most(
            "Decode step of the loop / recogniser called directly, by the clock",
            median(steps),
            "",
            RATIO,
            f"the sample, same options and hints, both warm, in turns; {spread(steps)}",
        ),
        Figure.at_most(
            "The same by processor time, which neighbours on the machine disturb less",
            median(work),
            "",
            RATIO,
            f"of the recogniser in the loop, telling its progress included; {spread(work)}",
        ),
        Figure(
            "Recogniser / faster-whisper alone, same options, by processor time",
            median(passes),
            "",
            f"what speakers, roles and listening again for hints cost; {spread(passes)}",
        ),
        Figure(
            "Recogniser: seconds of sound per second",
            median(rates),
            "",
            f"{BUNDLED[-1]}, beam 5, on cores that it shares; {spread(rates)}",
        ),
    ]


def _parts(runs: list[LoopRun]) -> str:
    """Where the seconds besides speech go."""

    def middle(*values: float) -> str:
        return f"{median(values):.2f}"

    named = {
        "intake": middle(*(r.spans["intake"] for r in runs)),
        "decode besides speech": middle(*(r.decode - r.speech for r in runs)),
        "of it telling progress": middle(*(r.reporting for r in runs)),
        "infer": middle(*(r.spans["infer"] for r in runs)),
        "guard": middle(*(r.spans["guard"] for r in runs)),
        "waiting between steps": middle(*map(_waiting, runs)),
        "sign and release": middle(*(r.to_release for r in runs)),
    }
    return ", ".join(f"{name} {value}" for name, value in named.items())


def _waiting(run: LoopRun) -> float:
    """Between the spans: the queue, and the transactions that take up and keep."""
    worked = sum(run.spans[name] for name in ("intake", "decode", "infer", "guard"))
    return run.to_review - worked
