"""The recogniser on the sample consultation, on what is no speech, and on bad input."""

from __future__ import annotations

import json
import re
import wave
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from attending.adapters.models.audio import SAMPLE_RATE, decode, to_float
from attending.adapters.models.whisper import WhisperRecogniser, _blocks
from attending.core.errors import Misconfigured, UnreadableSource
from attending.core.speech import Role, SpeechRecogniser, Transcript

FOLDER = Path(str(files("attending.demo").joinpath("sample")))
SAMPLE = FOLDER / "consultation.ogg"
TURNS = json.loads((FOLDER / "consultation.json").read_text())
MEDICINES = ("lisinopril", "metformin", "losartan")
NUMBERS = {"two": "2", "ten": "10", "twelve": "12", "sixty": "60", "five hundred": "500"}


@pytest.fixture(scope="module")
def recogniser() -> WhisperRecogniser:
    recogniser = WhisperRecogniser()
    recogniser.warm()
    return recogniser


@pytest.fixture(scope="module")
def heard(recogniser: WhisperRecogniser) -> tuple[Transcript, list[float]]:
    progress: list[float] = []
    transcript = recogniser.transcribe(SAMPLE, hints=MEDICINES, progress=progress.append)
    return transcript, progress


def listen(recogniser: SpeechRecogniser, path: Path, hints: tuple[str, ...] = ()) -> Transcript:
    return recogniser.transcribe(path, hints=hints, progress=lambda _done: None)


def write_wav(path: Path, sound: np.ndarray) -> Path:
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path


def tokens(text: str) -> list[str]:
    text = text.lower()
    for word, digits in NUMBERS.items():
        text = re.sub(rf"\b{word}\b", digits, text)
    return re.findall(r"[a-z0-9.']*[a-z0-9]", text)


def word_errors(said: list[str], heard: list[str]) -> int:
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]


def said() -> str:
    return " ".join(turn["text"] for turn in TURNS)


def role_at(transcript: Transcript, seconds: float) -> Role | None:
    roles = [one.role for one in transcript.utterances if one.start <= seconds <= one.end]
    return roles[0] if roles else None


def test_nearly_every_word_is_heard(heard: tuple[Transcript, list[float]]) -> None:
    text = " ".join(utterance.text for utterance in heard[0].utterances)
    expected = tokens(said())
    assert word_errors(expected, tokens(text)) / len(expected) < 0.05


def test_every_medicine_is_heard_each_time(heard: tuple[Transcript, list[float]]) -> None:
    found = tokens(" ".join(utterance.text for utterance in heard[0].utterances))
    for name in (*MEDICINES, "penicillin"):
        assert found.count(name) == tokens(said()).count(name), name


def test_no_negation_is_lost(heard: tuple[Transcript, list[float]]) -> None:
    found = tokens(" ".join(utterance.text for utterance in heard[0].utterances))
    for word in ("no", "not", "don't", "never"):
        assert found.count(word) == tokens(said()).count(word), word


def test_measurements_are_heard(heard: tuple[Transcript, list[float]]) -> None:
    text = " ".join(utterance.text for utterance in heard[0].utterances)
    for value in ("148 over 92", "76", "98.4", "0.9", "4.4", "50 milligrams"):
        assert value in text


def test_the_right_one_is_the_clinician(heard: tuple[Transcript, list[float]]) -> None:
    moments = [
        (turn["role"], at)
        for turn in TURNS
        for at in np.arange(turn["start"] + 0.3, turn["end"] - 0.3, 0.05)
    ]
    wrong = sum(role_at(heard[0], at) != role for role, at in moments)
    assert wrong / len(moments) < 0.03


def test_times_confidences_and_ids_are_sound(heard: tuple[Transcript, list[float]]) -> None:
    transcript = heard[0]
    words = [word for utterance in transcript.utterances for word in utterance.words]
    assert transcript.duration == pytest.approx(TURNS[-1]["end"], abs=2.0)
    assert [one.id for one in transcript.utterances] == [
        f"u{n}" for n in range(1, len(transcript.utterances) + 1)
    ]
    assert all(0 <= word.start <= word.end <= transcript.duration + 0.1 for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)
    assert all(0 <= word.confidence <= 1 for word in words)
    assert all(word.text == word.text.strip() != "" for word in words)


def test_progress_rises_to_one(heard: tuple[Transcript, list[float]]) -> None:
    progress = heard[1]
    assert len(progress) > 10
    assert progress == sorted(progress)
    assert progress[0] >= 0
    assert progress[-1] == 1.0


