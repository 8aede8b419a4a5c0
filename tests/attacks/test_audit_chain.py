"""The audit history under a superuser: whatever he does to it is found by verifying."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.types.json import Jsonb

from attending.adapters.storage.checkpoints import (
    FileCheckpoints,
    load_private_key,
    read_checkpoints,
)
from attending.core.checkpoint import Checkpoint
from attending.core.merkle import Frontier, leaf_hash
from tests.attacks.conftest import as_superuser
from tests.attacks.rewriting import IN_PLACE, REWRITTEN, Chain, edited, found, kept, verdict
from tests.attacks.stories import Story
from tests.clinic import Clinic


@pytest.fixture
def chain(ours: Story) -> Iterator[Chain]:
    """Put back as it was at the end."""
    clinic = ours.clinic
    assert verdict(clinic).problems == ()
    made = Chain(clinic)
    yield made
    made.restore()
    assert verdict(clinic).problems == ()


def test_the_database_keeps_the_tree_of_its_entries(ours: Story) -> None:
    chain, tree = Chain(ours.clinic), Frontier()
    for entry in chain.entries:
        tree.append(leaf_hash(entry.encode()))
    [(_tenant, seq, _hash, peaks)] = chain.head
    assert (seq, peaks) == (tree.size, tree.peaks)


class TestRows:
    """With the hashes left as they are: the chain finds it without any checkpoint."""

    @pytest.mark.parametrize("at", [0, 7, -1])
    @pytest.mark.parametrize(
        "entry", [None, "", "{}", "[]", "not json", "{" * 9000, '{"seq": "x"}']
    )
    def test_an_edit(self, chain: Chain, at: int, entry: str | None) -> None:
        rows = list(chain.rows)
        text = rows[at][2].replace('"actor": "', '"actor": "not ') if entry is None else entry
        assert text != rows[at][2]
        rows[at] = edited(rows[at], text)
        chain.write(rows, chain.head)
        assert f"entry {rows[at][1]} was altered" in found(chain.clinic, ())

    def test_another_hash(self, chain: Chain) -> None:
        rows = list(chain.rows)
        rows[5] = (*rows[5][:3], b"\0" * 32)
        chain.write(rows, chain.head)
        assert "entry 6 was altered" in found(chain.clinic, ())

    @pytest.mark.parametrize("at", [0, 7])
    def test_a_deletion(self, chain: Chain, at: int) -> None:
        chain.write(chain.rows[:at] + chain.rows[at + 1 :], chain.head)
        assert f"entry {at + 1} is missing" in found(chain.clinic, ())

    def test_a_swap(self, chain: Chain) -> None:
        rows = list(chain.rows)
        a, b = rows[4], rows[9]
        rows[4], rows[9] = (*a[:2], *b[2:]), (*b[:2], *a[2:])
        chain.write(rows, chain.head)
        assert "entry 5 was moved" in found(chain.clinic, ())
        assert "entry 10 was moved" in found(chain.clinic, ())

    @pytest.mark.parametrize("left", [0, 1, 20])
    def test_a_cut_end(self, chain: Chain, left: int) -> None:
        chain.write(chain.rows[:left], chain.head)
        assert f"entries {left + 1} to {chain.end} are missing at the end" in found(
            chain.clinic, ()
        )

    def test_a_head_that_is_gone(self, chain: Chain) -> None:
        chain.write(chain.rows, [])
        assert "the head is not that of the chain" in found(chain.clinic, ())

    def test_a_head_of_another_entry(self, chain: Chain) -> None:
        last = chain.rows[-2]
        chain.write(chain.rows, [(chain.clinic.tenant, last[1], last[3], chain.head[0][3])])
        assert "the head is not that of the chain" in found(chain.clinic, ())

    def test_another_tenants_rows(self, chain: Chain, theirs: Story) -> None:
        """A chain that holds, but begins with another tenant."""
        stranger = Chain(theirs.clinic)
        moved = [(chain.clinic.tenant, *row[1:]) for row in stranger.rows]
        chain.write(moved, [(chain.clinic.tenant, *stranger.head[0][1:])])
        assert "entry 1 was altered" in found(chain.clinic, ())


@pytest.mark.parametrize("tampering", IN_PLACE)
def test_it_is_found_in_place_without_a_checkpoint(chain: Chain, tampering: str) -> None:
    IN_PLACE[tampering](chain)
    told = set(verdict(chain.clinic, ()).problems)
    assert {problem for problem in told if not problem.startswith("checkpoints are missing")}


class TestRechained:
    """With every hash, the frontier and the head made anew: the signed checkpoints find it."""

    @pytest.mark.parametrize("rewriting", REWRITTEN)
    def test_it_is_found(self, chain: Chain, rewriting: str) -> None:
        REWRITTEN[rewriting](chain)
        alone = verdict(chain.clinic, ()).problems
        assert all(problem.startswith("checkpoints are missing") for problem in alone)
        told = found(chain.clinic)
        assert "made anew" in told or "before the checkpoint" in told

    def test_from_the_last_checkpoint_on_nothing_is_found_yet(self, chain: Chain) -> None:
        """What no checkpoint covers is only safe with the next one; this is its limit."""
        last = max(point.size for point in kept(chain.clinic)())
        assert last < chain.end
        chain.cut(last)
        assert found(chain.clinic) == ""


class TestCheckpoints:
    @pytest.fixture
    def points(self, ours: Story) -> tuple[Checkpoint, ...]:
        points = kept(ours.clinic)()
        assert len(points) >= 3
        return points

    def test_a_forged_one(self, ours: Story, points: tuple[Checkpoint, ...]) -> None:
        own = Ed25519PrivateKey.generate()
        bare = replace(points[-1], root="00" * 32, previous=points[-1].name)
        forged = replace(bare, signature=own.sign(bare.signed_bytes()).hex())
        assert "not signed by the checkpoint key" in found(ours.clinic, (*points, forged))
        assert "not signed by the checkpoint key" in found(ours.clinic, (forged, *points))

    @pytest.mark.parametrize("at", [0, -1])
    @pytest.mark.parametrize(
        "change",
        [{"size": 2}, {"root": "00" * 32}, {"chain": ""}, {"at": "2020"}, {"previous": "00"},
         {"signature": "zz"}, {"key": ""}],
    )  # fmt: skip
    def test_a_changed_one(
        self, ours: Story, points: tuple[Checkpoint, ...], change: dict[str, Any], at: int
    ) -> None:
        given = list(points)
        given[at] = replace(points[at], **change)
        assert "not signed by the checkpoint key" in found(ours.clinic, tuple(given))

    def test_another_tenants(
        self, ours: Story, theirs: Story, points: tuple[Checkpoint, ...]
    ) -> None:
        assert "another tenant's" in found(ours.clinic, (*points, kept(theirs.clinic)()[0]))

    @pytest.mark.parametrize(
        "line", ["nonsense", "{}", "[1]", '{"tenant": 1}', '{"tenant": "', "[" * 9000, "\x00"]
    )
    def test_a_line_that_cannot_be_read(
        self, ours: Story, tmp_path: Path, line: str, points: tuple[Checkpoint, ...]
    ) -> None:
        path = tmp_path / f"{ours.clinic.tenant}.jsonl"
        kept = ours.clinic.installation.checkpoints / path.name
        path.write_text(kept.read_text() + line + "\n")
        read = read_checkpoints(tmp_path, ours.clinic.tenant)
        assert len(read) == len(points) + 1
        assert "not signed by the checkpoint key" in found(ours.clinic, read)

    def test_all_of_them_deleted(self, ours: Story) -> None:
        assert "checkpoints are missing" in found(ours.clinic, ())

    def test_any_but_the_last_deleted(self, ours: Story, points: tuple[Checkpoint, ...]) -> None:
        assert found(ours.clinic, points) == ""
        for gone in range(len(points) - 1):
            left = points[:gone] + points[gone + 1 :]
            assert f"missing before the one at {points[gone + 1].size}" in found(ours.clinic, left)

    def test_the_last_ones_deleted(self, ours: Story, points: tuple[Checkpoint, ...]) -> None:
        """An entry tells of those that a delivery followed."""
        assert "checkpoints are missing: entry" in found(ours.clinic, points[:1])

    def test_the_order_changed(self, ours: Story, points: tuple[Checkpoint, ...]) -> None:
        assert "missing before" in found(ours.clinic, (points[1], points[0], *points[2:]))

    def test_signed_again_without_one(self, ours: Story, points: tuple[Checkpoint, ...]) -> None:
        """By a thief of the checkpoint key, whose history does not fit: the tree tells."""
        key = load_private_key(ours.clinic.installation.home / "checkpoint.pem")
        bare = replace(points[-1], root="11" * 32, previous=points[-1].name)
        signed = replace(bare, signature=key.sign(bare.signed_bytes()).hex())
        assert "made anew" in found(ours.clinic, (*points, signed))


def test_eight_writers_keep_one_chain(clinic: Clinic) -> None:
    """And whoever verifies meanwhile raises no false alarm."""
    before = verdict(clinic).entries

    def write(number: int) -> None:
        for turn in range(25):
            with clinic.web.transaction(clinic.tenant, f"writer-{number}") as unit:
                unit.audit(f"writer-{number}", "tested", turn)

    with ThreadPoolExecutor(9) as pool:
        writers = [pool.submit(write, number) for number in range(8)]
        meanwhile = []
        while not all(writer.done() for writer in writers):
            meanwhile.append(pool.submit(verdict, clinic).result())
        for writer in writers:
            writer.result()

    assert meanwhile
    assert {problem for seen in meanwhile for problem in seen.problems} == set()
    after = verdict(clinic)
    assert (after.entries, after.problems) == (before + 200, ())


def test_a_writer_that_fails_leaves_no_gap(clinic: Clinic) -> None:
    with (
        contextlib.suppress(ZeroDivisionError),
        clinic.web.transaction(clinic.tenant, "t") as unit,
    ):
        unit.audit("t", "tested", 1)
        raise ZeroDivisionError
    with clinic.web.transaction(clinic.tenant, "t") as unit:
        unit.audit("t", "tested", 2)
    assert verdict(clinic).problems == ()


def test_a_first_entry_ever_is_in_order(clinic: Clinic, theirs: Story) -> None:
    """Two first writers at once make one chain (the head row is made by the first)."""
    with as_superuser(theirs.clinic) as db:
        db.execute("set local session_replication_role = replica")
        rows = db.execute("delete from attending.audit_log where tenant_id = %s returning *",
                          (theirs.clinic.tenant,)).fetchall()  # fmt: skip
        head = db.execute("delete from attending.audit_heads where tenant_id = %s returning *",
                          (theirs.clinic.tenant,)).fetchall()  # fmt: skip
        db.commit()
    assert rows
    assert head
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: _audit(theirs.clinic, n), range(8)))
        seen = verdict(theirs.clinic, ())
        assert (seen.entries, seen.problems) == (8, ())
    finally:
        restoring = Chain(theirs.clinic)
        restoring.write(rows, head)


def _audit(clinic: Clinic, number: int) -> None:
    with clinic.web.transaction(clinic.tenant, "t") as unit:
        unit.audit("t", "tested", number)


def test_serving_roles_cannot_write_the_chain(ours: Story) -> None:
    for process in ("web", "inference", "releaser"):
        for statement in (
            "insert into attending.audit_log select * from attending.audit_log limit 1",
            "update attending.audit_heads set seq = seq",
            "delete from attending.audit_log",
        ):
            database = ours.clinic.databases[process]
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                database.transaction(ours.clinic.tenant, "t") as unit,
            ):
                unit.run(statement)


def test_an_entry_says_who_wrote_it(ours: Story) -> None:
    """The role is the session's, whatever actor it names."""
    with ours.clinic.databases["inference"].transaction(ours.clinic.tenant, "t") as unit:
        unit.run("select attending.audit('dr-ada', 'case.signed.write', 'x', %s)", Jsonb({}))
        row = unit.one("select entry from attending.audit_log order by seq desc limit 1")
    assert json.loads(row["entry"])["role"] == "attending_inference"


def test_a_checkpoint_is_made_before_each_delivery(clinic: Clinic, theirs: Story) -> None:
    before = len(read_checkpoints(clinic.installation.checkpoints, clinic.tenant))
    clinic.released()
    points = read_checkpoints(clinic.installation.checkpoints, clinic.tenant)
    assert len(points) == before + 1
    assert verdict(clinic).problems == ()
    key = load_private_key(clinic.installation.home / "checkpoint.pem")
    other = FileCheckpoints(clinic.databases["releaser"], clinic.installation.checkpoints, key)
    other.record(theirs.clinic.tenant)
    assert points == read_checkpoints(clinic.installation.checkpoints, clinic.tenant)
