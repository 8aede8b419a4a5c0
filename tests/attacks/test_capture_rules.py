"""Live recordings by raw SQL, past every check of ours: what arrived stays, and its key goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from attending.core.capture import Capture
from attending.core.errors import CaptureAbandoned, KeyMissing
from attending.core.work import Job, Step
from attending.loop import recover
from tests.attacks.conftest import acts_for, connected
from tests.clinic import Clinic
from tests.loop.live import Recorder, seconds

Connection = psycopg.Connection[Any]
_CHUNK = """insert into attending.capture_chunks
  (tenant_id, capture_id, number, digest, size, blob) values (%s, %s, %s, %s, 2, %s)"""
_PIECE = """insert into attending.capture_pieces
  (tenant_id, capture_id, number, start_sample, end_sample, words, kept, model_name, model_version)
  values (%s, %s, %s, %s, %s, '', '', 'hearing', '1')"""
_KEY = """insert into attending.capture_keys (tenant_id, capture_id, patient_id, sealed)
  values (%s, %s, %s, 'x')
  on conflict (tenant_id, capture_id) do update set sealed = excluded.sealed"""


@pytest.fixture
def recorder(clinic: Clinic) -> Recorder:
    return Recorder(clinic)


@pytest.fixture
def recording(recorder: Recorder) -> Capture:
    """Eleven seconds have arrived, and are to be heard."""
    capture = recorder.open()
    recorder.send_all(capture.id, range(1, 12))
    return capture


@pytest.fixture
def ended(recorder: Recorder, recording: Capture) -> Capture:
    assert recorder.end(recording.id, 11) is not None
    return recording


@pytest.fixture
def web(clinic: Clinic) -> Iterator[Connection]:
    with connected(clinic, "attending_web") as db:
        acts_for(db, clinic)
        yield db


@pytest.fixture
def inference(clinic: Clinic) -> Iterator[Connection]:
    with connected(clinic, "attending_inference") as db:
        acts_for(db, clinic)
        yield db


def refused(db: Connection, rule: str, statement: str, *values: object) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute(statement.encode(), values)
    assert error.value.sqlstate == rule, error.value


class TestWhatArrives:
    def test_an_honest_web_process_may_keep_a_chunk(
        self, clinic: Clinic, web: Connection, recording: Capture
    ) -> None:
        web.execute(_CHUNK, (clinic.tenant, recording.id, 12, "ab" * 32, str(uuid4())))

    def test_none_is_slipped_under_what_was_ended(
        self, clinic: Clinic, web: Connection, ended: Capture
    ) -> None:
        values = (clinic.tenant, ended.id, 12, "ab" * 32, str(uuid4()))
        refused(web, "AT080", _CHUNK, *values)

    def test_none_replaces_another(
        self, clinic: Clinic, web: Connection, recording: Capture
    ) -> None:
        values = (clinic.tenant, recording.id, 11, "ab" * 32, str(uuid4()))
        refused(web, "23505", _CHUNK, *values)

    def test_inference_keeps_no_chunk_and_web_hears_nothing(
        self, clinic: Clinic, web: Connection, inference: Connection, recording: Capture
    ) -> None:
        values = (clinic.tenant, recording.id, 12, "ab" * 32, str(uuid4()))
        refused(inference, "42501", _CHUNK, *values)
        refused(web, "42501", _PIECE, clinic.tenant, recording.id, 1, 0, 9)

    def test_an_ended_one_names_a_source_of_its_own_encounter(
        self, clinic: Clinic, recorder: Recorder, web: Connection, recording: Capture
    ) -> None:
        other = clinic.upload()[0]
        refused(
            web,
            "23503",
            "update attending.captures set state = 'ended', version = version + 1, source_id = %s"
            " where id = %s",
            other.id,
            recording.id,
        )


class TestPieces:
    def test_an_honest_inference_process_may_hear(
        self, clinic: Clinic, inference: Connection, recording: Capture
    ) -> None:
        inference.execute(_PIECE, (clinic.tenant, recording.id, 1, 0, 9))
        inference.execute(_PIECE, (clinic.tenant, recording.id, 2, 9, 20))

    @pytest.mark.parametrize(("number", "start"), [(1, 1), (2, 0), (2, 9), (3, 9)])
    def test_a_piece_follows_the_one_before(
        self, clinic: Clinic, inference: Connection, recording: Capture, number: int, start: int
    ) -> None:
        refused(inference, "AT081", _PIECE, clinic.tenant, recording.id, number, start, 100)

    def test_none_overlaps_another(
        self, clinic: Clinic, inference: Connection, recording: Capture
    ) -> None:
        inference.execute(_PIECE, (clinic.tenant, recording.id, 1, 0, 9))
        refused(inference, "AT081", _PIECE, clinic.tenant, recording.id, 2, 8, 100)

    def test_none_after_the_end(
        self, clinic: Clinic, inference: Connection, ended: Capture
    ) -> None:
        refused(inference, "AT080", _PIECE, clinic.tenant, ended.id, 1, 0, 9)


class TestKeys:
    def test_it_is_there_while_it_is_recorded_and_goes_with_the_end(
        self, clinic: Clinic, recorder: Recorder, recording: Capture
    ) -> None:
        assert recording.patient in held(clinic)
        case = recorder.end(recording.id, 11)
        assert case is not None
        assert recording.id not in held(clinic).values()

    def test_it_goes_with_one_that_was_left(
        self, clinic: Clinic, recorder: Recorder, recording: Capture
    ) -> None:
        job = Job(Step.TEND, clinic.tenant, recording.id, 0)
        recover.give_up(clinic.databases["inference"], job, CaptureAbandoned("Left."))
        assert recording.patient not in held(clinic)
        with (
            pytest.raises(KeyMissing),
            clinic.databases["inference"].transaction(clinic.tenant, "thief") as unit,
        ):
            unit.captures.hints(recording)

    def test_none_before_there_is_something_to_hear(
        self, clinic: Clinic, recorder: Recorder
    ) -> None:
        capture = recorder.open()
        recorder.send(capture.id, 1, seconds(1))
        assert capture.patient not in held(clinic)

    @pytest.mark.parametrize("of", ["an ended one", "another patient"])
    def test_web_leaves_no_key_that_nobody_needs(
        self, clinic: Clinic, recorder: Recorder, web: Connection, recording: Capture, of: str
    ) -> None:
        patient = recording.patient
        if of == "an ended one":
            recorder.end(recording.id, 11)
        else:
            patient = clinic.patient()
        refused(web, "AT060", _KEY, clinic.tenant, recording.id, patient)

    def test_inference_cannot_leave_it_and_keep_the_key(
        self, inference: Connection, recording: Capture
    ) -> None:
        inference.execute(
            "update attending.captures set state = 'abandoned', version = version + 1"
            " where id = %s",
            (recording.id,),
        )
        inference.execute("select attending.enter('')")
        with pytest.raises(psycopg.Error) as error:
            inference.commit()
        assert error.value.sqlstate == "AT043"


def held(clinic: Clinic) -> dict[object, object]:
    """Of which patients inference opens something, and of which capture."""
    with clinic.databases["inference"].transaction(clinic.tenant, "thief") as unit:
        rows = unit.all("select patient_id, capture_id from attending.capture_keys")
        for row in rows:
            assert unit.cipher(row["patient_id"]).key
        return {row["patient_id"]: row["capture_id"] for row in rows}
