"""The independent verifier: one file, copied away, that knows the export and the public key."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attending.adapters.storage import audit_papers
from attending.adapters.storage.checkpoints import load_private_key
from attending.cli import verify_audit
from attending.core import checkpoint
from attending.core.errors import NotFound
from tests.attacks.rewriting import IN_PLACE, REWRITTEN, Chain, kept
from tests.clinic import Clinic

Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def audited(clinic: Clinic) -> Clinic:
    """Some deliveries, and one checkpoint at least after the last entry."""
    for _ in range(3):
        clinic.released()
    clinic.releaser().checkpoints.record(clinic.tenant)
    return clinic


@pytest.fixture
def chain(audited: Clinic) -> Iterator[Chain]:
    made = Chain(audited)
    yield made
    made.restore()


@pytest.fixture(scope="module")
def auditor(audited: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    return Auditor(audited, tmp_path_factory.mktemp("auditor"))


class Auditor:
    """An empty folder with the verifier and the public key in it, and nothing of ours."""

    def __init__(self, clinic: Clinic, folder: Path) -> None:
        self.clinic, self.folder = clinic, folder
        shutil.copy(verify_audit.__file__, folder / "verify_audit.py")
        shutil.copy(clinic.installation.checkpoint_public_key, folder / "key.pem")

    def export(self) -> Lines:
        out = io.StringIO()
        audit_papers.export(self.clinic.web, self.clinic.tenant, kept(self.clinic), out)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    def judged(self, paper: Lines | dict[str, Any] | str, *more: str) -> tuple[int, str]:
        """Exit code, and what it says."""
        lines = paper if isinstance(paper, list) else [paper]
        text = "".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines)
        (self.folder / "paper").write_text(text)
        done = subprocess.run(
            [sys.executable, "-I", "verify_audit.py", "paper", "--key", "key.pem", *more],
            cwd=self.folder, env={}, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.stderr == ""
        assert ("It holds." in done.stdout) is (done.returncode == 0)
        return done.returncode, done.stdout

    def refuses(self, paper: Lines | dict[str, Any] | str, *more: str) -> str:
        code, said = self.judged(paper, *more)
        assert code == 1, said
        return said

    def witnesses(self, *lines: str) -> tuple[str, str]:
        (self.folder / "witnesses").write_text("\n".join(lines))
        return "--witnesses", "witnesses"


def test_it_imports_nothing_of_ours(auditor: Auditor) -> None:
    source = (auditor.folder / "verify_audit.py").read_text()
    imported = {line.split()[1].split(".")[0] for line in source.splitlines()
                if line.startswith(("import ", "from "))}  # fmt: skip
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_what_nobody_touched_holds(auditor: Auditor, chain: Chain) -> None:
    code, said = auditor.judged(auditor.export())
    assert code == 0, said
    points = kept(auditor.clinic)()
    assert f"{chain.end} entries and {len(points)} checkpoints" in said


def test_an_empty_history_holds(auditor: Auditor, neighbour: Clinic) -> None:
    before = auditor.clinic
    auditor.clinic = neighbour
    try:
        assert auditor.judged(auditor.export())[0] == 0
        neighbour.releaser().checkpoints.record(neighbour.tenant)
        assert auditor.judged(auditor.export())[0] == 0
    finally:
        auditor.clinic = before


@pytest.mark.parametrize("tampering", [name for name in IN_PLACE if "head" not in name and "frontier" not in name])  # fmt: skip
def test_a_superusers_change_in_place(auditor: Auditor, chain: Chain, tampering: str) -> None:
    IN_PLACE[tampering](chain)
    auditor.refuses(auditor.export())


@pytest.mark.parametrize("rewriting", REWRITTEN)
def test_a_superusers_rewriting(auditor: Auditor, chain: Chain, rewriting: str) -> None:
    """Every hash made anew."""
    REWRITTEN[rewriting](chain)
    said = auditor.refuses(auditor.export())
    assert "not those of their checkpoint" in said or "before the checkpoint" in said


def _entries(lines: Lines) -> list[int]:
    return [at for at, line in enumerate(lines) if "entry" in line]


def _points(lines: Lines) -> list[int]:
    return [at for at, line in enumerate(lines) if "checkpoint" in line]


def _without(lines: Lines, at: int) -> Lines:
    """And with an end that fits."""
    left = lines[:at] + lines[at + 1 :]
    return [*left[:-1], {"end": len(_entries(left)), "checkpoints": len(_points(left))}]


def _with(lines: Lines, at: int, **changed: Any) -> Lines:
    return [*lines[:at], {**lines[at], **changed}, *lines[at + 1 :]]


def _swapped(lines: Lines) -> Lines:
    a, b = _entries(lines)[3:5]
    changed = list(lines)
    changed[a], changed[b] = lines[b], lines[a]
    return changed


PAPERS: dict[str, Callable[[Lines], Lines]] = {
    "an entry edited": lambda x: _with(x, 4, entry=x[4]["entry"].replace("actor", "act0r")),
    "an entry deleted": lambda x: _without(x, 4),
    "the last entry deleted": lambda x: _without(x, _entries(x)[-1]),
    "entries swapped": _swapped,
    "a hash changed": lambda x: _with(x, 4, hash="00" * 32),
    "a first checkpoint removed": lambda x: _without(x, _points(x)[0]),
    "a middle checkpoint removed": lambda x: _without(x, _points(x)[1]),
    "all checkpoints removed": lambda x: _without_all(x, _points(x)),
    "checkpoints removed from the end": lambda x: _without_all(x, _points(x)[1:]),
    "checkpoints swapped": lambda x: [*x[:-3], x[-2], x[-3], x[-1]],
    "the end missing": lambda x: x[:-1],
    "something behind the end": lambda x: [*x, x[4]],
    "another tenant": lambda x: _with(x, 0, tenant="00000000-0000-4000-8000-000000000000"),
    "nothing": lambda _: [{}],
    "no format": lambda x: x[1:],
}


def _without_all(lines: Lines, places: list[int]) -> Lines:
    for at in reversed(places):
        lines = _without(lines, at)
    return lines


@pytest.mark.parametrize("change", PAPERS)
def test_a_paper_that_was_changed(auditor: Auditor, change: str) -> None:
    auditor.refuses(PAPERS[change](auditor.export()))


@pytest.mark.parametrize("paper", ["", "[]", "nonsense", "[" * 9000, '{"format": 3}'])
def test_what_is_no_paper(auditor: Auditor, paper: str) -> None:
    auditor.refuses(paper)


@pytest.mark.parametrize("line", ["[]", "3", '{"entry": 3, "seq": 1}', '{"checkpoint": []}'])
def test_an_odd_line(auditor: Auditor, line: str) -> None:
    lines = auditor.export()
    auditor.refuses([*lines[:2], json.loads(line), *lines[2:]])


@pytest.mark.parametrize("field", checkpoint.UNREADABLE.__dataclass_fields__)
@pytest.mark.parametrize("at", [0, 1, -1])
def test_a_checkpoint_that_was_changed(auditor: Auditor, field: str, at: int) -> None:
    lines = auditor.export()
    place = _points(lines)[at]
    point = lines[place]["checkpoint"]
    value = 1 if field == "size" else f"0{point[field][1:]}" if point[field] else "00"
    value = value if value != point[field] else f"1{point[field][1:]}"
    auditor.refuses(_with(lines, place, checkpoint={**point, field: value}))


def test_a_forged_checkpoint(auditor: Auditor) -> None:
    lines, own = auditor.export(), Ed25519PrivateKey.generate()
    last = kept(auditor.clinic)()[-1]
    bare = replace(last, previous=last.name)
    forged = replace(bare, signature=own.sign(bare.signed_bytes()).hex())
    paper = [*lines[:-1], {"checkpoint": vars(forged)}, {**lines[-1], "checkpoints": len(_points(lines)) + 1}]  # fmt: skip
    assert "not signed by the key" in auditor.refuses(paper)
    key = load_private_key(auditor.clinic.installation.home / "checkpoint.pem")
    right = replace(bare, signature=key.sign(bare.signed_bytes()).hex())
    paper[-2] = {"checkpoint": vars(right)}
    assert auditor.judged(paper)[0] == 0


class TestWitnesses:
    """Heads that the EHR holds find what was cut together with the last checkpoints."""

    def test_a_cut_end(self, auditor: Auditor, chain: Chain) -> None:
        clinic = auditor.clinic
        points = kept(clinic)()
        path = clinic.installation.checkpoints / f"{clinic.tenant}.jsonl"
        content = path.read_text()
        chain.cut(points[0].size)
        path.write_text(points[0].line() + "\n")
        try:
            export = auditor.export()
        finally:
            path.write_text(content)
        assert auditor.judged(export)[0] == 0
        witness = checkpoint_in_the_record(clinic)[-1]
        assert "is missing in the export" in auditor.refuses(export, *auditor.witnesses(witness))

    def test_all_of_the_record_hold(self, auditor: Auditor) -> None:
        found = checkpoint_in_the_record(auditor.clinic)
        assert len(found) == 3
        assert auditor.judged(auditor.export(), *auditor.witnesses(*found))[0] == 0

    def test_a_forged_one(self, auditor: Auditor) -> None:
        point = replace(kept(auditor.clinic)()[0], size=3)
        said = auditor.refuses(auditor.export(), *auditor.witnesses(point.line()))
        assert "witness 1 is not signed" in said


def checkpoint_in_the_record(clinic: Clinic) -> list[str]:
    trails = clinic.record.shelf.all("Provenance")
    return [str(trail["extension"][0]["valueString"]) for trail in trails]


class TestProofs:
    def test_of_every_entry(self, auditor: Auditor, chain: Chain) -> None:
        clinic = auditor.clinic
        key, points = clinic.installation.checkpoint_public_key, kept(clinic)()
        public = verify_audit.load_pem_public_key(key.read_bytes())
        for seq in range(1, points[-1].size + 1):
            paper = audit_papers.inclusion(clinic.web, clinic.tenant, points, seq)
            assert list(verify_audit.of_inclusion(paper, public)) == []
            assert paper["entry"] == chain.entries[seq - 1]

    def test_by_the_file_alone(self, auditor: Auditor) -> None:
        clinic = auditor.clinic
        points = kept(clinic)()
        paper = audit_papers.inclusion(clinic.web, clinic.tenant, points, 7)
        assert auditor.judged(paper)[0] == 0
        other = audit_papers.inclusion(clinic.web, clinic.tenant, points, 8)
        for change in (
            {"entry": paper["entry"].replace("actor", "act0r")},
            {"seq": 8},
            {"entry": other["entry"]},
            {"proof": paper["proof"][:-1]},
            {"proof": [*paper["proof"], "00" * 32]},
            {"proof": other["proof"]},
            {"checkpoint": {**paper["checkpoint"], "root": "00" * 32}},
            {"checkpoint": vars(points[0])},
        ):
            auditor.refuses({**paper, **change})

    def test_of_every_two_checkpoints(self, auditor: Auditor) -> None:
        clinic, points = auditor.clinic, kept(auditor.clinic)()
        sizes = [point.size for point in points]
        for at, first in enumerate(sizes):
            for second in sizes[at:]:
                paper = audit_papers.consistency(clinic.web, clinic.tenant, points, first, second)
                assert auditor.judged(paper)[0] == 0
                auditor.refuses({**paper, "proof": [*paper["proof"], "00" * 32]})
                auditor.refuses({**paper, "first": {**paper["first"], "root": "00" * 32}})

    def test_none_of_a_rewritten_history(self, auditor: Auditor, chain: Chain) -> None:
        clinic, points = auditor.clinic, kept(auditor.clinic)()
        REWRITTEN["an edit"](chain)
        sizes = points[0].size, points[-1].size
        auditor.refuses(audit_papers.consistency(clinic.web, clinic.tenant, points, *sizes))
        auditor.refuses(audit_papers.inclusion(clinic.web, clinic.tenant, points, 1))

    def test_none_of_what_no_checkpoint_covers(self, auditor: Auditor, chain: Chain) -> None:
        clinic, points = auditor.clinic, kept(auditor.clinic)()
        for seq in (0, points[-1].size + 1):
            with pytest.raises(NotFound):
                audit_papers.inclusion(clinic.web, clinic.tenant, points, seq)
        for sizes in ((1, points[-1].size), (points[-1].size, points[0].size)):
            with pytest.raises(NotFound):
                audit_papers.consistency(clinic.web, clinic.tenant, points, *sizes)
        chain.cut(5)
        with pytest.raises(NotFound):
            audit_papers.inclusion(clinic.web, clinic.tenant, points, 3)
