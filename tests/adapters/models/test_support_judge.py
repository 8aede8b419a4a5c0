"""The judge of support that is shipped: it is the one of its manifest, and it judges."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from attending.adapters.models import support
from attending.adapters.models.support import OnnxSupport, shipped
from attending.assurance.manifest import read_manifest
from attending.core.errors import Misconfigured
from attending.core.support import Pair, SupportModel, Verdict

FOLDER = Path(support.__file__).parent
SAID = (
    "doctor: any fever or chills? patient: no. doctor: how is the knee? patient: my left knee hurts"
)


@pytest.fixture(scope="module")
def judge() -> SupportModel:
    return shipped()


def verdict(judge: SupportModel, claim: str, said: str = SAID) -> Verdict:
    (told,) = judge.judge([Pair(claim, said)])
    return told


def test_it_is_the_one_that_the_registry_reads() -> None:
    manifest = read_manifest(FOLDER / "manifest.json")
    judge = shipped()
    assert (manifest.name, manifest.version, manifest.digest) == (
        judge.name,
        judge.version,
        judge.digest,
    )
    assert judge.version.endswith(judge.digest[:12])


def test_its_manifest_says_what_it_was_made_of_and_what_for() -> None:
    told = json.loads((FOLDER / "manifest.json").read_text())
    assert told["base"]["licence"] == "Apache-2.0"
    assert {data["licence"] for data in told["training"]["data"]} == {"CC BY 4.0", "ODC-By 1.0"}
    assert all(len(data["digest"]) == 64 for data in told["training"]["data"])
    assert told["intended_use"]
    assert told["limits"]


def test_another_network_than_the_manifests_is_refused(tmp_path: Path) -> None:
    for name in ("manifest.json", "tokenizer.json", "judge.onnx"):
        shutil.copyfile(FOLDER / name, tmp_path / name)
    with (tmp_path / "judge.onnx").open("ab") as network:
        network.write(b"\0")
    with pytest.raises(Misconfigured, match="not the one"):
        OnnxSupport(tmp_path)


def test_a_folder_without_a_judge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        OnnxSupport(tmp_path)


def test_probabilities_sum_to_one(judge: SupportModel) -> None:
    told = verdict(judge, "the patient denies fever.")
    assert told.supported + told.unsupported + told.contradicted == pytest.approx(1, abs=1e-3)


def test_answers_come_in_the_order_of_the_pairs(judge: SupportModel) -> None:
    claims = [f"{word} " * length for length, word in ((40, "knee"), (1, "fever"), (20, "no"))] * 8
    at_once = judge.judge([Pair(claim, SAID) for claim in claims])
    for claim, told in zip(claims, at_once, strict=True):
        alone = verdict(judge, claim)
        assert told.supported == pytest.approx(alone.supported, abs=0.1)


def test_nothing_is_asked_and_nothing_answered(judge: SupportModel) -> None:
    assert judge.judge([]) == ()


@pytest.mark.parametrize(
    ("said", "true", "false"),
    [
        (
            "doctor: any fever or chills? patient: no.",
            "the patient denies fever.",
            "the patient reports fever.",
        ),
        (
            "patient: my left knee has been hurting for a week.",
            "reports left knee pain.",
            "reports right knee pain.",
        ),
        (
            "doctor: are you taking the lisinopril? patient: yes, 20 milligrams every day.",
            "she takes 20 mg of lisinopril daily.",
            "she takes 40 mg of lisinopril daily.",
        ),
        (
            "doctor: your lungs are clear bilaterally, no wheezing.",
            "the lungs are clear.",
            "the lungs are not clear.",
        ),
    ],
)
def test_what_was_said_is_carried_and_its_opposite_contradicted(
    judge: SupportModel, said: str, true: str, false: str
) -> None:
    carried, against = verdict(judge, true, said), verdict(judge, false, said)
    assert carried.supported > against.supported + 0.25
    assert against.contradicted > 0.5


def test_a_premise_of_any_length_is_read(judge: SupportModel) -> None:
    long = "patient: " + "my left knee hurts and " * 2_000
    assert 0 <= verdict(judge, "left knee pain.", long).supported <= 1
    assert 0 <= verdict(judge, "left knee pain.", "").supported <= 1
