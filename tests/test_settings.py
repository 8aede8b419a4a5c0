"""Settings: read from an environment, told in their own words when they are missing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from attending.core.errors import Misconfigured
from attending.settings import Settings, read


def test_an_environment_is_read_with_its_types() -> None:
    settings = read(
        {
            "ATTENDING_FIRST_WAIT": "0.5",
            "ATTENDING_ISSUERS": '[{"issuer": "https://login.example.org"}]',
            "ATTENDING_RECORD_TOKENS": '{"https://ehr.example.org/fhir": "secret"}',
        }
    )
    assert settings.first_wait == timedelta(seconds=0.5)
    assert settings.issuers[0].client_id == "attending-console"
    assert "secret" not in repr(settings)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Misconfigured, match="ATTENDING_DATABASE_URL"):
        read({}).required("database_url")


@pytest.mark.parametrize("content", [None, b"", b"short", bytes(33)])
def test_a_key_is_32_bytes_in_a_file(folder: Path, content: bytes | None) -> None:
    path = folder / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Misconfigured):
        read({"ATTENDING_MASTER_KEY_FILE": str(path)}).key("master_key_file")
    path.write_bytes(bytes(32))
    assert Settings(master_key_file=path).key("master_key_file") == bytes(32)
