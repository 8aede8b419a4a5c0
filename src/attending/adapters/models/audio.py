"""From an uploaded file to samples: decoding, and telling whether channels are speakers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from attending.core.errors import SourceTooLarge, UnreadableSource

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Samples: TypeAlias = NDArray[np.int16]

SAMPLE_RATE = 16_000
DEFAULT_LIMIT = 3 * 3600.0
# Containers of sound only: a playlist (HLS, concat) could make the decoder open other files.
CONTAINERS = "wav,w64,mp3,ogg,flac,aac,aiff,amr,caf,asf,matroska,webm,mov,mp4,m4a,3gp"
FRAME = SAMPLE_RATE // 10
LAYOUTS = {1: "mono", 2: "stereo"}  # whatever has more channels is mixed
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


def decode(recording: Path, *, limit: float = DEFAULT_LIMIT) -> Sound:
    """Decode the first audio stream of ``recording``; ``limit`` in seconds.

    Two channels stay apart when each carries another speaker; otherwise they are mixed.
    A damaged or truncated file gives what could be decoded.
    Raises UnreadableSource if nothing could, SourceTooLarge above ``limit``.
    """
    try:
        if recording.stat().st_size == 0:
            raise UnreadableSource("The recording is empty (0 bytes).")
        with av.open(str(recording), options={"format_whitelist": CONTAINERS}) as container:
            return _decode_stream(container, limit)
    except (av.FFmpegError, OSError) as error:
        raise UnreadableSource("The recording is not an audio file that plays.") from error


def to_float(samples: Samples) -> NDArray[np.float32]:
    """Samples in -1..1, as models want them."""
    return samples.astype(np.float32) / 32768.0


def _decode_stream(container: InputContainer, limit: float) -> Sound:
    if not container.streams.audio:
        raise UnreadableSource("The recording holds no sound.")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise UnreadableSource("The recording is in a coding that is not known here.")
    reader = _Reader(stream.codec_context.channels, limit)
    for frame in _frames(container, stream, reader):
        reader.add(frame)
    samples = reader.finish()
    if samples.size == 0:
        raise UnreadableSource("No sound could be decoded from the recording.")
    return Sound(_speakers_of(samples), reader.damaged)


def _frames(
    container: InputContainer, stream: AudioStream, reader: _Reader
) -> Iterator[AudioFrame]:
    """All frames that decode; a broken packet is noted and passed over."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            reader.damaged = True
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            reader.damaged = True


class _Reader:
    """Resamples frames to 16 kHz, and stops at the limit (a small file can unpack to days)."""

    def __init__(self, channels: int, limit: float) -> None:
        self.damaged = False
        self._channels = channels if channels in LAYOUTS else 1
        self._limit = limit
        self._pieces: list[Samples] = []
        self._size = 0
        self._setup: tuple[str, str, int] | None = None
        self._resampler = self._fresh_resampler()

    def add(self, frame: AudioFrame) -> None:
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if setup != self._setup:  # some streams change their rate on the way
            self._flush()
            self._resampler = self._fresh_resampler()
            self._setup = setup
        self._keep(self._resampler.resample(frame))

    def finish(self) -> Samples:
        """All samples, shape (channels, n)."""
        self._flush()
        if not self._pieces:
            return np.empty((self._channels, 0), dtype=np.int16)
        return np.concatenate(self._pieces).reshape(-1, self._channels).T

    def _fresh_resampler(self) -> av.AudioResampler:
        return av.AudioResampler("s16", LAYOUTS[self._channels], SAMPLE_RATE)

    def _flush(self) -> None:
        if self._setup is not None:
            self._keep(self._resampler.resample(None))

    def _keep(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self._pieces.append(frame.to_ndarray().astype(np.int16, copy=False).ravel())
            self._size += frame.samples
        if self._size > self._limit * SAMPLE_RATE:
            raise SourceTooLarge(
                f"The recording is longer than {self._limit / 60:.0f} minutes.",
                remedy="Split the recording, or ask the administrator to raise the limit.",
            )


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
