"""After the history was tampered with, the releaser signs no checkpoint and delivers nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from attending import app
from attending.adapters.records.memory import Fault
from attending.adapters.storage import checkpoints as store
from attending.adapters.storage.checkpoints import FileCheckpoints, load_private_key
from attending.core import checkpoint
from attending.core.case import CaseState, ReleaseState
from attending.core.errors import (
    HistoryRewritten,
    ProofRefused,
    RecordMismatch,
    RecordUnavailable,
)
from attending.core.ids import CaseId
from attending.core.work import Job, Step
from attending.loop.recover import give_up
from attending.loop.release import ReleaserParts, release
from tests.attacks.rewriting import IN_PLACE, REWRITTEN, Chain, kept, verdict
from tests.clinic import Clinic


@pytest.fixture(scope="module")
def signed(clinic: Clinic) -> CaseId:
    """A signed case that waits for its delivery, in a clinic that has delivered before."""
    clinic.released()
    clinic.released()
    case_id = clinic.decided()
    clinic.sign(case_id)
    return case_id


@pytest.fixture
def chain(clinic: Clinic, signed: CaseId) -> Iterator[Chain]:
    made = Chain(clinic)
    yield made
    made.restore()
    assert verdict(clinic).problems == ()


@pytest.fixture(scope="module")
def running(clinic: Clinic, signed: CaseId) -> ReleaserParts:
    """One that has walked the history before, and serves since."""
    parts = clinic.releaser()
    parts.checkpoints.record(clinic.tenant)
    return parts


def job_of(clinic: Clinic, case_id: CaseId) -> Job:
    return clinic.job(Step.RELEASE, clinic.releases(case_id)[-1].id)


def refused(parts: ReleaserParts, clinic: Clinic, case_id: CaseId) -> None:
    """The delivery is, and nothing was written or signed meanwhile."""
    points, notes = kept(clinic)(), clinic.record.shelf.all("DocumentReference")
    with pytest.raises(HistoryRewritten) as caught:
        release(parts, job_of(clinic, case_id))
    assert not caught.value.transient
    assert kept(clinic)() == points
    assert clinic.record.shelf.all("DocumentReference") == notes


@pytest.mark.parametrize("tampering", IN_PLACE)
def test_one_that_starts_finds_it_in_place(
    clinic: Clinic, signed: CaseId, chain: Chain, tampering: str
) -> None:
    IN_PLACE[tampering](chain)
    refused(clinic.releaser(), clinic, signed)


@pytest.mark.parametrize("rewriting", REWRITTEN)
def test_one_that_starts_finds_it_rewritten(
    clinic: Clinic, signed: CaseId, chain: Chain, rewriting: str
) -> None:
    REWRITTEN[rewriting](chain)
    refused(clinic.releaser(), clinic, signed)


@pytest.mark.parametrize("rewriting", REWRITTEN)
def test_one_that_serves_finds_it_rewritten(
    clinic: Clinic, signed: CaseId, chain: Chain, running: ReleaserParts, rewriting: str
) -> None:
    REWRITTEN[rewriting](chain)
    refused(running, clinic, signed)


@pytest.mark.parametrize("tampering", IN_PLACE)
def test_one_that_serves_finds_it_in_place_within_the_hour(
    clinic: Clinic, signed: CaseId, chain: Chain, running: ReleaserParts, tampering: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(store, "WHOLE_WALK", -1.0)  # the hour is over
    IN_PLACE[tampering](chain)
    refused(running, clinic, signed)


def test_a_rewriting_of_what_no_checkpoint_covers_is_found_by_one_that_walked_it(
    clinic: Clinic, signed: CaseId, chain: Chain
) -> None:
    """Between two checkpoints of its own, a releaser trusts the file and its own memory."""
    parts = clinic.releaser()
    last = parts.checkpoints.record(clinic.tenant)
    chain.cut(last.size - 1)
    refused(parts, clinic, signed)


class TestCheckpointsTampered:
    @pytest.fixture
    def file(self, clinic: Clinic, signed: CaseId) -> Iterator[Path]:
        path = clinic.installation.checkpoints / f"{clinic.tenant}.jsonl"
        content = path.read_bytes()
        yield path
        path.write_bytes(content)

    def test_all_removed(self, clinic: Clinic, signed: CaseId, file: Path) -> None:
        """The entries tell that there were some."""
        file.unlink()
        with pytest.raises(HistoryRewritten):
            release(clinic.releaser(), job_of(clinic, signed))

    def test_the_last_removed_while_it_serves(
        self, clinic: Clinic, signed: CaseId, file: Path
    ) -> None:
        parts = clinic.releaser()
        parts.checkpoints.record(clinic.tenant)
        file.write_text("".join(line + "\n" for line in file.read_text().splitlines()[:2]))
        refused(parts, clinic, signed)

    @pytest.mark.parametrize("line", ["nonsense", "{}"])
    def test_a_line_put_behind(self, clinic: Clinic, signed: CaseId, file: Path, line: str) -> None:
        file.write_text(f"{file.read_text()}{line}\n")
        refused(clinic.releaser(), clinic, signed)

    def test_another_tenants_file(
        self, clinic: Clinic, signed: CaseId, file: Path, neighbour: Clinic
    ) -> None:
        """Rightly signed, of a history that is another's."""
        neighbour.released()
        theirs = neighbour.installation.checkpoints / f"{neighbour.tenant}.jsonl"
        file.write_bytes(theirs.read_bytes())
        refused(clinic.releaser(), clinic, signed)

    def test_a_torn_line_is_no_tampering(self, clinic: Clinic, signed: CaseId, file: Path) -> None:
        """A crash while it was written: it was never durable, and nothing followed from it."""
        before = kept(clinic)()
        with file.open("a") as end:
            end.write(before[-1].line()[:90])
        assert kept(clinic)() == before
        clinic.releaser().checkpoints.record(clinic.tenant)
        assert kept(clinic)()[:-1] == before
        assert verdict(clinic).problems == ()