def test_what_ran_is_pinned(
    recogniser: WhisperRecogniser, heard: tuple[Transcript, list[float]]
) -> None:
    assert recogniser.name == "whisper-tiny.en"
    assert re.fullmatch("sha256:[0-9a-f]{16}", recogniser.version)
    assert heard[0].parameters["hints"] == "3"
    assert not any(name in str(heard[0].parameters) for name in MEDICINES)


def test_the_same_recording_gives_the_same_words(
    recogniser: WhisperRecogniser, tmp_path: Path
) -> None:
    start = to_float(decode(SAMPLE).channels[0])[: 12 * SAMPLE_RATE]
    path = write_wav(tmp_path / "a.wav", start)
    assert listen(recogniser, path) == listen(recogniser, path)


def test_speakers_on_their_own_channels(recogniser: WhisperRecogniser, tmp_path: Path) -> None:
    turns = TURNS[:6]
    voice = to_float(decode(SAMPLE).channels[0])[: int(TURNS[6]["start"] * SAMPLE_RATE)]
    both = np.zeros((voice.size, 2))
    for turn in turns:
        at = slice(int(turn["start"] * SAMPLE_RATE), int(turn["end"] * SAMPLE_RATE))
        both[at, int(turn["role"] == "patient")] = voice[at]
    transcript = listen(recogniser, write_wav(tmp_path / "a.wav", both))
    assert transcript.parameters["channels"] == "2"
    assert [one.role for one in transcript.utterances] == [turn["role"] for turn in turns]
    assert transcript.utterances[1].text.startswith("Good morning, doctor.")


def no_speech(kind: str) -> np.ndarray:
    rng = np.random.default_rng(1)
    at = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    if kind == "silence":
        return at * 0
    if kind == "noise":
        return 0.1 * rng.standard_normal(at.size)
    if kind == "hum":
        return 0.3 * np.sin(2 * np.pi * 50 * at) + 0.1 * np.sin(2 * np.pi * 150 * at)
    if kind == "melody":
        beat = at[:4000]
        notes = rng.choice([262, 294, 330, 392, 440, 523], 40)
        return np.concatenate(
            [0.4 * np.sin(2 * np.pi * f * beat) * np.exp(-6 * beat) for f in notes]
        )
    wobble = 3 * np.sin(2 * np.pi * 5.5 * at)  # a sung vowel: the voice detector believes it
    return 0.5 * sum(
        np.sin(2 * np.pi * 220 * k * at + wobble) / k * np.exp(-(((220 * k - 700) / 300) ** 2))
        for k in range(1, 15)
    )


@pytest.mark.parametrize("kind", ["silence", "noise", "hum", "melody", "vowel"])
def test_what_is_no_speech_gives_an_empty_transcript(
    recogniser: WhisperRecogniser, tmp_path: Path, kind: str
) -> None:
    transcript = listen(recogniser, write_wav(tmp_path / "a.wav", no_speech(kind)), MEDICINES)
    assert transcript.utterances == ()
    assert transcript.duration == pytest.approx(10.0, abs=0.1)


def test_a_tenth_of_a_second_is_no_speech(recogniser: WhisperRecogniser, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", no_speech("noise")[: SAMPLE_RATE // 10])
    assert listen(recogniser, path).utterances == ()


def test_an_unreadable_file_leaves_the_recogniser_usable(
    recogniser: WhisperRecogniser, tmp_path: Path
) -> None:
    broken = tmp_path / "a.wav"
    broken.write_text("no recording")
    with pytest.raises(UnreadableSource):
        listen(recogniser, broken)
    assert listen(recogniser, write_wav(tmp_path / "b.wav", no_speech("hum"))).utterances == ()


def test_a_folder_without_a_model_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=re.escape(str(tmp_path))):
        WhisperRecogniser(tmp_path)


def test_a_broken_model_is_misconfigured(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(Misconfigured):
        WhisperRecogniser(tmp_path).warm()


def test_long_recordings_are_cut_where_it_is_quiet() -> None:
    loud = np.full(25 * 60 * SAMPLE_RATE, 1000, dtype=np.int16)
    quiet = slice(int(280.0 * SAMPLE_RATE), int(281.5 * SAMPLE_RATE))
    loud[quiet] = 0
    blocks = list(_blocks(loud))
    assert blocks[0][0] == 0
    assert blocks[-1][1] == loud.size
    assert all(before[1] == after[0] for before, after in pairwise(blocks))
    assert all(0 < end - start <= 300 * SAMPLE_RATE for start, end in blocks)
    assert quiet.start <= blocks[0][1] <= quiet.stop
