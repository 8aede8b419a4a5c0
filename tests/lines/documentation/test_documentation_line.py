"""The line as the loop sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attending.core.errors import Misconfigured
from attending.core.line import Engines, Line
from attending.core.speech import Role, Transcript
from attending.lines.documentation import line
from attending.lines.documentation.rendition import from_json
from tests.lines.documentation.spoken import transcript


class Parrot:
    """A recogniser that hears what it is given as hints."""

    name = "parrot"
    version = "1"

    def transcribe(
        self, recording: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Transcript:
        progress(1.0)
        return transcript((Role.PATIENT, f"{recording.name} {' '.join(hints)}"))


def test_decoding_asks_the_recogniser_and_keeps_what_it_heard() -> None:
    made: Line = line(Engines(speech=Parrot()))
    done: list[float] = []
    decoded = made.decode(Path("a.ogg"), hints=("losartan",), progress=done.append)
    assert from_json(decoded.rendition).utterances[0].text == "a.ogg losartan"
    assert (decoded.model.step, decoded.model.name, decoded.model.version) == (
        "transcribe",
        "parrot",
        "1",
    )
    assert done == [1.0]


def test_without_a_recogniser_the_installation_is_to_blame() -> None:
    with pytest.raises(Misconfigured):
        line(Engines()).decode(Path("a.ogg"), hints=(), progress=print)


def test_what_the_line_offers() -> None:
    made = line(Engines())
    assert (made.name, made.title, made.migrations) == ("documentation", "Consultation note", None)
    assert {"audio/wav", "audio/mpeg", "audio/mp4", "audio/ogg", "video/webm"} <= made.media_types
    assert "application/octet-stream" not in made.media_types
    assert made.engine.egress == "local"
    assert len({check.name for check in made.checks}) == len(made.checks)
