"""Files as they really arrive: good, odd, broken, hostile."""

from __future__ import annotations

import json
import wave
from importlib.resources import files
from pathlib import Path

import av
import numpy as np
import pytest

from attending.adapters.models.audio import SAMPLE_RATE, decode, to_float
from attending.core.errors import SourceTooLarge, UnreadableSource

SAMPLE = Path(str(files("attending.demo").joinpath("sample"))) / "consultation.ogg"


def write_wav(path: Path, channels: np.ndarray, rate: int = SAMPLE_RATE) -> Path:
    """channels: shape (n, channels), -1..1."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((channels.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path


def encode(path: Path, codec: str, samples: np.ndarray) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), "flt", "mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def tone(seconds: float, hertz: float = 440.0) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.ogg", "libopus"), ("a.webm", "libopus")],
)
def test_the_usual_containers_decode_to_the_same_tone(
    tmp_path: Path, name: str, codec: str
) -> None:
    sound = decode(encode(tmp_path / name, codec, tone(2.0)))
    assert sound.duration == pytest.approx(2.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(to_float(sound.channels[0])))
    assert spectrum.argmax() / sound.duration == pytest.approx(440, abs=3)
    assert not sound.damaged


def test_another_sampling_rate_is_brought_to_16_khz(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1.0)[:, None], rate=8_000)
    assert decode(path).duration == pytest.approx(2.0, abs=0.02)


def test_an_empty_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    with pytest.raises(UnreadableSource, match="empty"):
        decode(path)


def test_text_with_the_name_of_a_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("Dear colleague, thank you for seeing this patient.\n" * 200)
    with pytest.raises(UnreadableSource):
        decode(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource):
        decode(tmp_path / "none.wav")


def test_a_wav_header_without_sound_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.empty((0, 1)))
    with pytest.raises(UnreadableSource):
        decode(path)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), dtype=np.uint8), "rgb24")
        for packet in [*stream.encode(picture), *stream.encode(None)]:
            container.mux(packet)
    with pytest.raises(UnreadableSource, match="no sound"):
        decode(path)


def test_a_playlist_cannot_open_another_file(tmp_path: Path) -> None:
    """Or an upload could play back what it likes from the server's disk."""
    write_wav(tmp_path / "another-patient.wav", tone(2.0)[:, None])
    playlist = tmp_path / "upload.mp3"
    playlist.write_text("ffconcat version 1.0\nfile another-patient.wav\n")
    with pytest.raises(UnreadableSource):
        decode(playlist)


def test_a_truncated_mp3_gives_what_is_there(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", tone(4.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert decode(path).duration == pytest.approx(2.0, abs=0.3)


def test_a_truncated_m4a_has_no_index_and_is_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", "aac", tone(4.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableSource):
        decode(path)


def test_damage_in_the_middle_keeps_the_rest_and_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    content = bytearray(SAMPLE.read_bytes())
    middle = len(content) // 2
    noise = np.random.default_rng(7).integers(0, 256, 40_000, dtype=np.uint8).tobytes()
    content[middle : middle + 40_000] = noise
    path.write_bytes(content)
    sound = decode(path)
    assert 60 < sound.duration < 122.5


def test_a_tenth_of_a_second_is_a_valid_recording(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(0.1)[:, None])
    assert decode(path).duration == pytest.approx(0.1, abs=0.001)


def test_too_long_is_refused_while_decoding(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(3.0)[:, None])
    with pytest.raises(SourceTooLarge) as caught:
        decode(path, limit=2.0)
    assert "Split" in caught.value.remedy
    assert decode(path, limit=3.1).duration == pytest.approx(3.0)


def by_channel(crosstalk: float) -> np.ndarray:
    """The sample with the clinician on the left and the patient on the right."""
    voice = to_float(decode(SAMPLE).channels[0])
    both = np.zeros((voice.size, 2))
    for turn in json.loads(SAMPLE.with_suffix(".json").read_text()):
        at = slice(int(turn["start"] * SAMPLE_RATE), int(turn["end"] * SAMPLE_RATE))
        own = 0 if turn["role"] == "clinician" else 1
        both[at, own] = voice[at]
        both[at, 1 - own] = crosstalk * voice[at]
    return both


def test_speakers_on_their_own_channels_stay_apart_and_crosstalk_is_muted(
    tmp_path: Path,
) -> None:
    sound = decode(write_wav(tmp_path / "a.wav", by_channel(crosstalk=0.1)))
    left, right = (to_float(channel) for channel in sound.channels)
    patient_speaks = slice(int(6.5 * SAMPLE_RATE), int(10 * SAMPLE_RATE))
    assert np.abs(right[patient_speaks]).max() > 0.1
    assert np.abs(left[patient_speaks]).max() < 0.01


def test_a_stereo_microphone_is_mixed(tmp_path: Path) -> None:
    voice = to_float(decode(SAMPLE).channels[0])[:, None]
    sound = decode(write_wav(tmp_path / "a.wav", voice * np.array([[1.0, 0.6]])))
    assert len(sound.channels) == 1


def test_one_silent_side_is_mixed(tmp_path: Path) -> None:
    voice = to_float(decode(SAMPLE).channels[0])[:, None]
    sound = decode(write_wav(tmp_path / "a.wav", voice * np.array([[1.0, 0.0]])))
    assert len(sound.channels) == 1
