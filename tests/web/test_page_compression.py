"""Pages are compressed, and tell nothing by their length."""

from __future__ import annotations

import gzip
import re

import pytest

from attending.web.console.session import Session
from tests.web.browser import Browser
from tests.web.conftest import Web

CALM = b"0,80\n1,81\n"


def raw(
    console: Web, clinician: Browser, address: str, accepts: str
) -> tuple[dict[str, str], bytes]:
    with clinician.client.stream("GET", address, headers={"accept-encoding": accepts}) as answer:
        return dict(answer.headers), b"".join(answer.iter_raw())


def test_a_page_is_compressed_for_who_takes_it(console: Web, clinician: Browser) -> None:
    address = f"/cases/{console.clinic.in_review(CALM)}"
    headers, plain = raw(console, clinician, address, "identity")
    assert "content-encoding" not in headers
    headers, packed = raw(console, clinician, address, "gzip, br")
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "accept-encoding"
    assert int(headers["content-length"]) == len(packed) < len(plain) / 2
    assert b'<main id="main"' in gzip.decompress(packed)


def test_a_recording_is_not(console: Web, clinician: Browser) -> None:
    address = f"/cases/{console.clinic.in_review(CALM)}/recording"
    headers, content = raw(console, clinician, address, "gzip")
    assert "content-encoding" not in headers
    assert content == CALM


def test_no_two_pages_hold_the_same_secret(console: Web, clinician: Browser) -> None:
    """Whatever is long and random in one is not in the other."""
    address = f"/cases/{console.clinic.in_review(CALM)}"
    one, other = (clinician.get(address).source for _ in range(2))
    hidden = [
        set(re.findall(r'type="hidden" name="\w+" value="([\w=-]{24,})"', p)) for p in (one, other)
    ]
    assert hidden[0]
    assert not hidden[0] & hidden[1]


def test_each_dress_of_the_token_is_of_its_session() -> None:
    session, other = Session.begun("token", "Ann"), Session.begun("token", "Ann")
    tokens = {session.form_token for _ in range(50)}
    assert len(tokens) == 50
    assert all(session.sent(token) for token in tokens)
    assert not any(other.sent(token) for token in tokens)
    assert not any(session.csrf in token for token in tokens)


@pytest.mark.parametrize("token", ["", "A", "AA", "====", "é", "\ud800", "A" * 100_000])
def test_nonsense_is_of_no_session(token: str) -> None:
    assert not Session.begun("token", "Ann").sent(token)


def test_the_token_itself_is_refused() -> None:
    session = Session.begun("token", "Ann")
    assert not session.sent(session.csrf)
