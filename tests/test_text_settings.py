"""The settings of text models: what they offer to the lines, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from attending import app
from attending.core.errors import EgressRefused, Misconfigured
from attending.settings import effective, read

NO_SPEECH = {"ATTENDING_LINES": '["tests.plugins.vitals_line"]'}
HERE = "http://127.0.0.1:8080/v1"


def test_none_is_offered_unless_it_is_named() -> None:
    engines = app._engines(read(NO_SPEECH))
    assert (engines.writer, engines.judge) == (None, None)


def test_a_writer_and_a_judge_are_offered_as_the_settings_say(folder: Path) -> None:
    (folder / "key").write_text("k")
    settings = read(NO_SPEECH | {
        "ATTENDING_TEXT_ENDPOINT": HERE, "ATTENDING_TEXT_MODEL": "writer", "ATTENDING_TEXT_MODEL_VERSION": "3",
        "ATTENDING_TEXT_DOUBTED": "0.3", "ATTENDING_TEXT_KEY_FILE": str(folder / "key"),
        "ATTENDING_JUDGE_ENDPOINT": HERE, "ATTENDING_JUDGE_MODEL": "judge", "ATTENDING_JUDGE_SHARE": "0.25",
    })  # fmt: skip
    engines = app._engines(settings)
    assert engines.writer is not None
    assert engines.judge is not None
    assert (engines.writer.model.name, engines.writer.model.version) == ("writer", "3")
    assert (engines.writer.doubted, engines.judge.share) == (0.3, 0.25)
    assert engines.judge.model.name == "judge"


@pytest.mark.parametrize("use", ["TEXT", "JUDGE"])
def test_a_model_on_another_machine_keeps_the_process_from_starting(use: str) -> None:
    elsewhere = {f"ATTENDING_{use}_ENDPOINT": "https://192.0.2.7/v1", f"ATTENDING_{use}_MODEL": "m"}
    with pytest.raises(EgressRefused, match="not on this machine"):
        app._engines(read(NO_SPEECH | elsewhere))


def test_an_endpoint_without_a_model_is_told() -> None:
    with pytest.raises(Misconfigured, match="ATTENDING_TEXT_MODEL"):
        app._engines(read(NO_SPEECH | {"ATTENDING_TEXT_ENDPOINT": HERE}))


def test_the_keys_files_are_never_shown() -> None:
    hidden = {each.name for each in effective(read({})) if each.is_secret}
    assert {"ATTENDING_TEXT_KEY_FILE", "ATTENDING_JUDGE_KEY_FILE"} <= hidden
