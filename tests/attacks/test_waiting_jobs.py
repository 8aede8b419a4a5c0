"""The function that tells which jobs wait: of one's own clinic, to the web process alone."""

from __future__ import annotations

import psycopg
import pytest

from tests.attacks.conftest import acts_for, connected
from tests.clinic import Clinic

WAITING = "select subject::text from queue.waiting()"


def subjects(clinic: Clinic, role: str, *, acting: bool = True) -> set[str]:
    with connected(clinic, role) as db:
        if acting:
            acts_for(db, clinic)
        return {row[0] for row in db.execute(WAITING)}


def test_each_clinic_sees_its_own(clinic: Clinic, neighbour: Clinic) -> None:
    ours, theirs = str(clinic.upload()[0].id), str(neighbour.upload()[0].id)
    assert ours in subjects(clinic, "attending_web")
    assert theirs not in subjects(clinic, "attending_web")
    assert theirs in subjects(neighbour, "attending_web")


def test_without_a_ticket_nothing_is_seen(clinic: Clinic) -> None:
    clinic.upload()
    assert subjects(clinic, "attending_web", acting=False) == set()


@pytest.mark.parametrize("role", ["attending_inference", "attending_releaser"])
def test_no_other_process_asks(clinic: Clinic, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        subjects(clinic, role)


def test_a_table_of_the_callers_is_not_read_instead(clinic: Clinic) -> None:
    """Whatever search path the caller sets."""
    clinic.upload()
    with connected(clinic, "attending_web") as db:
        acts_for(db, clinic)
        before = db.execute(WAITING).fetchall()
        db.execute("set local search_path = attending, public, pg_temp")
        assert db.execute(WAITING).fetchall() == before
