"""From an uploaded file to samples: decoding, and telling whether channels are speakers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from attending.adapters.models import pcm
from attending.adapters.models.child import DecodingChild
from attending.core.errors import UnreadableSource

Samples: TypeAlias = NDArray[np.int16]

SAMPLE_RATE = pcm.SAMPLE_RATE
DEFAULT_LIMIT = 3 * 3600.0
CHILD = DecodingChild()
FRAME = SAMPLE_RATE // 10
SILENCE_LEVEL = 60.0  # root mean square below which nobody speaks
# Channels are speakers where one is this many times louder, in this share of the time, ...
DOMINANCE, ALONE = 3.0, 0.8
LEAST_SHARE = 0.05  # ... and each of the two for at least this share
LEAST_FRAMES = 10


@dataclass(frozen=True)
class Sound:
    """Decoded audio at 16 kHz: one array per speaker's own channel, else one in all.

    ``damaged``: part of the file could not be decoded, and is missing here.
    """

    channels: tuple[Samples, ...]
    damaged: bool = False

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.channels[0].size / SAMPLE_RATE


def decode(recording: Path, *, limit: float = DEFAULT_LIMIT, child: DecodingChild = CHILD) -> Sound:
    """Decode the first audio stream of ``recording``; ``limit`` in seconds.

    Two channels stay apart when each carries another speaker; otherwise they are mixed.
    A damaged or truncated file gives what could be decoded.
    Raises UnreadableSource if nothing could, SourceTooLarge above ``limit``.
    """
    try:
        size = recording.stat().st_size
    except OSError as error:
        raise UnreadableSource("The recording cannot be read.") from error
    if size == 0:
        raise UnreadableSource("The recording is empty (0 bytes).")
    decoded = child.decode(recording, limit)
    samples = np.frombuffer(decoded.samples, dtype="<i2").reshape(-1, decoded.channels).T
    return Sound(_speakers_of(samples), decoded.damaged)


def to_float(samples: Samples) -> NDArray[np.float32]:
    """Samples in -1..1, as models want them."""
    return samples.astype(np.float32) / 32768.0


def _speakers_of(samples: Samples) -> tuple[Samples, ...]:
    if samples.shape[0] == 1:
        return (np.ascontiguousarray(samples[0]),)
    loudness = np.stack([_loudness(channel) for channel in samples])
    if not _separate(loudness):
        return (samples.astype(np.int32).mean(axis=0).astype(np.int16),)
    return tuple(
        _without_crosstalk(channel, own, other)
        for channel, own, other in zip(samples, loudness, loudness[::-1], strict=True)
    )


def _loudness(channel: Samples) -> NDArray[np.float64]:
    """Root mean square of each tenth of a second."""
    whole = channel[: channel.size // FRAME * FRAME].reshape(-1, FRAME)
    power: NDArray[np.float64] = np.mean(whole.astype(np.float64) ** 2, axis=1)
    return np.sqrt(power)


def _separate(loudness: NDArray[np.float64]) -> bool:
    """Whether at nearly every moment one channel speaks alone, and each has its moments.

    A stereo microphone hears everybody on both sides, so there neither side dominates.
    """
    heard = loudness[:, loudness.max(axis=0, initial=0) > SILENCE_LEVEL]
    if heard.shape[1] < LEAST_FRAMES:
        return False
    left = heard[0] > DOMINANCE * heard[1]
    right = heard[1] > DOMINANCE * heard[0]
    alone = np.mean(left | right)
    return bool(alone > ALONE and min(left.mean(), right.mean()) > LEAST_SHARE)


def _without_crosstalk(
    channel: Samples, own: NDArray[np.float64], other: NDArray[np.float64]
) -> Samples:
    """Mute the moments when the other side speaks, or its echo would be heard as speech."""
    mute = np.repeat(other > DOMINANCE * own, FRAME)
    quiet = channel.copy()
    quiet[: mute.size][mute] = 0
    return quiet
