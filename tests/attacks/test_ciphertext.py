"""Clinical text is nowhere in plain: not in tables, files, blobs, queue or logs.

The story puts a canary into every clinical text; here it is looked for. And what is
sealed for one place, patient or tenant does not open at another.
"""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import psycopg
import pytest
import structlog
from structlog.testing import capture_logs

from attending.adapters.storage.blobs import ObjectBlobs
from attending.adapters.storage.migrate import dsn_as
from attending.adapters.storage.worker import Patience, Worker
from attending.adapters.telemetry import configure_logs
from attending.core.errors import Misconfigured
from attending.core.ids import SourceId, TenantId
from attending.core.work import Job, Step
from attending.loop.decode import decode
from attending.loop.recover import give_up
from tests.attacks.conftest import as_superuser
from tests.attacks.stories import Story, tell
from tests.clinic import Clinic

CANARY = "canarykestrel"
DECOY = "decoykestrel"  # written in plain, to see that it would be found


@pytest.fixture(scope="module")
def story(clinic: Clinic) -> Story:
    return tell(clinic, CANARY)


def spellings(word: str) -> list[bytes]:
    """As it is, as hex, in UTF-16, and in base64 at each of its three alignments."""
    plain = word.encode()
    turned = [base64.b64encode(b"_" * n + plain)[4:-4] for n in range(3)]
    return [plain, plain.hex().encode(), word.encode("utf-16-le"), *turned]


def tells(content: bytes, word: str = CANARY) -> bool:
    return any(spelling in content for spelling in spellings(word))


def raw_table(db: psycopg.Connection, name: str) -> bytes:
    with db.cursor().copy(f"copy {name} to stdout (format binary)".encode()) as copy:
        return b"".join(copy)


def test_the_search_finds_what_it_looks_for(clinic: Clinic, story: Story) -> None:
    with as_superuser(clinic) as db:
        db.execute("create table attending.extra (a text, b bytea)")
        db.execute("insert into attending.extra values (%s, null)", (f"Ann {DECOY}",))
        assert tells(raw_table(db, "attending.extra"), DECOY)
        db.execute("update attending.extra set a = null, b = %s", (f"Ann {DECOY}".encode(),))
        assert tells(raw_table(db, "attending.extra"), DECOY)
    for shift in range(3):
        assert tells(base64.b64encode(b"." * shift + DECOY.encode() + b" the"), DECOY)
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert CANARY in unit.people.patient(story.patient).identity.name
        assert CANARY in unit.cases.case(story.amended).section("rate").text
        assert unit.failures.open()


def test_no_table_tells(clinic: Clinic, story: Story) -> None:
    with as_superuser(clinic) as db:
        names = [
            row[0]
            for row in db.execute(
                """select oid::regclass::text from pg_class where relkind in ('r', 'm')
                     and relnamespace::regnamespace::text not in
                       ('pg_catalog', 'information_schema')"""
            )
        ]
        assert len(names) > 25
        assert [name for name in names if tells(raw_table(db, name))] == []


def test_no_file_of_the_server_or_the_installation_tells(clinic: Clinic, story: Story) -> None:
    """Data files, write-ahead log, statistics, server log, blobs, checkpoints."""
    with as_superuser(clinic) as db:
        db.execute("analyze")
        db.commit()
        db.execute("checkpoint")
        number = db.execute("select oid from pg_database where datname = current_database()")
        own = str(number.fetchone()[0])  # type: ignore[index]
    server = clinic.installation.server
    assert server is not None
    found, read = [], 0
    for path in server.rglob("*"):
        is_ours = "base" not in path.parts or own in path.parts
        if is_ours and path.is_file() and not path.is_symlink():
            read += 1
            if tells(_content(path)):
                found.append(str(path.relative_to(server)))
    assert read > 100
    assert found == []


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # the server removes files of its own
        return b""


def test_blobs_are_there_and_lie_under_their_tenant(clinic: Clinic, story: Story) -> None:
    folder = clinic.installation.home / "blobs"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert {path.relative_to(folder).parts[0] for path in files} == {str(clinic.tenant)}


def test_a_database_error_tells_nothing(clinic: Clinic, story: Story) -> None:
    """The server's log has no statement and no value of one that failed."""
    log = clinic.installation.postgres.home / "server.log"
    by, before = clinic.person(), log.stat().st_size
    for statement in ("select %s::integer", "select 1 from attending.cases where line = %s and x"):
        with pytest.raises(psycopg.Error), clinic.web.transaction(clinic.tenant, str(by.id)) as u:
            u.run(statement, f"{CANARY} in a value")
    with pytest.raises(psycopg.Error), clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        unit.run(f"select '{CANARY}' from nowhere")
    stranger = dsn_as(clinic.installation.admin_dsn, "attending_web", "wrong")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(stranger)

    added = log.read_bytes()[before:]
    assert b"attending_web" in added  # it is this log that the server writes
    assert not tells(added)


