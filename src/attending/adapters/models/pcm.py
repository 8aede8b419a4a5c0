"""From an uploaded file to plain samples, in a child process: see confined.py.

Imports nothing of ours: the child has no need of it. What it says goes out as an exit
status, and as bytes: how many channels (one byte), then their samples, 16 bits,
little-endian, interleaved, at 16 kHz.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import av
import av.subtitles.codeccontext  # all that PyAV would load later, when no file can be
import av.subtitles.stream
import av.subtitles.subtitle

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

SAMPLE_RATE = 16_000
# Containers of sound only: a playlist (HLS, concat) could make the decoder open other files.
CONTAINERS = "wav,w64,mp3,ogg,flac,aac,aiff,amr,caf,asf,matroska,webm,mov,mp4,m4a,3gp"
LAYOUTS = {1: "mono", 2: "stereo"}  # whatever has more channels is mixed
WHOLE, DAMAGED, UNREADABLE, SILENT, UNKNOWN_CODING = 0, 10, 20, 21, 22


def decode(source: BinaryIO, sink: BinaryIO) -> int:
    """The first sound of ``source``; what could be decoded of a damaged file. Exit status."""
    try:
        with av.open(source, mode="r", options={"format_whitelist": CONTAINERS}) as container:
            return _decode_stream(container, sink)
    except (av.FFmpegError, OSError):
        return UNREADABLE


def _decode_stream(container: InputContainer, sink: BinaryIO) -> int:
    if not container.streams.audio:
        return SILENT
    stream = container.streams.audio[0]
    if not _is_known(stream):
        return UNKNOWN_CODING
    writer = _Writer(stream.codec_context.channels, sink)
    for frame in _frames(container, stream, writer):
        writer.add(frame)
    writer.finish()
    return DAMAGED if writer.damaged else WHOLE


def _is_known(stream: AudioStream) -> bool:
    """PyAV gives no context for a coding that FFmpeg has no decoder of."""
    context: object = stream.codec_context
    return context is not None


def _frames(
    container: InputContainer, stream: AudioStream, writer: _Writer
) -> Iterator[AudioFrame]:
    """All frames that decode; a broken packet is noted and passed over."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            writer.damaged = True
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            writer.damaged = True


class _Writer:
    """Resamples frames to 16 kHz as they come: the child keeps none of them."""

    def __init__(self, channels: int, sink: BinaryIO) -> None:
        self.damaged = False
        self._channels = channels if channels in LAYOUTS else 1
        self._sink = sink
        self._setup: tuple[str, str, int] | None = None
        self._resampler = self._fresh_resampler()
        sink.write(bytes([self._channels]))

    def add(self, frame: AudioFrame) -> None:
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if setup != self._setup:  # some streams change their rate on the way
            self.finish()
            self._resampler = self._fresh_resampler()
            self._setup = setup
        self._write(self._resampler.resample(frame))

    def finish(self) -> None:
        if self._setup is not None:
            self._write(self._resampler.resample(None))

    def _fresh_resampler(self) -> av.AudioResampler:
        return av.AudioResampler("s16", LAYOUTS[self._channels], SAMPLE_RATE)

    def _write(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            size = 2 * frame.samples * self._channels  # a plane is padded beyond it
            self._sink.write(memoryview(frame.planes[0])[:size])
