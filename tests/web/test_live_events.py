"""The stream of events: what it tells, to whom, where it goes on, and when it ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from attending import app as wiring
from attending.core.case import DecisionKind
from attending.demo.installation import HOST
from attending.web.application import web_app
from attending.web.console import events
from attending.web.rates import Rates
from tests.clinic import Clinic
from tests.journeys.served import Served, listening, password, serving
from tests.web.browser import Browser
from tests.web.test_headers import judge as judge_headers

PATIENCE = 20.0  # seconds for one line of a stream


@pytest.fixture(scope="module")
def served(clinic: Clinic, neighbour: Clinic) -> Iterator[Served]:
    with serving(clinic, neighbour) as running:
        yield running


@pytest.fixture(scope="module")
def replica(served: Served) -> Iterator[str]:
    """The address of a second web process over the same database."""
    app = wiring.web(served.clinic.installation.settings("web"))
    parts = app.state.parts.loop
    try:
        with listening(app, _free()) as address:
            yield address
    finally:
        parts.telemetry.close()
        parts.storage.close()


def _free() -> int:
    with socket.create_server((HOST, 0)) as bound:
        return int(bound.getsockname()[1])


@pytest.fixture
def person(served: Served) -> Iterator[httpx.Client]:
    with logged_in(served, served.clinic) as client:
        yield client


@contextmanager
def logged_in(
    served: Served, clinic: Clinic, username: str = "demo-clinician"
) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, trust_env=False, timeout=PATIENCE) as client:
        page = Browser(client).log_in(username, password(clinic.installation, username))
        assert page.status == 200
        yield client


@dataclass
class Told:
    """A stream as a client reads it: comments, the last id, and what came as an event."""

    answer: httpx.Response
    cursor: int = 0
    comments: int = 0
    patience: int = 2  # keep-alives; more without a word are too long
    _lines: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        assert self.answer.status_code == 200, self.answer.read()
        self._lines = self.answer.iter_lines()

    def next(self) -> str | None:
        """The data of the next block, "" for one without, None at the end."""
        data, said = "", False
        for line in self._lines:
            if not line:
                if said:
                    return data
                continue
            name, _, value = line.partition(":")
            said = said or bool(name)
            self.comments += not name
            assert self.comments <= self.patience, "nothing but keep-alives"
            if name == "id":
                self.cursor = int(value)
            if name == "data":
                data += value.strip()
        return None

    def changed(self) -> int:
        """The cursor of the next event."""
        while (data := self.next()) == "":
            pass
        assert data == "changed"
        return self.cursor

    def reaches(self, clinic: Clinic) -> None:
        """All that happened in the clinic is told, in however many events."""
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            present = unit.trail.last()
        while self.cursor < present:
            self.changed()
        assert self.cursor == present


@contextmanager
def stream(client: httpx.Client, address: str = "/events", **headers: str) -> Iterator[Told]:
    with client.stream("GET", address, headers=headers) as answer:
        told = Told(answer)
        yield told


def decided(clinic: Clinic) -> None:
    """Somebody decides a section."""
    case = clinic.in_review()
    clinic.see_all(case)
    clinic.decide(case, clinic.case(case).proposal().sections[0].key, DecisionKind.ACCEPT)


class TestWhatItTells:
    def test_a_change_and_nothing_of_it(self, served: Served, person: httpx.Client) -> None:
        with stream(person) as told:
            assert told.answer.headers["content-type"].startswith("text/event-stream")
            judge_headers(told.answer)
            assert told.next() == ""
            before = told.cursor
            served.clinic.in_review()
            assert told.changed() > before

    def test_a_decision_and_a_pause(self, served: Served, person: httpx.Client) -> None:
        with stream(person) as told:
            told.next()
            decided(served.clinic)
            told.reaches(served.clinic)
            pause = served.clinic.pause()
            told.changed()
            served.clinic.resume(pause)
            told.reaches(served.clinic)

    def test_another_clinics_changes_are_not_told(
        self, served: Served, neighbour: Clinic, person: httpx.Client
    ) -> None:
        with stream(person) as told, logged_in(served, neighbour) as other:
            told.next()
            with stream(other) as theirs:
                theirs.next()
                neighbour.in_review()
                theirs.reaches(neighbour)
            before = told.cursor
            served.clinic.patient()
            assert told.changed() > before, "nothing was told in between"

    def test_its_messages_hold_a_number_and_one_word(
        self, served: Served, person: httpx.Client
    ) -> None:
        with person.stream("GET", "/events") as answer:
            lines = answer.iter_lines()
            served.clinic.patient()
            seen = [next(lines) for _ in range(6)]
        assert {line.partition(":")[0] for line in seen} <= {"", "id", "data", "retry"}
        assert {line for line in seen if line.startswith("data")} == {"data: changed"}


class TestGoingOn:
    def test_what_was_missed_is_told_at_once_by_another_process(
        self, served: Served, person: httpx.Client, replica: str
    ) -> None:
        with stream(person) as told:
            told.next()
            last = told.cursor
        served.clinic.in_review()
        with stream(person, f"{replica}/events", **{"Last-Event-ID": str(last)}) as again:
            assert again.next() == "changed"
            assert again.cursor > last

    def test_nothing_missed_nothing_told(
        self, served: Served, person: httpx.Client, replica: str
    ) -> None:
        with stream(person) as told:
            told.next()
        with stream(person, f"{replica}/events", **{"Last-Event-ID": str(told.cursor)}) as again:
            assert again.next() == ""
            served.clinic.patient()
            assert again.next() == "changed"

    @pytest.mark.parametrize("nonsense", ["0", "-1", "x", "99999999999"])
    def test_a_cursor_that_is_not_the_present_one(
        self, person: httpx.Client, nonsense: str
    ) -> None:
        with stream(person, **{"Last-Event-ID": nonsense}) as told:
            assert told.next() == "changed"


class TestEnding:
    def test_an_ended_session(self, served: Served) -> None:
        person = served.clinic.installation
        with logged_in(served, served.clinic, "demo-second") as client, ExitStack() as open_:
            told = open_.enter_context(stream(client))
            told.next()
            cookie = dict(client.cookies)
            page = Browser(client).get("/session")
            Browser(client, at=f"{served.url}/session").submit(page.form("/session/everywhere"))
            while told.next() is not None:
                pass
            answer = httpx.get(f"{served.url}/events", cookies=cookie, trust_env=False)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert person.tenant_name not in answer.text
        served.forget()

    def test_it_ends_by_itself(
        self, served: Served, person: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "LIFE", (0.3, 0.3))
        with stream(person) as told:
            told.patience = 100
            assert told.next() == ""
            while told.next() is not None:
                pass

    def test_an_idle_one_is_kept_alive(
        self, served: Served, person: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "LIFE", (0.5, 0.5))
        monkeypatch.setattr(events, "KEEP_ALIVE", 0.1)
        with stream(person) as told:
            told.patience = 100
            while told.next() is not None:
                pass
            assert told.comments >= 2

    def test_it_keeps_no_session_open(self, served: Served, person: httpx.Client) -> None:
        with stream(person) as told:
            assert "set-cookie" not in told.answer.headers

    def test_the_end_of_the_process_ends_it(self, served: Served, person: httpx.Client) -> None:
        app = wiring.web(served.clinic.installation.settings("web"))
        ended = threading.Event()
        with ExitStack() as running:
            address = running.enter_context(listening(app, _free()))
            with stream(person, f"{address}/events") as told:
                told.next()

                def follow() -> None:
                    while told.next() is not None:
                        pass
                    ended.set()

                threading.Thread(target=follow, daemon=True).start()
                running.close()
                assert ended.wait(PATIENCE)
        app.state.parts.loop.telemetry.close()
        app.state.parts.loop.storage.close()

    def test_nobody_watches_once_nobody_listens(self, served: Served, person: httpx.Client) -> None:
        news = served.app.state.news
        with stream(person) as told:
            told.next()
            assert news._watching
        watching = [t for t in threading.enumerate() if t.name == "news"]
        for thread in watching:
            thread.join(PATIENCE)
        assert not news._watching
        assert not news._listeners
        with stream(person) as told:
            told.next()
            served.clinic.patient()
            told.changed()


class TestCaps:
    @pytest.mark.parametrize("rates", [Rates(streams=1), Rates(tenant_streams=1)])
    def test_one_too_many(self, served: Served, person: httpx.Client, rates: Rates) -> None:
        app = web_app(replace(served.app.state.parts, rates=rates))
        with listening(app, _free()) as address:
            with stream(person, f"{address}/events") as told:
                told.next()
                answer = person.get(f"{address}/events")
                assert answer.status_code == 429
                assert answer.json()["limit"] == 1
            _until_given_back(app)
            with stream(person, f"{address}/events") as told:
                assert told.next() == ""


def _until_given_back(app: object) -> None:
    """The server learns a moment later that its client has gone."""
    limits = app.state.limits  # type: ignore[attr-defined]
    waiting = threading.Event()
    for _ in range(200):
        if not limits._streams._held:
            return
        waiting.wait(0.05)
    raise AssertionError("the place was not given back")
