"""How long a person takes: a clock that is set forward by what the page makes one do."""

from __future__ import annotations

from dataclasses import dataclass

WORDS_A_SECOND = 240 / 60
SECONDS_A_KEY = 0.4
SECONDS_A_POINTER_MOVE = 1.2
SECONDS_A_JUDGEMENT = 2.0


@dataclass
class Reader:
    words: int = 0
    keys: int = 0
    moves: int = 0
    judgements: int = 0

    def read(self, text: str) -> None:
        self.words += len(text.split())

    @property
    def seconds(self) -> float:
        return (
            self.words / WORDS_A_SECOND
            + self.keys * SECONDS_A_KEY
            + self.moves * SECONDS_A_POINTER_MOVE
            + self.judgements * SECONDS_A_JUDGEMENT
        )
