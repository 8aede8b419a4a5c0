"""An EHR that attacks: each lie a clear failure, no word to a stranger, and no harm that stays.

The catalogue (hostile_answers.py, hostile_lies.py) drives the tests: a method of the record's port,
or a call of the adapter, that has no row there fails.
"""

from __future__ import annotations

import logging
import socket
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import pytest

from attending.adapters.records.fhir_r4 import FhirR4Record
from attending.adapters.records.fhir_resources import document
from attending.adapters.records.fhir_wire import LARGEST_ANSWER
from attending.core.errors import AttendingError, RecordError, RecordSuperseded
from attending.core.record import ClinicalRecord, RecordAccess
from tests.attacks.hostile_acts import Act
from tests.attacks.hostile_answers import ANYWHERE, HARMLESS, WAYS, Attack
from tests.attacks.hostile_ehr import BASE, LOOPBACK, TOKEN, HostileEhr, Json, Names, Stranger
from tests.attacks.hostile_lies import BY_CALL

LONGEST = 30.0  # seconds for any act, whatever the server does
MOST_MEMORY = 9 * LARGEST_ANSWER  # bytes, the server's own share included
HASTY = 0.4  # seconds for an exchange, where the attack is to be slow
# All that a record adapter raises; the loop alone finds that a note was given up.
CODES = {each.code for each in RecordError.__subclasses__()} - {RecordSuperseded.code}


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    with Stranger() as stranger:
        yield stranger


@pytest.fixture(scope="module")
def standing(stranger: Stranger) -> Iterator[HostileEhr]:
    with HostileEhr(stranger) as ehr:
        yield ehr


@pytest.fixture
def ehr(standing: HostileEhr) -> Iterator[HostileEhr]:
    """Empty, honest, and nobody was asked anything."""
    standing.shelf = type(standing.shelf)()
    standing.asked.clear()
    yield standing
    standing.turn_honest()


@pytest.fixture(scope="module")
def records(standing: HostileEhr) -> Iterator[dict[str, FhirR4Record]]:
    made = {
        name: FhirR4Record(RecordAccess(standing.url, TOKEN, timeout))
        for name, timeout in {"patient": 20.0, "hasty": HASTY}.items()
    }
    yield made
    for each in made.values():
        each.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", names.resolve)
    return names


@pytest.fixture(autouse=True)
def nothing_led_away(
    ehr: HostileEhr,
    stranger: Stranger,
    names: Names,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[None]:
    """The stranger heard nothing, no cookie came back, and the token stands in no log."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, stranger.url)
    caplog.set_level(logging.DEBUG)
    stranger.heard.clear()
    yield
    assert stranger.heard == [], stranger.heard
    assert names.asked == []
    logged = [record.getMessage() for record in caplog.get_records("call")]
    assert not [line for line in logged if TOKEN in line]
    for asked in ehr.asked:
        assert asked.target.startswith((f"{BASE}/", f"{BASE}?"))
        assert ".." not in unquote(asked.target)
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        assert asked.headers["host"] == f"{LOOPBACK}:{ehr.port}"
        assert "cookie" not in asked.headers
        assert "x-evil" not in asked.headers


def bounded(act: Callable[[], Any]) -> Any:
    """Its result or error, which comes in time, whatever happens."""
    threads = ThreadPoolExecutor(1)
    try:
        return threads.submit(act).result(LONGEST)
    finally:
        threads.shutdown(wait=False)


def rows() -> Iterator[tuple[str, str, Attack]]:
    """(way, call, attack): what any call can meet, on every call; its own lies, on every way."""
    first: set[str] = set()
    for way, (_, calls) in WAYS.items():
        for call in calls:
            new = call not in first and way != "twins"
            first |= {call} if new else set()
            anywhere = ANYWHERE if new else ()
            for attack in (*anywhere, *BY_CALL[call]):
                if not attack.ways or way in attack.ways:
                    yield way, call, attack


def told(error: AttendingError) -> str:
    """All words of an error, with what caused it."""
    trace = "".join(traceback.format_exception(error))
    return f"{error.message} {error.remedy} {error.context} {trace}"


@pytest.mark.parametrize(
    ("way", "call", "attack"), [pytest.param(*row, id="-".join(map(str, row))) for row in rows()]
)
def test_an_attack_ends_in_a_clear_failure(
    way: str, call: str, attack: Attack, ehr: HostileEhr, records: dict[str, FhirR4Record]
) -> None:
    act = Act(way, ehr)
    act.prepare()
    before = ehr.shelf.all("DocumentReference")
    ehr.attack(call, attack.harm)
    record = records["hasty" if attack.slow else "patient"]
    if attack.code == HARMLESS:
        act.assert_done(bounded(lambda: act.do(record)))
    else:
        assert_refused(act, attack, record)
    assert ehr.hits >= 1
    ehr.turn_honest()
    mend(ehr, act, before)
    act.assert_done(bounded(lambda: act.do(records["patient"])))


def assert_refused(act: Act, attack: Attack, record: ClinicalRecord) -> None:
    with pytest.raises(AttendingError) as failed, memory_of(attack) as peak:
        bounded(lambda: act.do(record))
    assert failed.value.code == attack.code
    assert failed.value.remedy
    assert TOKEN not in told(failed.value)
    assert peak() < MOST_MEMORY


class memory_of:  # noqa: N801 - used as a word
    """Bytes that were held at most while inside; measured for the heavy alone."""

    def __init__(self, attack: Attack) -> None:
        self._heavy = attack.heavy
        self._peak = 0

    def __enter__(self) -> Callable[[], int]:
        if self._heavy:
            tracemalloc.start()
        return lambda: self._peak

    def __exit__(self, *_: object) -> None:
        if self._heavy:
            self._peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()


def mend(ehr: HostileEhr, act: Act, before: list[Json]) -> None:
    """A person takes away what the server made of our note on its own, as the remedy says."""
    if WAYS[act.way][0] != "deliver":
        return
    right = document(act.entry) if act.way != "retract" else {}
    for note in ehr.shelf.all("DocumentReference"):
        same = all(
            note.get(name) == right.get(name) for name in ("description", "subject", "content")
        )
        if note not in before and not same and act.way in {"write", "twins"}:
            ehr.shelf.remove(note)


class TestCatalogue:
    def test_every_method_of_the_port_has_a_row(self) -> None:
        methods = {n for n, m in vars(ClinicalRecord).items() if callable(m) and n[0] != "_"}
        assert methods == {method for method, _ in WAYS.values()}

    @pytest.mark.parametrize("way", WAYS)
    def test_every_call_has_a_row(
        self, way: str, ehr: HostileEhr, records: dict[str, FhirR4Record]
    ) -> None:
        act = Act(way, ehr)
        act.prepare()
        act.assert_done(act.do(records["patient"]))
        assert {asked.call for asked in ehr.asked} == set(WAYS[way][1])
        assert set(WAYS[way][1]) <= set(BY_CALL)

    def test_names_are_told_apart(self) -> None:
        for attacks in (ANYWHERE, *BY_CALL.values()):
            assert len({attack.name for attack in attacks}) == len(attacks)
        every = (*ANYWHERE, *(attack for attacks in BY_CALL.values() for attack in attacks))
        assert {attack.code for attack in every} == CODES | {HARMLESS}
