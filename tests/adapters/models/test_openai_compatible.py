"""The seam to text models: two servers pass one contract, and a bad one cannot lead it astray."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from attending.adapters.models import openai_compatible
from attending.adapters.models.openai_compatible import Endpoint, OpenAiCompatible, read_key
from attending.core.errors import EgressRefused, EngineFailed, Misconfigured
from attending.core.text import Question
from attending.privacy.egress import is_loopback, loopback_addresses
from tests import smollm
from tests.adapters.models.fake_endpoint import Fake, faked
from tests.contracts.text_model_contract import KEY, Bench, TextModelContract

ASKED = Question("Answer.", "What was said.", longest=16)


def _as_told(asked: dict[str, Any]) -> str:
    if "response_format" in asked:
        return json.dumps({"answer": "Because."})
    return (
        "One two three four five six seven eight nine ten." if "Count" in str(asked) else "Light."
    )


class TestFake(TextModelContract):
    @classmethod
    @contextmanager
    def served(cls) -> Iterator[Bench]:
        with faked(Fake(_as_told, key=KEY)) as fake:
            yield Bench(Endpoint(fake.base, "fake", key=KEY))


class TestSmolLM(TextModelContract):
    """llama.cpp's own server with a real model: the same contract."""

    @classmethod
    @contextmanager
    def served(cls) -> Iterator[Bench]:
        with smollm.served(KEY) as base:
            yield Bench(Endpoint(base, smollm.MODEL, key=KEY))


def _model(fake: Fake, **other: Any) -> OpenAiCompatible:
    return OpenAiCompatible(Endpoint(fake.base, "fake", **other), pause=lambda _: None)


@pytest.mark.parametrize(
    "base", ["https://api.example.com/v1", "http://10.0.0.7:8080/v1", "http://0.0.0.0:8080/v1",
             "http://[2001:db8::1]/v1", "http://no-such-host.invalid/v1", "http://169.254.169.254/v1"]
)  # fmt: skip
def test_an_endpoint_elsewhere_is_refused_with_the_reason(base: str) -> None:
    with pytest.raises(EgressRefused, match="tokens") as refused:
        OpenAiCompatible(Endpoint(base, "m"))
    assert "loopback" in refused.value.remedy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "127.9.9.9"])
def test_this_machine_is_not(host: str) -> None:
    assert loopback_addresses(host)
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example.org", "192.0.2.7", "0.0.0.0", "127.1"])
def test_what_is_written_as_another_machine_is_another(host: str) -> None:
    assert not is_loopback(host)


def test_a_name_that_means_another_machine_later_is_refused_when_it_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with faked(Fake()) as fake:
        model = OpenAiCompatible(Endpoint(fake.base.replace("127.0.0.1", "localhost"), "m"))
        assert model.ask(ASKED).text == "It is."
        model.close()
        elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: elsewhere)
        with pytest.raises(EgressRefused):
            model.ask(ASKED)
        assert len(fake.asked) == 1


def test_one_address_elsewhere_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("127.0.0.1", 0)), (2, 1, 6, "", ("192.0.2.7", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: both)
    with pytest.raises(EgressRefused):
        loopback_addresses("rebound.test")


def test_a_redirect_is_refused() -> None:
    with faked(Fake()) as other, faked(Fake()) as fake:
        fake.raw = [(307, {"Location": other.base + "/chat/completions"}, b"")]
        with pytest.raises(EgressRefused):
            _model(fake).ask(ASKED)
        assert other.asked == []


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with faked(Fake()) as proxy, faked(Fake()) as fake:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        assert _model(fake).ask(ASKED).text == "It is."
        assert proxy.asked == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": null}}]}',
             b'{"choices": [{"message": {"content": 7}}]}', b'{"choices": 3}', b"\xff", b"[" * 100_000,
             b"Patient Anna Vogel"]
)  # fmt: skip
def test_an_answer_of_another_form_is_an_error_without_its_words(body: bytes) -> None:
    with faked(Fake()) as fake:
        fake.raw = [(200, {}, body)]
        with pytest.raises(EngineFailed) as failed:
            _model(fake).ask(ASKED)
    assert "Vogel" not in f"{failed.value} {failed.value.context}"


def test_a_passing_failure_is_tried_again_a_few_times() -> None:
    with faked(Fake()) as fake:
        fake.raw = [(503, {}, b""), (200, {}, json.dumps(
            {"choices": [{"message": {"content": "Now."}, "finish_reason": "stop"}]}).encode())]  # fmt: skip
        assert _model(fake).ask(ASKED).text == "Now."
        fake.raw = [(503, {}, b"")]
        fake.asked.clear()
        with pytest.raises(EngineFailed):
            _model(fake).ask(ASKED)
        assert len(fake.asked) == openai_compatible.ATTEMPTS


def test_a_server_that_knows_no_schema_is_asked_without() -> None:
    with faked(Fake()) as fake:
        fake.raw = [(400, {}, b"{}"), (200, {}, b'{"choices": [{"message": {"content": "{}"}}]}')]
        schema: dict[str, Any] = {"type": "object"}
        assert _model(fake).ask(Question("A.", "B.", schema)).text == "{}"
    assert ["response_format" in asked for asked in fake.asked] == [True, False]


def test_too_large_an_answer_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_compatible, "LARGEST_ANSWER", 1000)
    with faked(Fake(lambda _: "x" * 2000)) as fake, pytest.raises(EngineFailed, match="too large"):
        _model(fake).ask(ASKED)


def test_too_large_a_question_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_compatible, "LARGEST_QUESTION", 1000)
    with faked(Fake()) as fake:
        with pytest.raises(EngineFailed, match="too long"):
            _model(fake).ask(Question("Answer.", "x" * 2000))
        assert fake.asked == []


def test_a_compressed_answer_is_not_unpacked() -> None:
    with faked(Fake()) as fake:
        fake.raw = [(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")]
        with pytest.raises(EngineFailed, match="compresses"):
            _model(fake).ask(ASKED)


def test_a_server_that_falls_silent_is_left_after_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        model = OpenAiCompatible(Endpoint(base, "m", timeout=0.2), pause=lambda _: None)
        with pytest.raises(EngineFailed, match="did not answer"):
            model.ask(ASKED)


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    waits: list[float] = []
    model = OpenAiCompatible(Endpoint(f"http://127.0.0.1:{port}/v1", "m"), pause=waits.append)
    with pytest.raises(EngineFailed):
        model.ask(ASKED)
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize("base", ["", "ftp://127.0.0.1/v1", "http://user:pw@127.0.0.1/v1", "v1"])
def test_what_is_no_address_is_said_at_the_start(base: str) -> None:
    with pytest.raises(Misconfigured):
        OpenAiCompatible(Endpoint(base, "m"))


def test_a_key_is_read_from_its_file_and_never_told(folder: Path) -> None:
    path = folder / "key"
    path.write_text("secret-key\n")
    assert read_key(path) == "secret-key"
    assert read_key(None) == ""
    with pytest.raises(Misconfigured, match="absent"):
        read_key(folder / "absent")
    with pytest.raises(Misconfigured) as refused:
        OpenAiCompatible(Endpoint("http://127.0.0.1:1/v1", "m", key="secret key\r\n"))
    assert "secret" not in f"{refused.value} {refused.value.context}"
