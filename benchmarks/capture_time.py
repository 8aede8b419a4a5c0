"""How soon the draft stands after a visit that was recorded live: from "end" to "in review".

Real processes and real speech. The sample consultation, repeated, is sent in chunks of two
seconds as the capture page sends them, each at the moment at which a microphone would have
given it: nothing is fed faster than people talk.
"""

from __future__ import annotations

import hashlib
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from attending.core.capture import SAMPLE, SAMPLE_RATE
from attending.core.speech import Transcript
from attending.demo.client import Api, Json, new_encounter
from attending.demo.commands import CLINICIAN
from attending.demo.commands import SAMPLE as CONSULTATION
from benchmarks.bench import Bench, Figure, spread
from benchmarks.patient import registered
from benchmarks.recording import MEDICINES, true_turns, write_recording
from benchmarks.running import awaited, serving
from benchmarks.speech_scores import heard, said, score

GOAL = 10.0  # seconds
CHUNK = 2  # seconds
_TRANSCRIPT = TypeAdapter(Transcript)


@dataclass(frozen=True)
class Visit:
    """Seconds: of the recording, and from its end to the draft."""

    seconds: float
    to_draft: float
    to_case: float  # until the recording had become a source
    ahead: float  # of it, heard before the end
    case: str


def measure(bench: Bench) -> list[Figure]:
    seconds, runs = bench.pick((600.0, 1), (122.0, 1), (5.0, 1))
    installation = bench.installation("capture")
    with serving(installation, "web", "inference", "releaser", ehr=True):
        api = Api.logged_in(installation, CLINICIAN)
        patient = registered(api, installation)
        warm = write_recording(installation.home / "warm.wav", 6.0)
        api.await_draft(api.upload(new_encounter(api, patient), warm)["source"], lambda _done: None)
        visits = []
        for number in range(runs):
            bench.tell(
                f"capture: a visit of {seconds:.0f} s as it is spoken, {number + 1} of {runs}"
            )
            recording = write_recording(installation.home / f"visit-{number}.wav", seconds)
            visits.append(_recorded(api, patient, recording))
        return [_soon(seconds, visits), *_words(api, patient, visits[0])]


def _recorded(api: Api, patient: Json, recording: Path) -> Visit:
    opened = api.post(
        f"/v1/encounters/{new_encounter(api, patient)}/captures",
        {"line": "documentation", "hints": list(MEDICINES)},
    )
    address, began, number, samples = f"/v1/captures/{opened['id']}", time.monotonic(), 0, 0
    for number, sound in enumerate(_chunks(recording), 1):
        samples += len(sound) // SAMPLE
        time.sleep(max(0.0, began + samples / SAMPLE_RATE - time.monotonic()))
        api.http.put(
            f"{address}/chunks/{number}",
            params={"digest": hashlib.sha256(sound).hexdigest()},
            content=sound,
            headers={"Content-Type": "application/octet-stream"},
        ).raise_for_status()
    pieces = api.get(f"{address}/heard")["pieces"]
    stopped = time.monotonic()
    ended = api.post(f"{address}/end", {"chunks": number})
    standing = time.monotonic()
    awaited(lambda: _in_review(api, ended["source"]), "the draft")
    return Visit(
        seconds=samples / SAMPLE_RATE,
        to_draft=time.monotonic() - stopped,
        to_case=standing - stopped,
        ahead=pieces[-1]["end"] if pieces else 0.0,
        case=ended["case"],
    )


def _in_review(api: Api, source: str) -> bool:
    return bool(api.get(f"/v1/sources/{source}")["case_state"] == "in_review")


def _chunks(recording: Path) -> Iterator[bytes]:
    with wave.open(str(recording)) as file:
        while sound := file.readframes(CHUNK * SAMPLE_RATE):
            yield sound


def _soon(seconds: float, visits: list[Visit]) -> Figure:
    last = visits[-1]
    return Figure.at_most(
        f"Capture: end of a visit of {seconds:.0f} s to its draft, worst",
        max(visit.to_draft for visit in visits),
        "s",
        GOAL,
        f"in real time; heard ahead {last.ahead:.0f} s of {last.seconds:.0f} s, the recording a"
        f" source after {last.to_case:.2f} s; {spread([visit.to_draft for visit in visits])}",
    )


def _words(api: Api, patient: Json, live: Visit) -> list[Figure]:
    """Word errors of the sample, heard piece by piece and heard as a whole, same hints."""
    turns = true_turns()
    truth = said((turn["role"], turn["text"]) for turn in turns)
    if live.seconds < turns[-1]["end"]:
        return []
    received = api.upload(new_encounter(api, patient), CONSULTATION, MEDICINES)
    api.await_draft(received["source"], lambda _done: None)
    figures = []
    for case, how in ((live.case, "piece by piece"), (received["case"], "as a whole")):
        found = _TRANSCRIPT.validate_python(api.get(f"/v1/cases/{case}/rendition"))
        counted = score(truth, heard(_first(found, turns[-1]["end"] + 1.0)))
        figures.append(
            Figure(
                f"Capture: word errors of the sample, heard {how}",
                100 * counted.errors / counted.words,
                "%",
                f"{counted.errors} of {counted.words}; medicines"
                f" {counted.drugs_heard} of {counted.drugs},"
                f" negations {counted.negations_heard} of {counted.negations}",
            )
        )
    return figures


def _first(found: Transcript, seconds: float) -> Transcript:
    """The sample once, of a visit that repeats it."""
    return Transcript(tuple(u for u in found.utterances if u.start < seconds), seconds)
