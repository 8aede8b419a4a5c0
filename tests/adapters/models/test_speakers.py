"""Telling two voices apart, on the sample consultation with its true turns."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from attending.adapters.models.audio import SAMPLE_RATE, Samples, decode
from attending.adapters.models.speakers import SpeakerTeller
from attending.adapters.models.turns import Sentence
from attending.core.speech import Word

FOLDER = Path(str(files("attending.demo").joinpath("sample")))
TURNS = json.loads((FOLDER / "consultation.json").read_text())


@pytest.fixture(scope="module")
def voice() -> Samples:
    return decode(FOLDER / "consultation.ogg").channels[0]


@pytest.fixture(scope="module")
def teller() -> SpeakerTeller:
    return SpeakerTeller()


def heard(turns: list[dict[str, object]]) -> list[Sentence]:
    return [
        Sentence((Word(str(turn["text"]), float(turn["start"]), float(turn["end"]), 0.9),))  # type: ignore[arg-type]
        for turn in turns
    ]


def labels(roles: list[object]) -> list[str]:
    return ["A" if role == roles[0] else "B" for role in roles]


def test_every_turn_gets_its_voice(teller: SpeakerTeller, voice: Samples) -> None:
    found = teller.tell((voice,), [heard(TURNS)])
    assert [item.speaker for item in found] == labels([turn["role"] for turn in TURNS])


@pytest.mark.parametrize("role", ["clinician", "patient"])
def test_one_voice_is_one_speaker(teller: SpeakerTeller, voice: Samples, role: str) -> None:
    own = [turn for turn in TURNS if turn["role"] == role]
    found = teller.tell((voice,), [heard(own)])
    assert {item.speaker for item in found} == {"A"}


def test_two_voices_are_told_apart_in_noise(teller: SpeakerTeller, voice: Samples) -> None:
    noise = np.random.default_rng(3).standard_normal(voice.size) * 250  # about 20 dB below
    noisy = (voice + noise).clip(-32768, 32767).astype(np.int16)
    found = teller.tell((noisy,), [heard(TURNS)])
    wrong = sum(
        item.speaker != label
        for item, label in zip(found, labels([turn["role"] for turn in TURNS]), strict=True)
    )
    assert wrong <= 1


def test_channels_name_the_speakers_without_listening(teller: SpeakerTeller) -> None:
    silent = np.zeros(SAMPLE_RATE, dtype=np.int16)
    left, right = heard(TURNS[1:2]), heard(TURNS[0:1])
    found = teller.tell((silent, silent), [left, right])
    assert [(item.sentence, item.speaker) for item in found] == [(right[0], "A"), (left[0], "B")]


def test_a_single_short_word_and_nothing_at_all(teller: SpeakerTeller, voice: Samples) -> None:
    short = [Sentence((Word("Yes.", 1.0, 1.02, 0.9),))]
    assert [item.speaker for item in teller.tell((voice,), [short])] == ["A"]
    assert teller.tell((voice,), [[]]) == []
