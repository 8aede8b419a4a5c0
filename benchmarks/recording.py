"""The sample consultation: as words without hearing it, and as a file of any length."""

from __future__ import annotations

import json
import wave
from itertools import cycle
from pathlib import Path
from typing import Any

from attending.adapters.models.audio import SAMPLE_RATE, Samples, decode
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.demo.commands import SAMPLE

MEDICINES = ("lisinopril", "metformin")  # the list of the demo's first patient
_CHUNK = 10 * SAMPLE_RATE


def true_turns() -> list[dict[str, Any]]:
    """Role, text, start and end (seconds) of every turn, true by construction."""
    turns: list[dict[str, Any]] = json.loads(SAMPLE.with_suffix(".json").read_text())
    return turns


def true_transcript() -> Transcript:
    """What a perfect recogniser would hear, words spread evenly over their turn."""
    utterances = tuple(_utterance(n, turn) for n, turn in enumerate(true_turns(), 1))
    return Transcript(utterances, utterances[-1].end + 0.5)


def write_recording(path: Path, seconds: float) -> Path:
    """The sample, repeated or cut to this length, as a WAV file."""
    samples = decode(SAMPLE).channels[0]
    left = int(seconds * SAMPLE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for piece in cycle(_pieces(samples)):
            file.writeframes(piece[:left].tobytes())
            left -= piece.size
            if left <= 0:
                return path
    return path


def _pieces(samples: Samples) -> list[Samples]:
    return [samples[at : at + _CHUNK] for at in range(0, samples.size, _CHUNK)]


def _utterance(number: int, turn: dict[str, Any]) -> Utterance:
    texts = str(turn["text"]).split()
    step = (turn["end"] - turn["start"]) / len(texts)
    words = tuple(
        Word(text, turn["start"] + n * step, turn["start"] + (n + 0.9) * step, 0.95)
        for n, text in enumerate(texts)
    )
    role = Role(turn["role"])
    return Utterance(f"u{number}", "A" if role is Role.CLINICIAN else "B", role, words)
