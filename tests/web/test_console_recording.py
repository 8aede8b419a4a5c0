"""The recording behind a case: in any part, to whoever may read the case, and to nobody else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.adapters.storage.blobs import FRAME
from attending.core.ids import CaseId
from attending.loop.intake import Upload
from attending.web.console.recording import media_type
from attending.web.ranges import Part, part_of
from tests.clinic import Clinic
from tests.web.browser import Browser
from tests.web.conftest import Web

LONG = random.Random(7).randbytes(2 * FRAME + 777)
SIZE = len(LONG)


def uploaded(clinic: Clinic, content: bytes, line: str, kind: str) -> CaseId:
    """A source of any line, as it was taken in."""
    by, parts, encounter = clinic.person(), clinic.parts("web"), clinic.encounter()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload = Upload.begin(parts, unit, encounter, line, kind, (), 1 << 24)
    upload.write(content)
    upload.finish()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        return upload.enter(unit, by)[1].id


@pytest.fixture(scope="module")
def case(console: Web) -> CaseId:
    return uploaded(console.clinic, LONG, "documentation", "video/webm; codecs=opus")


@pytest.fixture(scope="module")
def reader(console: Web) -> Iterator[TestClient]:
    """The client of the demo clinician, logged in."""
    with console.anonymous() as client:
        Browser(client).log_in("demo-clinician", console.password("demo-clinician"))
        yield client


def address(case: object) -> str:
    return f"/cases/{case}/recording"


def test_the_whole(reader: TestClient, case: CaseId) -> None:
    answer = reader.get(address(case))
    assert (answer.status_code, answer.content) == (200, LONG)
    assert answer.headers["content-type"] == "audio/webm"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers, "hearing keeps no session open"


_ENDS = st.integers(0, SIZE + 10) | st.sampled_from([FRAME - 1, FRAME, FRAME + 1, SIZE - 1, SIZE])


@settings(max_examples=60)
@given(_ENDS, _ENDS | st.none())
def test_any_part_is_that_slice(
    reader: TestClient, case: CaseId, first: int, last: int | None
) -> None:
    asked = f"bytes={first}-{'' if last is None else last}"
    answer = reader.get(address(case), headers={"range": asked})
    if last is not None and last < first:
        assert (answer.status_code, len(answer.content)) == (200, SIZE)
    elif first >= SIZE:
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{SIZE}"
        assert answer.content == b""
    else:
        expected = LONG[first : None if last is None else last + 1]
        assert (answer.status_code, answer.content) == (206, expected)
        assert answer.headers["content-length"] == str(len(expected))
        end = first + len(expected) - 1
        assert answer.headers["content-range"] == f"bytes {first}-{end}/{SIZE}"


@given(st.integers(0, 40), st.integers(0, 60))
def test_a_part_from_the_end(size: int, length: int) -> None:
    part = part_of(f"bytes=-{length}", size)
    assert part is not None
    content = bytes(range(size))
    assert content[part.span.start : part.span.stop] == (content[-length:] if length else b"")


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "bytes=-", "bytes=1-2,4-5", "items=0-1", "bytes=5-2", "bytes=x-1",
     "bytes=0x1-2", "bytes=-1-", "bytes=٣-٤", f"bytes={'9' * 30}-"],
)  # fmt: skip
def test_what_is_no_single_part_is_passed_over(header: str) -> None:
    assert part_of(header, 100) is None


@given(st.text(max_size=20), st.integers(0, 100))
def test_no_header_asks_for_more_than_there_is(text: str, size: int) -> None:
    part = part_of(f"bytes={text}", size)
    assert part is None or set(part.span) <= set(range(size))


def test_a_part_says_where_it_lies() -> None:
    assert Part(range(2, 5), 9).content_range == "bytes 2-4/9"


def test_a_version_that_we_never_named_gets_the_whole(reader: TestClient, case: CaseId) -> None:
    headers = {"range": "bytes=0-9", "if-range": '"abc"'}
    assert reader.get(address(case), headers=headers).status_code == 200


def test_what_is_no_sound_is_no_page(console: Web, reader: TestClient) -> None:
    case = uploaded(console.clinic, b"0,80\n1,81\n", "vitals", "text/csv")
    answer = reader.get(address(case))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.content == b"0,80\n1,81\n"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("audio/x-m4a", "audio/mp4"),
        ("application/ogg", "audio/ogg"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("audio/midi", "application/octet-stream"),
    ],
)
def test_only_known_sound_is_called_sound(named: str, told: str) -> None:
    assert media_type(named) == told


def test_every_kind_that_the_line_takes_can_be_heard(console: Web) -> None:
    taken = console.clinic.lines["documentation"].media_types
    assert {kind for kind in taken if not media_type(kind).startswith("audio/")} == set()


def test_a_neighbours_recording_is_not_there(
    console: Web, reader: TestClient, neighbour: Clinic
) -> None:
    theirs = uploaded(neighbour, LONG[:999], "documentation", "audio/wav")
    answers = [reader.get(address(case)) for case in (theirs, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "audio" not in answers[0].headers["content-type"]


def test_it_takes_the_right_to_read(console: Web, case: CaseId) -> None:
    with console.anonymous() as client:
        assert client.get(address(case), follow_redirects=False).status_code == 303
        Browser(client).log_in("demo-engineer", console.password("demo-engineer"))
        assert client.get(address(case)).status_code == 403


def test_a_damaged_recording_is_told_before_it_begins(console: Web, reader: TestClient) -> None:
    clinic = console.clinic
    case = uploaded(clinic, LONG[:5000], "documentation", "audio/wav")
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        blob = unit.intake.source(unit.cases.head(case).source).blob
    folder = Path(urlsplit(clinic.installation.settings("web").blobs_url).path)
    stored = folder / str(clinic.tenant) / blob
    stored.write_bytes(stored.read_bytes()[:-1])
    answer = reader.get(address(case))
    assert answer.status_code == 500
    assert LONG[:50] not in answer.content


def test_too_many_are_held(console: Web, case: CaseId) -> None:
    """Every part counts as any request of the person does."""
    few = replace(
        console, parts=replace(console.parts, rates=replace(console.parts.rates, principal=6))
    )
    with few.anonymous() as client:
        Browser(client).log_in("demo-clinician", console.password("demo-clinician"))
        got = [
            client.get(address(case), headers={"range": "bytes=0-0"}).status_code for _ in range(8)
        ]
    assert got[0] == 206
    assert got[-1] == 429
