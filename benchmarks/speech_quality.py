"""How well the local recogniser hears: the sample consultation, and recordings of others."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from attending.adapters.models.whisper import WhisperRecogniser
from attending.core.speech import Role, Transcript
from attending.demo.commands import SAMPLE
from attending.lines.documentation import drugs
from benchmarks.bench import ROOT, Bench, Effort, Figure
from benchmarks.recording import MEDICINES, true_turns, write_recording
from benchmarks.speech_scores import (
    Score,
    heard,
    said,
    score,
    speaker_time_wrong,
    word_time_wrong,
    words,
)

DATA = "ATTENDING_DATA"
_FOLDER = Path("scribe", "hyperscribe-audio")
_VISIT = "audio-with-lab-order-for-hypertension"
_WORDLESS = ("audio_mumbling", "audio_no_voice")
_ROLES = {"doctor": Role.CLINICIAN, "clinician": Role.CLINICIAN, "patient": Role.PATIENT}


def measure(bench: Bench) -> list[Figure]:
    recogniser = WhisperRecogniser(known=drugs.names())
    recogniser.warm()
    figures = _of_sample(bench, recogniser)
    return figures + _of_recordings(bench, recogniser)


def _of_sample(bench: Bench, recogniser: WhisperRecogniser) -> list[Figure]:
    figures = []
    for hints, title in (((), "no hints"), (MEDICINES, "the patient's medicines as hints")):
        bench.tell(f"speech: the sample, {title}")
        sample, turns = _sample(bench)
        found = _listen(recogniser, sample, hints)
        truth = said((turn["role"], turn["text"]) for turn in turns)
        spans = [(Role(t["role"]), float(t["start"]), float(t["end"])) for t in turns]
        wrong = speaker_time_wrong(spans, found)
        where = f"sample, {title}"
        figures += _figures(where, score(truth, heard(found)))
        how = "of the time of all turns, moments that nobody was given included"
        figures.append(_share(f"Speech: speaker time wrong, {where}", wrong, how))
    return figures


def _sample(bench: Bench) -> tuple[Path, list[dict[str, Any]]]:
    if bench.effort is not Effort.TINY:
        return SAMPLE, true_turns()
    turns = true_turns()[:2]
    return write_recording(bench.folder / "start.wav", turns[-1]["end"]), turns


def _of_recordings(bench: Bench, recogniser: WhisperRecogniser) -> list[Figure]:
    folder = Path(os.environ.get(DATA, ROOT.parent / "shared" / "data")) / _FOLDER
    if bench.effort is Effort.TINY:
        return []
    if not folder.is_dir():
        bench.tell(f"speech: no development data ({DATA}): its recordings are left out")
        return []
    bench.tell("speech: the recorded visit")
    return [*_of_visit(recogniser, folder), *_of_wordless(bench, recogniser, folder)]


def _of_visit(recogniser: WhisperRecogniser, folder: Path) -> list[Figure]:
    truth = said(_turns(folder / f"{_VISIT}.json"))
    found = heard(_listen(recogniser, folder / f"{_VISIT}.mp3", ()))
    wrong = word_time_wrong(truth, found)
    where = "a real recording of a scripted visit, no hints"
    how = "of the time of the words that were heard, the receptionist's left out"
    return [
        *_figures(where, score(truth, found)),
        _share(f"Speech: speaker time wrong, {where}", wrong, how),
    ]


def _of_wordless(bench: Bench, recogniser: WhisperRecogniser, folder: Path) -> list[Figure]:
    figures = []
    for name in _WORDLESS:
        bench.tell(f"speech: {name}")
        found = _listen(recogniser, folder / f"{name}.mp3", MEDICINES)
        text = " ".join(utterance.text for utterance in found.utterances)
        title = f"Speech: words heard in {name.removeprefix('audio_').replace('_', ' ')}"
        figures.append(Figure(title, len(words(text)), "words", _quoted(text)))
    return figures


def _turns(path: Path) -> list[tuple[str, str]]:
    """Role and text; whoever is neither clinician nor patient keeps another name."""
    cycles = json.loads(path.read_text(encoding="utf-8"))
    return [
        (_ROLES.get(turn["character"].lower(), turn["character"]), turn["text"])
        for turns in cycles.values()
        for turn in turns
    ]


def _listen(recogniser: WhisperRecogniser, path: Path, hints: tuple[str, ...]) -> Transcript:
    return recogniser.transcribe(path, hints=hints, progress=lambda _done: None)


def _figures(where: str, counted: Score) -> list[Figure]:
    shares = [
        ("word errors", counted.errors, counted.words),
        ("drug-name recall", counted.drugs_heard, counted.drugs),
        ("negation recall", counted.negations_heard, counted.negations),
    ]
    return [
        _share(f"Speech: {what}, {where}", part / whole, f"{part} of {whole}")
        for what, part, whole in shares
        if whole
    ]


def _share(name: str, share: float, detail: str) -> Figure:
    return Figure(name, 100 * share, "%", detail)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "no speech found"
