"""A visit that is recorded live: every sample arrives, none twice, and the draft stands soon."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.core.capture import CHUNK_LIMIT, CaptureState, wav_header
from attending.core.errors import (
    CaptureAbandoned,
    Conflict,
    ConsentMissing,
    Forbidden,
    InvalidInput,
    NotFound,
    SourceTooLarge,
    UnsupportedSource,
)
from attending.core.ids import CaptureId
from attending.core.pause import Stop, StopScope
from attending.core.work import CaseHead, Job, Purpose, Step
from attending.loop import capture as live
from attending.loop import recover, tend
from attending.loop.decode import decode
from attending.loop.intake import record_consent
from attending.loop.tend import LEFT_ALONE
from tests.clinic import Clinic
from tests.loop.live import LINE, Hearing, Recorder, seconds


@pytest.fixture
def recorder(clinic: Clinic) -> Recorder:
    return Recorder(clinic)


def source_of(recorder: Recorder, case: CaseHead) -> bytes:
    clinic, folder = recorder.clinic, recorder.clinic.installation.home
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        source = unit.intake.source(case.source)
        cipher = unit.cipher(source.patient)
    clinic.parts("web").blobs.fetch(clinic.tenant, source.blob, cipher, folder / "fetched")
    return (folder / "fetched").read_bytes()


def heard_in(recorder: Recorder, case: CaseHead) -> list[str]:
    decode(recorder.inference, recorder.clinic.job(Step.DECODE, case.source))
    with recorder.clinic.web.transaction(recorder.clinic.tenant, "tests") as unit:
        run = unit.intake.run(case.source, "decode")
    assert run is not None
    said = json.loads(run.output)["utterances"]
    return [word["text"] for utterance in said for word in utterance["words"]]


def ended(recorder: Recorder, capture: CaptureId, chunks: int) -> CaseHead:
    case = recorder.end(capture, chunks)
    assert case is not None
    return case


def jobs(recorder: Recorder, step: Step, capture: CaptureId) -> list[int]:
    query = """select (args->>'version')::int from queue.procrastinate_jobs
               where task_name = %s and args->>'subject' = %s order by id"""
    with psycopg.connect(recorder.clinic.installation.admin_dsn) as db:
        return [row[0] for row in db.execute(query, (step, str(capture)))]


def aged(recorder: Recorder, capture: CaptureId, by: timedelta) -> None:
    """As if all of it had happened so much earlier."""
    with psycopg.connect(recorder.clinic.installation.admin_dsn) as db:
        db.execute("set session_replication_role = replica")
        for statement in (
            "update attending.captures set opened_at = opened_at - %s where id = %s",
            "update attending.capture_chunks set received_at = received_at - %s where capture_id = %s",
        ):
            db.execute(statement.encode(), (by, capture))


class TestChunks:
    def test_they_become_one_source_in_their_order(self, recorder: Recorder) -> None:
        capture = recorder.open()
        for number in (3, 1, 2):
            recorder.send(capture.id, number, seconds(number))
        case = ended(recorder, capture.id, 3)
        sound = seconds(1, 2, 3)
        assert source_of(recorder, case) == wav_header(len(sound)) + sound
        assert recorder.standing(capture.id).capture.source == case.source

    def test_one_that_is_sent_again_stands_once(self, recorder: Recorder) -> None:
        capture = recorder.open()
        for _ in range(3):
            standing = recorder.send(capture.id, 1, seconds(7))
        assert (standing.chunks, standing.whole) == (1, 1)

    def test_another_under_its_number_is_refused_and_what_stands_stays(
        self, recorder: Recorder
    ) -> None:
        capture = recorder.open()
        recorder.send(capture.id, 1, seconds(7))
        with pytest.raises(Conflict) as refused:
            recorder.send(capture.id, 1, seconds(8))
        assert refused.value.context == {"chunk": 1, "chunks": 1}
        assert source_of(recorder, ended(recorder, capture.id, 1))[44:] == seconds(7)

    def test_two_at_the_same_time_stand_once(self, recorder: Recorder) -> None:
        capture = recorder.open()
        senders = [Thread(target=recorder.send, args=(capture.id, 1, seconds(7))) for _ in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert recorder.standing(capture.id).chunks == 1

    @pytest.mark.parametrize(
        ("number", "sound"),
        [(0, seconds(1)), (20_001, seconds(1)), (1, b""), (1, b"odd"), (1, bytes(CHUNK_LIMIT + 2))],
    )
    def test_what_is_no_chunk_is_refused(
        self, recorder: Recorder, number: int, sound: bytes
    ) -> None:
        capture = recorder.open()
        with pytest.raises(InvalidInput):
            recorder.send(capture.id, number, sound)

    def test_one_that_changed_on_its_way_is_refused(self, recorder: Recorder) -> None:
        capture, by, clinic = recorder.open(), recorder.clinic.person(), recorder.clinic
        offered = live.Offered(1, "0" * 64, seconds(1))
        with (
            pytest.raises(InvalidInput, match="changed"),
            clinic.web.transaction(clinic.tenant, str(by.id)) as unit,
        ):
            live.accept(clinic.parts("web"), unit, capture.id, offered, 1 << 20, by)

    def test_more_than_the_limit_is_refused(self, recorder: Recorder) -> None:
        capture, by, clinic = recorder.open(), recorder.clinic.person(), recorder.clinic
        recorder.send(capture.id, 1, seconds(1))
        sound = seconds(2)
        offered = live.Offered(2, hashlib.sha256(sound).hexdigest(), sound)
        with (
            pytest.raises(SourceTooLarge),
            clinic.web.transaction(clinic.tenant, str(by.id)) as unit,
        ):
            live.accept(clinic.parts("web"), unit, capture.id, offered, len(sound) + 2, by)

    def test_somebody_else_does_not_record_into_it(self, recorder: Recorder) -> None:
        capture = recorder.open()
        with pytest.raises(Forbidden):
            recorder.send(capture.id, 1, seconds(1), recorder.clinic.person("demo-second"))

    def test_another_tenant_finds_nothing(self, recorder: Recorder, neighbour: Clinic) -> None:
        capture, stranger = recorder.open(), Recorder(neighbour)
        recorder.send(capture.id, 1, seconds(1))
        with pytest.raises(NotFound):
            stranger.send(capture.id, 1, seconds(1))
        with pytest.raises(NotFound):
            stranger.end(capture.id, 1)

    def test_nothing_is_kept_of_who_withdrew(self, recorder: Recorder) -> None:
        clinic, by, patient = recorder.clinic, recorder.clinic.person(), recorder.clinic.patient()
        capture = recorder.open(patient=patient)
        recorder.send(capture.id, 1, seconds(1))
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            record_consent(unit, patient, Purpose.RECORD, granted=False, by=by)
        with pytest.raises(ConsentMissing):
            recorder.send(capture.id, 2, seconds(2))
        with pytest.raises(ConsentMissing):
            recorder.end(capture.id, 1)

    def test_only_a_line_that_takes_sound(self, recorder: Recorder) -> None:
        clinic, by = recorder.clinic, recorder.clinic.person()
        encounter = clinic.encounter()
        with (
            pytest.raises(UnsupportedSource),
            clinic.web.transaction(clinic.tenant, str(by.id)) as unit,
        ):
            live.open_capture(clinic.parts("web"), unit, encounter, "vitals", (), by)

    def test_it_is_gone_on_with(self, recorder: Recorder) -> None:
        first = recorder.open()
        assert recorder.open(first.encounter).id == first.id
        recorder.send(first.id, 1, seconds(1))
        ended(recorder, first.id, 1)
        assert recorder.open(first.encounter).id != first.id


class TestEnd:
    def test_what_is_missing_is_named(self, recorder: Recorder) -> None:
        capture = recorder.open()
        for number in (1, 2, 5):
            recorder.send(capture.id, number, seconds(number))
        with pytest.raises(Conflict) as refused:
            recorder.end(capture.id, 6)
        assert refused.value.context["missing"] == (3, 4, 6)
        for number in (3, 4):
            recorder.send(capture.id, number, seconds(number))
        with pytest.raises(Conflict, match="More"):
            recorder.end(capture.id, 4)
        assert recorder.standing(capture.id).capture.state is CaptureState.RECORDING

    def test_twice_is_once(self, recorder: Recorder) -> None:
        capture = recorder.open()
        recorder.send(capture.id, 1, seconds(1))
        assert ended(recorder, capture.id, 1).id == ended(recorder, capture.id, 1).id

    def test_at_the_same_time_is_once(self, recorder: Recorder) -> None:
        """Both made the file; one of the two is the source, the other is gone."""
        capture = recorder.open()
        recorder.send(capture.id, 1, seconds(1))
        first, second = (recorder.begun_ending(capture.id, 1) for _ in range(2))
        case = recorder.entered(first, capture.id)
        assert case is not None
        assert recorder.entered(second, capture.id) == case
        blobs = recorder.clinic.parts("web").blobs
        assert second is not None
        assert not blobs.stands(recorder.clinic.tenant, second.upload.source.blob)

    def test_a_chunk_that_slips_in_is_not_lost(self, recorder: Recorder) -> None:
        capture = recorder.open()
        recorder.send(capture.id, 1, seconds(1))
        ending = recorder.begun_ending(capture.id, 1)
        recorder.send(capture.id, 2, seconds(2))
        with pytest.raises(Conflict, match="More"):
            recorder.entered(ending, capture.id)
        assert source_of(recorder, ended(recorder, capture.id, 2))[44:] == seconds(1, 2)

    def test_nothing_comes_after_it(self, recorder: Recorder) -> None:
        capture = recorder.open()
        recorder.send(capture.id, 1, seconds(1))
        ended(recorder, capture.id, 1)
        assert recorder.send(capture.id, 1, seconds(1)).chunks == 1  # an answer that was lost
        with pytest.raises(Conflict, match="ended"):
            recorder.send(capture.id, 2, seconds(2))

    def test_of_nothing_is_no_case(self, recorder: Recorder) -> None:
        capture = recorder.open()
        assert recorder.end(capture.id, 0) is None
        assert recorder.end(capture.id, 0) is None
        assert recorder.standing(capture.id).capture.state is CaptureState.ENDED

    def test_the_chunks_are_removed_and_the_source_stays(self, recorder: Recorder) -> None:
        capture, clinic = recorder.open(), recorder.clinic
        recorder.send_all(capture.id, (1, 2))
        folder = Path(urlsplit(clinic.installation.settings("web").blobs_url).path)
        chunks = folder / str(clinic.tenant) / "captures" / str(capture.id)
        assert len(list(chunks.iterdir())) == 2
        case = ended(recorder, capture.id, 2)
        assert len(jobs(recorder, Step.TEND, capture.id)) == 2
        tend.tend(recorder.inference, Job(Step.TEND, clinic.tenant, capture.id, 0))
        assert list(chunks.glob("*")) == []
        assert source_of(recorder, case)[44:] == seconds(1, 2)


class TestListening:
    def test_only_the_rest_is_heard_after_the_end(self, recorder: Recorder) -> None:
        capture = recorder.open()
        recorder.send_all(capture.id, range(1, 26))
        recorder.listen(capture.id, 0)
        recorder.listen(capture.id, 1)
        assert recorder.standing(capture.id).pieces == 2
        case = ended(recorder, capture.id, 25)
        assert heard_in(recorder, case) == [f"s{n}" for n in range(1, 26)]
        assert recorder.hearing.heard == [(0.0, 10.0), (10.0, 20.0), (20.0, 25.0)]

    def test_a_gap_is_waited_for(self, recorder: Recorder) -> None:
        capture = recorder.open()
        for number in (*range(1, 10), *range(11, 15)):
            recorder.send(capture.id, number, seconds(number))
        assert jobs(recorder, Step.LISTEN, capture.id) == []
        recorder.send(capture.id, 10, seconds(10))
        recorder.listen(capture.id, 0)
        with recorder.clinic.web.transaction(recorder.clinic.tenant, "tests") as unit:
            [piece] = unit.captures.pieces(unit.captures.get(capture.id))
        assert piece.words == " ".join(f"s{n}" for n in range(1, 11))

    def test_one_job_at_a_time_is_asked_for(self, recorder: Recorder) -> None:
        capture = recorder.open()
        recorder.send_all(capture.id, range(1, 12))
        assert jobs(recorder, Step.LISTEN, capture.id) == [0]
        recorder.send_all(capture.id, range(1, 31))
        recorder.listen(capture.id, 0)
        assert jobs(recorder, Step.LISTEN, capture.id) == [0, 1]
        recorder.listen(capture.id, 1)
        recorder.listen(capture.id, 2)
        assert jobs(recorder, Step.LISTEN, capture.id) == [0, 1, 2]

    def test_a_worker_that_wakes_late_changes_nothing(self, recorder: Recorder) -> None:
        """Another heard the piece, and the next one, while it slept."""
        capture = recorder.open()
        recorder.send_all(capture.id, range(1, 26))

        def meanwhile() -> None:
            recorder.listen(capture.id, 0)
            recorder.listen(capture.id, 1)

        late = Recorder(recorder.clinic, Hearing(before=meanwhile))
        late.listen(capture.id, 0)
        assert recorder.standing(capture.id).pieces == 2
        recorder.listen(capture.id, 1)  # a job of long ago
        assert recorder.standing(capture.id).pieces == 2

    def test_one_that_died_is_done_again(self, recorder: Recorder) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        capture = recorder.open()
        recorder.send_all(capture.id, range(1, 26))
        with pytest.raises(KeyboardInterrupt):
            Recorder(recorder.clinic, Hearing(before=die)).listen(capture.id, 0)
        recorder.listen(capture.id, 0)
        case = ended(recorder, capture.id, 25)
        assert heard_in(recorder, case) == [f"s{n}" for n in range(1, 26)]

    def test_the_end_does_not_wait_for_it(self, recorder: Recorder) -> None:
        capture = recorder.open()
        recorder.send_all(capture.id, range(1, 26))
        cases: list[CaseHead] = []
        late = Recorder(
            recorder.clinic, Hearing(before=lambda: cases.append(ended(recorder, capture.id, 25)))
        )
        late.listen(capture.id, 0)
        assert recorder.standing(capture.id).pieces == 0
        assert heard_in(recorder, cases[0]) == [f"s{n}" for n in range(1, 26)]

    def test_of_another_model_nothing_is_taken_over(self, recorder: Recorder) -> None:
        """It was replaced during the visit: the whole is heard by the new one."""
        capture = recorder.open()
        recorder.send_all(capture.id, range(1, 26))
        recorder.listen(capture.id, 0)
        newer = Recorder(recorder.clinic, Hearing(version="2"))
        case = ended(recorder, capture.id, 25)
        assert heard_in(newer, case) == [f"s{n}" for n in range(1, 26)]
        assert newer.hearing.heard == [(0.0, 25.0)]

    def test_a_pause_stops_it_and_loses_nothing(self, recorder: Recorder) -> None:
        clinic, capture = recorder.clinic, recorder.open()
        recorder.send_all(capture.id, range(1, 26))
        pause = clinic.pause(Stop(StopScope.LINE, LINE))
        recorder.listen(capture.id, 0)
        assert recorder.hearing.heard == []
        clinic.resume(pause)
        case = ended(recorder, capture.id, 25)
        assert heard_in(recorder, case) == [f"s{n}" for n in range(1, 26)]

    def test_a_pause_that_comes_meanwhile_keeps_the_piece_out(self, recorder: Recorder) -> None:
        clinic, capture = recorder.clinic, recorder.open()
        recorder.send_all(capture.id, range(1, 26))
        pauses: list[object] = []
        stop = Stop(StopScope.LINE, LINE)
        late = Recorder(clinic, Hearing(before=lambda: pauses.append(clinic.pause(stop))))
        late.listen(capture.id, 0)
        assert recorder.standing(capture.id).pieces == 0
        clinic.resume(pauses[0])  # type: ignore[arg-type]


class TestLeftAlone:
    def test_it_goes_to_a_person_and_can_be_ended(self, recorder: Recorder) -> None:
        capture, clinic = recorder.open(), recorder.clinic
        recorder.send_all(capture.id, range(1, 12))
        job = Job(Step.TEND, clinic.tenant, capture.id, 0)
        tend.tend(recorder.inference, job)
        assert recorder.standing(capture.id).capture.state is CaptureState.RECORDING
        aged(recorder, capture.id, LEFT_ALONE)
        with pytest.raises(CaptureAbandoned) as left:
            tend.tend(recorder.inference, job)
        recover.give_up(clinic.databases["inference"], job, left.value)
        assert recorder.standing(capture.id).capture.state is CaptureState.ABANDONED
        [failure] = self._failures(clinic, capture.id)
        assert "worklist" in failure
        case = ended(recorder, capture.id, 11)
        assert self._failures(clinic, capture.id) == []
        assert heard_in(recorder, case) == [f"s{n}" for n in range(1, 12)]

    def test_it_can_be_gone_on_with(self, recorder: Recorder) -> None:
        capture, clinic = recorder.open(), recorder.clinic
        recorder.send(capture.id, 1, seconds(1))
        aged(recorder, capture.id, LEFT_ALONE)
        job = Job(Step.TEND, clinic.tenant, capture.id, 0)
        recover.give_up(clinic.databases["inference"], job, CaptureAbandoned("Left."))
        recorder.send(capture.id, 2, seconds(2))
        assert recorder.standing(capture.id).capture.state is CaptureState.RECORDING
        assert self._failures(clinic, capture.id) == []

    @staticmethod
    def _failures(clinic: Clinic, capture: CaptureId) -> list[str]:
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            return [f.explanation for f in unit.failures.open() if f.subject_id == capture]


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 8), min_size=1, max_size=6),
    data=st.data(),
)
def test_whatever_the_network_does(clinic: Clinic, sizes: list[int], data: st.DataObject) -> None:
    """Chunks that are delayed, repeated and swapped: each sample arrives, none twice."""
    recorder = Recorder(clinic)
    capture = recorder.open()
    sounds, value = [], 0
    for size in sizes:
        sounds.append(seconds(*range(value, value + size)))
        value += size
    sendings = data.draw(st.lists(st.integers(1, len(sizes)), max_size=12))
    order = data.draw(st.permutations(range(1, len(sizes) + 1)))
    for number in [*sendings, *order]:
        standing = recorder.send(capture.id, number, sounds[number - 1])
        assert standing.whole <= standing.chunks
        if jobs(recorder, Step.LISTEN, capture.id) and data.draw(st.booleans()):
            recorder.listen(capture.id, standing.pieces)
    case = ended(recorder, capture.id, len(sizes))
    assert heard_in(recorder, case) == [f"s{n}" for n in range(value)]
    assert sum(end - start for start, end in recorder.hearing.heard) == value
