"""Random steps with a canary in every text: none reaches the EHR but what was signed.

A thousand here; `make canary` walks 100,000. The same tester finds what is planted.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from attending.adapters.notices import WebhookNotices
from attending.adapters.records import fhir_delivery, fhir_resources
from attending.core.entry import SignedEntry
from attending.demo.ehr import StandInEhr
from attending.loop import sign
from tests.adapters.records.sekmet_bench import SekmetBench
from tests.attacks.canary.ehr import RecordingEhr
from tests.attacks.canary.marks import Marks
from tests.attacks.canary.world import CanaryFound, World, worlds
from tests.contracts.record_contract import RecordContract

SEED, STEPS, ENOUGH = 2026, 1_000, 20.0  # seconds: a slow machine walks a shorter way
A_WHILE = 4.0  # seconds
PATIENCE = 600  # acts within which what is planted must be found
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "capitals": lambda text: text.upper().encode(),
    "json": lambda text: json.dumps(text).encode(),
    "json, every sign": lambda text: "".join(f"\\u{ord(c):04x}" for c in text).encode(),
    "xml": lambda text: escape(text).encode(),
    "xml, every sign": lambda text: "".join(f"&#{ord(c)};" for c in text).encode(),
    "percent": lambda text: quote(text).encode(),
    "percent, every sign": lambda text: "".join(f"%{ord(c):02X}" for c in text).encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16, big end first": lambda text: text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32"),
    "hex": lambda text: text.encode().hex().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, begun before": lambda text: base64.b64encode(b"ab" + text.encode()),
    "base64 after other signs of it": lambda text: b"xy/" + base64.b64encode(text.encode()),
    "base64url": lambda text: base64.urlsafe_b64encode(f"??>{text}".encode()).rstrip(b"="),
    "base64 of utf-16": lambda text: base64.b64encode(text.encode("utf-16")),
    "base64 of xml": lambda text: base64.b64encode(escape(text).encode()),
    "gzip": lambda text: gzip.compress(text.encode()),
    "zlib": lambda text: zlib.compress(text.encode()),
    "base64 of gzip": lambda text: base64.b64encode(gzip.compress(text.encode())),
    "gzip of json with base64": lambda text: gzip.compress(
        json.dumps({"data": base64.b64encode(text.encode()).decode()}).encode()
    ),
}


@pytest.fixture(scope="module")
def world(server: Path) -> Iterator[World]:
    with worlds(server, SEED) as made:
        yield made


@pytest.fixture(scope="module")
def bench() -> Iterator[SekmetBench]:
    with RecordingEhr(Random(1)).running() as ehr:
        yield SekmetBench(ehr.url)


class TestTheListeningEhrIsARecord(RecordContract):
    """It is honest: else what is found before it would say nothing."""


@pytest.mark.parametrize("form", FORMS)
def test_a_canary_is_found_in_every_form(form: str) -> None:
    marks = Marks(Random(1))
    mark = marks.new("a text")
    for text in (mark, f'He said "{mark}" & 5 < 6', f"naïve {mark} 🩺"):
        sent = b"POST /fhir HTTP/1.1\r\nX: y\r\n\r\n" + FORMS[form](text) + b"\r\n"
        assert marks.found(sent) == {mark}
    assert marks.found(FORMS[form]("qzx000000000")) == set()


def test_no_canary_where_none_may_be(world: World) -> None:
    print(f"seed {SEED}: python -m tests.attacks.canary --seed {SEED} --processes 1")
    began = time.monotonic()
    while world.count < STEPS and (time.monotonic() - began < ENOUGH or not world.seen):
        world.act()
    world.settle()
    print(f"{world.count} steps, {world.scanned} bytes, {world.steps + world.told}")
    assert world.seen, "nothing was written: there was nothing to find"
    assert world.seen <= world.allowed
    assert world.allowed < world.marks.made.keys(), "some were never signed"


def test_neither_before_a_server_that_nobody_here_wrote(server: Path, tmp_path: Path) -> None:
    with StandInEhr(tmp_path, persistent=False) as ehr, worlds(server, SEED, ehr.url) as world:
        began = time.monotonic()
        while time.monotonic() - began < A_WHILE or not world.seen:
            world.act()
        world.settle()
    assert world.seen <= world.allowed


def test_a_leak_of_reasons_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = fhir_resources.document

    def leaking(entry: SignedEntry) -> Any:
        reasons = " ".join(each.reason for each in entry.payload.decisions)
        return {**honest(entry), "description": f"{entry.payload.content.title} {reasons}"}

    monkeypatch.setattr(fhir_delivery.fhir, "document", leaking)
    assert "reason of section" in _found(world)


def test_what_was_rejected_and_written_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(case: Any) -> Any:
        return tuple(case.section(section.key) for section in case.proposal().sections)

    monkeypatch.setattr(sign, "retained", careless)
    assert "assert" in _found(world)  # by the model, when the entry is shown


def test_a_talkative_notice_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = WebhookNotices.send

    def talkative(
        self: WebhookNotices, event: str, tenant: Any, subject: Any, version: int
    ) -> None:
        about = next(each for each in world.working if each.case == subject)
        honest(self, f"{event} {about.model.title}", tenant, subject, version)

    monkeypatch.setattr(WebhookNotices, "send", talkative)
    assert "in a notice: title" in _found(world)


def _found(world: World) -> str:
    """What the tester says of what was planted; then it forgets the cases that it lost."""
    world.working.clear()
    world.arriving.clear()
    before = world.count
    for _ in range(PATIENCE):
        try:
            world.act()
        except (CanaryFound, AssertionError) as found:
            print(f"found after {world.count - before} steps")
            return str(found) if isinstance(found, CanaryFound) else f"assert {found}"
    return ""
