"""What every room's tests share: one embedded PostgreSQL for the whole run."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import psutil
import pytest

from attending.adapters.storage import everywhere
from attending.adapters.storage.embedded import EmbeddedPostgres
from tests.clinic import Clinic

# A busy machine is no failure: speed is measured in benchmarks, never in tests.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

SERVER = "ATTENDING_TESTS_SERVER"  # the run's folder; workers inherit it
ALL_LINES = '["attending.lines.documentation", "tests.plugins.vitals_line"]'


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-examples",
        type=int,
        default=0,
        help="requests for each operation of the API, at random; else few, and always the same",
    )


@pytest.hookimpl(optionalhook=True)  # there is none without xdist
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: each often waits, for a process, a browser or the clock."""
    return (psutil.cpu_count(logical=False) or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="attending-tests-"))
    folder.chmod(0o755)  # the server's account must reach its data below
    os.environ[SERVER] = str(folder)
    for name in [name for name in os.environ if name.startswith("ATTENDING_") and name != SERVER]:
        if name != "ATTENDING_DATA":
            del os.environ[name]


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ[SERVER])
    if (folder / "postgres").exists():
        EmbeddedPostgres(folder / "postgres").stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Path:
    """The folder of the run's PostgreSQL and role passwords."""
    return Path(os.environ[SERVER])


@pytest.fixture
def folder(server: Path) -> Iterator[Path]:
    """An empty folder that the database server's account may reach."""
    made = server / f"f-{uuid4().hex[:12]}"
    made.mkdir()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def clinic(server: Path) -> Iterator[Clinic]:
    """A clinic with a database of its own, its parts wired in this process."""
    with Clinic.opened(server, lines=ALL_LINES) as opened:
        yield opened


@pytest.fixture
def nothing_stays_paused(clinic: Clinic) -> Iterator[None]:
    """For a module that pauses: afterwards everything goes on."""
    yield
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        standing = unit.pauses.standing()
    for each in standing:
        if each.everywhere:
            everywhere.resume(clinic.installation.admin_dsn, each.id, "The test is over.")
        else:
            clinic.resume(each.id)


@pytest.fixture(scope="module")
def neighbour(clinic: Clinic) -> Iterator[Clinic]:
    """Another tenant in the same database."""
    with clinic.next_door() as opened:
        yield opened


@pytest.fixture(scope="session")
def data() -> Path:
    """Development data, where the machine has it: the setting ATTENDING_DATA."""
    default = Path(__file__).parents[2] / "shared" / "data"
    found = Path(os.environ.get("ATTENDING_DATA", default))
    if not found.is_dir():
        pytest.skip("no development data: set ATTENDING_DATA")
    return found
