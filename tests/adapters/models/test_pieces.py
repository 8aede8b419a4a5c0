"""Hearing piece by piece: where it is cut, and that the pieces make the whole."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from attending.adapters.models.audio import SAMPLE_RATE, decode
from attending.adapters.models.pauses import LEAST, LONGEST, SHORTEST, place_to_cut
from attending.adapters.models.whisper import WhisperRecogniser
from attending.core.speech import PiecewiseRecogniser, Role, SpokenPiece, Transcript
from attending.demo.commands import SAMPLE

START = 45  # seconds of the sample that are heard here
Sound = NDArray[np.int16]


@pytest.fixture(scope="module")
def sample() -> Sound:
    return decode(SAMPLE).channels[0]


@pytest.fixture(scope="module")
def recogniser() -> WhisperRecogniser:
    return WhisperRecogniser()


def with_silence(sample: Sound, at: float, seconds: float) -> Sound:
    """Speech without a pause of its own, but for one."""
    start, end = (int(SAMPLE_RATE * moment) for moment in (at, at + seconds))
    loud = sample.copy()
    loud[start:end] = 0
    return loud


class TestWhereToCut:
    def test_too_little_is_waited_for(self, sample: Sound) -> None:
        assert place_to_cut(sample[: LEAST - 1]) is None

    def test_in_the_longest_pause(self, sample: Sound) -> None:
        sound = with_silence(sample, 14.0, 2.0)[: 20 * SAMPLE_RATE]
        cut = place_to_cut(sound)
        assert cut is not None
        assert 14.0 < cut / SAMPLE_RATE < 16.0

    def test_never_beyond_what_is_heard_at_once(self, sample: Sound) -> None:
        assert SHORTEST <= (place_to_cut(sample) or 0) <= LONGEST

    def test_where_nobody_speaks(self) -> None:
        cut = place_to_cut(np.zeros(60 * SAMPLE_RATE, dtype=np.int16))
        assert cut is not None
        assert SHORTEST <= cut <= LONGEST

    def test_where_the_voice_never_pauses_it_is_cut_where_it_is_quiet(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        everywhere = [{"start": 0, "end": LONGEST}]
        monkeypatch.setattr(
            "attending.adapters.models.pauses.get_speech_timestamps", lambda *_: everywhere
        )
        loud = np.full(60 * SAMPLE_RATE, 8_000, dtype=np.int16)
        assert place_to_cut(loud[: LONGEST - 1]) is None
        loud[25 * SAMPLE_RATE : 25 * SAMPLE_RATE + 3_200] = 10
        assert abs((place_to_cut(loud) or 0) / SAMPLE_RATE - 25.1) < 0.11


def heard_in_pieces(recogniser: WhisperRecogniser, sound: Sound) -> tuple[Transcript, int]:
    """As it comes: two seconds at a time."""
    pieces: tuple[SpokenPiece, ...] = ()
    done = 0
    for now in range(2 * SAMPLE_RATE, sound.size + 1, 2 * SAMPLE_RATE):
        piece = recogniser.hear_piece(sound[done:now].tobytes(), done / SAMPLE_RATE, hints=())
        if piece is not None:
            assert len(piece.voices) > 0
            pieces += (piece,)
            done = round(piece.end * SAMPLE_RATE)
    rest = sound[done:].tobytes()
    told = recogniser.join_pieces(rest, pieces, hints=(), progress=lambda _done: None)
    return told, len(pieces)


def test_the_pieces_say_what_the_whole_says(recogniser: WhisperRecogniser, sample: Sound) -> None:
    assert isinstance(recogniser, PiecewiseRecogniser)
    sound = sample[: START * SAMPLE_RATE]
    told, pieces = heard_in_pieces(recogniser, sound)
    whole = recogniser.join_pieces(sound.tobytes(), (), hints=(), progress=lambda _done: None)
    assert pieces >= 2
    assert told.duration == whole.duration == START
    apart = set(spoken(told)) ^ set(spoken(whole))
    assert len(apart) <= 0.05 * len(spoken(whole))
    starts = [word.start for utterance in told.utterances for word in utterance.words]
    assert starts == sorted(starts)
    assert {u.role for u in told.utterances} == {Role.CLINICIAN, Role.PATIENT}


def spoken(told: Transcript) -> list[str]:
    return [
        word.text.lower().strip(".,?!") for utterance in told.utterances for word in utterance.words
    ]


def test_of_silence_nothing_is_heard(recogniser: WhisperRecogniser) -> None:
    silence = bytes(2 * 30 * SAMPLE_RATE)
    piece = recogniser.hear_piece(silence, 0.0, hints=())
    assert piece is not None
    assert piece.text == ""
    told = recogniser.join_pieces(b"", (piece,), hints=(), progress=lambda _done: None)
    assert told.utterances == ()