def test_a_person_sees_it_and_can_retry_once_it_is_put_right(clinic: Clinic) -> None:
    case_id = clinic.decided()
    clinic.sign(case_id)
    chain = Chain(clinic)
    REWRITTEN["an edit"](chain)
    job = job_of(clinic, case_id)
    with pytest.raises(HistoryRewritten) as caught:
        release(clinic.releaser(), job)
    chain.restore()
    give_up(clinic.databases["releaser"], job, caught.value)
    assert clinic.case(case_id).state is CaseState.FAILED
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert [f.code for f in unit.failures.open() if f.subject_id == job.subject] == [
            "audit.rewritten"
        ]


def test_a_signature_is_covered_though_the_record_is_away(clinic: Clinic) -> None:
    case_id = clinic.decided()
    clinic.sign(case_id)
    signed_at = Chain(clinic).end
    clinic.record.shelf.faults.append(Fault.UNAVAILABLE)
    with pytest.raises(RecordUnavailable):
        clinic.deliver(case_id)
    assert kept(clinic)()[-1].size >= signed_at
    assert clinic.deliver(case_id).state is ReleaseState.WRITTEN


def test_a_signature_is_covered_though_nobody_can_be_trusted(clinic: Clinic) -> None:
    case_id = clinic.decided()
    clinic.sign(case_id)
    signed_at = Chain(clinic).end

    class NoTrust:
        def standing(self, unit: object) -> None:
            raise ProofRefused("Nobody is trusted.")

    with pytest.raises(ProofRefused):
        release(replace(clinic.releaser(), trust=NoTrust()), job_of(clinic, case_id))  # type: ignore[arg-type]
    assert kept(clinic)()[-1].size >= signed_at


