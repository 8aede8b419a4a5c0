"""Small recordings for tests, made with the decoder's own encoder."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

RATE = 16_000


def tone(path: Path, samples: np.ndarray) -> Path:
    """Write mono samples in −1..1 as what the suffix says (wav, mp3, m4a, ogg, webm)."""
    codec = {".wav": "pcm_s16le", ".mp3": "libmp3lame", ".m4a": "aac"}.get(path.suffix, "libopus")
    rate = 48_000 if codec == "libopus" else RATE
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            (samples * 32767).astype(np.int16)[None, :], format="s16", layout="mono"
        )
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE))


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(7).normal(0, 0.1, int(seconds * RATE)).clip(-1, 1)


def melody(seconds: float) -> np.ndarray:
    """Four notes over and over, with overtones."""
    at = np.arange(int(seconds * RATE)) / RATE
    note = np.array([262.0, 330.0, 392.0, 523.0])[(at * 2).astype(int) % 4]
    return 0.2 * (np.sin(2 * np.pi * note * at) + 0.5 * np.sin(4 * np.pi * note * at))


def excerpt(source: Path, path: Path, seconds: float) -> Path:
    """The first seconds of a recording, in the format of the suffix."""
    parts = []
    with av.open(str(source)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in container.decode(audio=0):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            if sum(map(len, parts)) > seconds * RATE:
                break
    samples = np.concatenate(parts)[: int(seconds * RATE)]
    return tone(path, samples / 32767)
