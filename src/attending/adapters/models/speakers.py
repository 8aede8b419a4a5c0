"""Who speaks: by channel where each speaker has one, otherwise by voice.

At most two are told apart, clinician and patient; whoever else is in the room is given to
the voice nearest to theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from attending.adapters.models.audio import SAMPLE_RATE, Samples, to_float
from attending.adapters.models.turns import Sentence, Spoken
from attending.adapters.models.voiceprint import VoiceEncoder

FIRST, SECOND = "A", "B"
LONG_ENOUGH = 1.0  # seconds that show a voice
ONE_VOICE = 0.83  # centres nearer (cosine) are one voice: measured 0.88-0.97, two 0.13-0.88
SMALLEST_SHARE = 0.03  # of the speech; a smaller second voice is noise
# Costs of a path, in cosine times seconds: voices decide long sentences, turn-taking short ones.
SWITCH = 0.05
STAY_AFTER_QUESTION = 0.1
LONGEST = 3.0  # seconds; more speech of one voice adds no more certainty

Vectors: TypeAlias = NDArray[np.float32]


class SpeakerTeller:
    """Labels each sentence with its speaker; "A" is the first to speak."""

    def __init__(self, encoder: VoiceEncoder | None = None) -> None:
        self._encoder = encoder or VoiceEncoder()
        self.version = self._encoder.version

    def warm(self) -> None:
        """Load the model now."""
        self._encoder.warm()

    def tell(
        self, channels: Sequence[Samples], heard: Sequence[Sequence[Sentence]]
    ) -> list[Spoken]:
        """The sentences ``heard`` on each channel, with their speakers, in order of time."""
        if len(channels) > 1:
            labelled = [
                Spoken(sentence, label)
                for label, own in zip((FIRST, SECOND), heard, strict=True)
                for sentence in own
            ]
            return _first_is_a(sorted(labelled, key=lambda item: item.sentence.start))
        return self.label(heard[0], self.voices(channels[0], heard[0]))

    def voices(
        self, channel: Samples, heard: Sequence[Sentence], start: float = 0.0
    ) -> list[Vectors]:
        """Of each sentence its voice, for ``label``. start: of the channel, in their time."""
        return [self._voice(channel, sentence, start) for sentence in heard]

    def label(self, heard: Sequence[Sentence], voices: Sequence[Vectors]) -> list[Spoken]:
        """The sentences of a whole recording, in order of time, told apart by their voices."""
        return _first_is_a(self._by_voice(heard, voices))

    def _by_voice(self, heard: Sequence[Sentence], voices: Sequence[Vectors]) -> list[Spoken]:
        if not heard:
            return []
        vectors = np.stack(voices)
        seconds = np.array([sentence.end - sentence.start for sentence in heard])
        centres = _two_voices(vectors, seconds)
        if centres is None:
            return [Spoken(sentence, FIRST) for sentence in heard]
        path = _best_path(vectors @ centres.T, seconds, heard)
        return [
            Spoken(sentence, (FIRST, SECOND)[state])
            for sentence, state in zip(heard, path, strict=True)
        ]

    def _voice(self, channel: Samples, sentence: Sentence, start: float) -> Vectors:
        first = int(max(0.0, sentence.start - start) * SAMPLE_RATE)
        cut = channel[first : int((sentence.end - start) * SAMPLE_RATE)]
        return _unit(self._encoder.windows(to_float(cut)).mean(axis=0))


def _two_voices(vectors: Vectors, seconds: NDArray[np.float64]) -> Vectors | None:
    """The centres of two voices, shape (2, n), or None if there is only one."""
    long = seconds >= LONG_ENOUGH
    if long.sum() <= 1:
        return None
    voices, weight = vectors[long], np.minimum(seconds[long], LONGEST)[:, None]
    second = _second_voice(voices, weight)
    for _ in range(20):
        if second.all() or not second.any():
            return None
        centres = np.stack(
            [_unit((voices * weight)[second == side].sum(axis=0)) for side in (False, True)]
        )
        nearer = voices @ centres[1] > voices @ centres[0]
        if (nearer == second).all():
            break
        second = nearer
    share = float(weight[second].sum() / weight.sum())
    if centres[0] @ centres[1] > ONE_VOICE or min(share, 1 - share) < SMALLEST_SHARE:
        return None
    return np.asarray(centres, dtype=np.float32)


def _second_voice(voices: Vectors, weight: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A first split, along the direction in which the voices differ most."""
    middle = (voices * weight).sum(axis=0) / weight.sum()
    _, _, directions = np.linalg.svd((voices - middle) * np.sqrt(weight), full_matrices=False)
    return np.asarray((voices - middle) @ directions[0] > 0)


def _best_path(
    likeness: Vectors, seconds: NDArray[np.float64], heard: Sequence[Sentence]
) -> list[int]:
    """The likeliest speaker of each sentence (Viterbi), with turn-taking as the prior."""
    gain = likeness * np.minimum(seconds, LONGEST)[:, None]
    score, back = gain[0].astype(np.float64), []
    for index in range(1, len(heard)):
        asked = heard[index - 1].asks
        stay, switch = (-STAY_AFTER_QUESTION, 0.0) if asked else (0.0, -SWITCH)
        arrive = score[:, None] + np.array([[stay, switch], [switch, stay]])
        back.append(arrive.argmax(axis=0))
        score = arrive.max(axis=0) + gain[index]
    path = [int(score.argmax())]
    for origin in reversed(back):
        path.append(int(origin[path[-1]]))
    return path[::-1]


def _first_is_a(spoken: list[Spoken]) -> list[Spoken]:
    if not spoken or spoken[0].speaker == FIRST:
        return spoken
    swap = {FIRST: SECOND, SECOND: FIRST}
    return [Spoken(item.sentence, swap[item.speaker]) for item in spoken]


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-9), dtype=np.float32)