@pytest.mark.usefixtures("signed")  # what was delivered before: the Devices stand
class TestWitness:
    def test_the_head_travels_with_what_was_written(self, clinic: Clinic) -> None:
        case_id = clinic.released()
        [trail] = self._trails(clinic, case_id)
        [extension] = trail["extension"]
        assert extension["url"] == "urn:attending:audit-checkpoint"
        assert checkpoint.read(extension["valueString"]) == kept(clinic)()[-1]

    def test_a_retried_delivery_keeps_the_first(self, clinic: Clinic) -> None:
        """The answer to the last write is lost, so that all of it is done again."""
        case_id = clinic.decided()
        clinic.sign(case_id)
        clinic.record.shelf.faults.extend(
            [None, Fault.ANSWER_LOST]
        )  # the note, then the Provenance
        before = len(kept(clinic)())
        with pytest.raises(RecordUnavailable):
            clinic.deliver(case_id)
        assert clinic.deliver(case_id).state is ReleaseState.WRITTEN
        first, _second = kept(clinic)()[before:]
        [trail] = self._trails(clinic, case_id)
        assert checkpoint.read(trail["extension"][0]["valueString"]) == first
        assert verdict(clinic).problems == ()

    @pytest.mark.parametrize("words", ["", "nonsense", '{"size": 1}'])
    def test_one_that_was_changed_in_the_record_is_told(self, clinic: Clinic, words: str) -> None:
        case_id = clinic.decided()
        clinic.sign(case_id)
        clinic.record.shelf.faults.extend(
            [None, Fault.ANSWER_LOST]
        )  # the note, then the Provenance
        with pytest.raises(RecordUnavailable):
            clinic.deliver(case_id)
        [trail] = self._trails(clinic, case_id)
        trail["extension"][0]["valueString"] = words
        clinic.record.shelf.put(trail)
        with pytest.raises(RecordMismatch):
            clinic.deliver(case_id)

    def _trails(self, clinic: Clinic, case_id: CaseId) -> list[dict[str, object]]:
        [signature] = {r.signature for r in clinic.releases(case_id)}
        return [
            trail
            for trail in clinic.record.shelf.all("Provenance")
            if trail["meta"]["tag"][0]["code"].startswith(str(signature))
        ]


def test_each_checkpoint_names_the_one_before_it(clinic: Clinic) -> None:
    clinic.released()
    points = kept(clinic)()
    assert [p.previous for p in points] == ["", *(p.name for p in points[:-1])]
    assert [p.size for p in points] == sorted(p.size for p in points)


def test_all_known_tenants_get_one(clinic: Clinic, neighbour: Clinic) -> None:
    """Those that ever had one in this folder; what fails for one is none of the others'."""
    clinic.released()
    folder = clinic.installation.checkpoints
    key = load_private_key(clinic.installation.home / "checkpoint.pem")
    ours = FileCheckpoints(clinic.databases["releaser"], folder, key)
    ours.record(neighbour.tenant)
    stranger = folder / "00000000-0000-4000-8000-000000000000.jsonl"
    stranger.write_text("nonsense\n")
    (folder / "notes.jsonl").touch()
    counts = {path: len(path.read_text().splitlines()) for path in folder.glob("*.jsonl")}
    assert [str(tenant) for tenant in ours.record_all()] == [stranger.stem]
    after = {path: len(path.read_text().splitlines()) for path in folder.glob("*.jsonl")}
    stranger.unlink()
    (folder / "notes.jsonl").unlink()
    assert {path: after[path] - counts[path] for path in counts} == {
        path: 0 if path in (stranger, folder / "notes.jsonl") else 1 for path in counts
    }


def test_the_releaser_makes_one_for_all_when_it_begins_and_every_hour(clinic: Clinic) -> None:
    clinic.released()
    before = kept(clinic)()
    worker = app.releaser(clinic.installation.settings("releaser"))
    assert worker.regular is not None
    assert worker.regular.every == timedelta(hours=1)
    worker.regular.run()
    assert kept(clinic)()[:-1] == before