def test_a_step_that_breaks_logs_nothing_clinical(
    clinic: Clinic, story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither our logs nor the libraries', at their most talkative."""
    caplog.set_level(logging.DEBUG)
    source, _ = clinic.upload(f"{CANARY},x\n".encode())
    parts = clinic.parts("inference")
    database = clinic.databases["inference"]
    worker = Worker(
        "", "inference", {}, lambda job, error: give_up(database, job, error), Patience(attempts=1)
    )
    with capture_logs() as logged:
        worker._attempt(lambda job: decode(parts, job), clinic.job(Step.DECODE, source.id), 0)

    assert [line["event"] for line in logged] == ["entered", "failed"]
    assert not tells(f"{logged}{caplog.text}".encode())


def test_an_error_that_nobody_foresaw_tells_only_where(
    clinic: Clinic, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(_job: Job) -> None:
        raise ValueError(f"cannot parse: {CANARY}")

    given_up: list[str] = []
    worker = Worker("", "q", {}, lambda _j, e: given_up.append(str(vars(e))), Patience(attempts=1))
    configure_logs("tests")
    try:
        worker._attempt(breaks, clinic.job(Step.DECODE, story.amended), 0)
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()

    said = capsys.readouterr().err
    assert "breaks" in said
    assert not tells(f"{said}{given_up}".encode())


class TestSealed:
    """What is sealed opens at its own place alone."""

    def test_not_with_the_neighbours_key(self, ours: Story, theirs: Story) -> None:
        row = self._row(ours)
        with theirs.clinic.web.transaction(theirs.clinic.tenant, "tests") as unit:
            cipher = unit.cipher(theirs.patient)
        with pytest.raises(Misconfigured):
            cipher.open(f"patients/identity/{ours.patient}", row)

    def test_not_as_another_row(self, ours: Story, theirs: Story) -> None:
        clinic = ours.clinic
        other = clinic.patient("Bob Test")
        with as_superuser(clinic) as db:
            db.execute(
                """update attending.patients p set identity = o.identity, key = o.key
                   from attending.patients o where p.id = %s and o.id = %s""",
                (other, ours.patient),
            )
            db.commit()
        with (
            pytest.raises(Misconfigured),
            clinic.web.transaction(clinic.tenant, "tests") as unit,
        ):
            unit.people.patient(other)
        with as_superuser(clinic) as db:
            db.execute("set local session_replication_role = replica")
            db.execute("delete from attending.patients where id = %s", (other,))
            db.commit()

    @staticmethod
    def _row(story: Story) -> bytes:
        with as_superuser(story.clinic) as db:
            row = db.execute(
                "select identity from attending.patients where id = %s", (story.patient,)
            ).fetchone()
        assert row is not None
        return bytes(row[0])


class TestBlobs:
    """A stored object under attack by whoever can write the bucket."""

    @pytest.fixture
    def stored(self, ours: Story) -> tuple[ObjectBlobs, TenantId, str, Path]:
        clinic = ours.clinic
        url = clinic.installation.settings("web").blobs_url
        assert url is not None
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            source = unit.intake.source(SourceId(unit.cases.head(ours.amended).source))
        path = clinic.installation.home / "blobs" / str(clinic.tenant) / source.blob
        assert path.is_file()
        return ObjectBlobs(url), clinic.tenant, source.blob, path

    def test_the_neighbour_cannot_fetch_it(
        self, stored: tuple[ObjectBlobs, TenantId, str, Path], theirs: Story, tmp_path: Path
    ) -> None:
        blobs, tenant, key, _ = stored
        with theirs.clinic.web.transaction(theirs.clinic.tenant, "tests") as unit:
            cipher = unit.cipher(theirs.patient)
        for name, place in (
            (theirs.clinic.tenant, key),
            (theirs.clinic.tenant, f"../{tenant}/{key}"),
            (tenant, key),
        ):
            with pytest.raises((Misconfigured, OSError, ValueError)):
                blobs.fetch(name, place, cipher, tmp_path / "out")
            out = tmp_path / "out"
            assert not out.exists() or out.read_bytes() == b""

    @pytest.mark.parametrize("cut", [0, 3, 4, 20, -1])
    def test_a_cut_object_is_found(
        self,
        stored: tuple[ObjectBlobs, TenantId, str, Path],
        ours: Story,
        tmp_path: Path,
        cut: int,
    ) -> None:
        blobs, tenant, key, path = stored
        with ours.clinic.web.transaction(tenant, "tests") as unit:
            cipher = unit.cipher(ours.patient)
        whole = path.read_bytes()
        blobs.fetch(tenant, key, cipher, tmp_path / "whole")
        assert (tmp_path / "whole").stat().st_size > 0
        try:
            path.write_bytes(whole[:cut])
            with pytest.raises(Misconfigured):
                blobs.fetch(tenant, key, cipher, tmp_path / "out")
        finally:
            path.write_bytes(whole)

    def test_frames_do_not_change_places(self, ours: Story, tmp_path: Path) -> None:
        clinic = ours.clinic
        blobs = ObjectBlobs((tmp_path / "blobs").as_uri())
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            cipher = unit.cipher(ours.patient)
        writer = blobs.writer(clinic.tenant, "b", cipher)
        for letter in b"abc":
            writer.write(bytes([letter]) * (1 << 20))
        writer.finish()
        path = tmp_path / "blobs" / str(clinic.tenant) / "b"
        whole = path.read_bytes()
        frame = len(whole) // 3
        first, second, last = (whole[n * frame : (n + 1) * frame] for n in range(3))
        blobs.fetch(clinic.tenant, "b", cipher, tmp_path / "out")
        for altered in (second + first + last, first + last, first + second, first + second * 2):
            path.write_bytes(altered)
            with pytest.raises(Misconfigured):
                blobs.fetch(clinic.tenant, "b", cipher, tmp_path / "out")
