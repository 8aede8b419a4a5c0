"""What a judge is given to read of a conversation."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.premise import Premises, spoken, stems, units

CLINICIAN, PATIENT = Role.CLINICIAN, Role.PATIENT
SAID = (
    (CLINICIAN, "good morning , what brings you in ?"),
    (PATIENT, "my knee . it started about two weeks ago when i fell off the bike ."),
    (CLINICIAN, "any fever or chills ?"),
    (PATIENT, "no ."),
    (CLINICIAN, "and are you still taking the lisinopril ?"),
    (PATIENT, "yeah , twenty milligrams every morning ."),
    (CLINICIAN, "we had a nice summer , did n't we ."),
)
TURNS = tuple(Turn(index, role, text) for index, (role, text) in enumerate(SAID))
words = st.lists(
    st.sampled_from(["no", "fever", "knee", "20", "mg", "twenty", "she", "he", "a", "of"]),
    max_size=60,
)


def test_a_question_comes_with_its_answer() -> None:
    premise = Premises(TURNS).of("The patient denies fever.")
    assert premise.endswith("doctor: any fever or chills? patient: no.")


def test_a_short_answer_comes_with_its_question() -> None:
    assert "lisinopril" in Premises(TURNS).of("Takes 20 mg each morning.")


def test_what_has_nothing_to_do_with_the_claim_stays_away() -> None:
    assert "summer" not in Premises(TURNS).of("Knee pain since a fall 2 weeks ago.")


def test_nothing_shared_is_an_empty_premise() -> None:
    assert Premises(TURNS).of("Colonoscopy was unremarkable.") == ""


def test_note_words_find_what_people_say() -> None:
    said = (Turn(0, PATIENT, "i get short of breath on the stairs"),)
    assert Premises(said).of("Endorses dyspnea.") == "patient: i get short of breath on the stairs"


def test_numbers_are_read_in_figures_and_signs_without_blanks() -> None:
    assert spoken("It 's twenty milligrams , do n't you think ?").endswith("don't you think?")
    assert "20 milligrams," in spoken("It 's twenty milligrams , do n't you think ?")


def test_an_unpunctuated_monologue_is_cut() -> None:
    monologue = (Turn(0, CLINICIAN, " ".join(["knee"] * 100)),)
    assert all(unit.words <= 26 for unit in units(monologue))
    assert sum(unit.words for unit in units(monologue)) == 100


@given(st.lists(words, max_size=12), words)
def test_a_premise_is_made_of_what_was_said(said: list[list[str]], claim: list[str]) -> None:
    turns = tuple(Turn(i, PATIENT, " ".join(each)) for i, each in enumerate(said))
    premise = Premises(turns).of(" ".join(claim))
    everything = spoken(" ".join(" ".join(each) for each in said)).split()
    assert set(premise.split()) <= {*everything, "patient:"}
    assert premise == "" or stems(premise) & stems(spoken(" ".join(claim)))


TIED = """
import random
from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.premise import Premises
rng = random.Random(7)
words = ["".join(rng.choice("bcdfgklm") + rng.choice("aiou") for _ in range(3)) for _ in range(120)]
lines = [words[i : i + 6] for i in range(0, 120, 6)]
talk = [" ".join(line[:n]) for line in lines for n in (6, 1, 2, 3, 4, 5)]
premises = Premises([Turn(i, Role.PATIENT, text) for i, text in enumerate(talk)])
print([premises.of(" ".join(a + b), 5) for a, b in zip(lines, lines[1:])])
"""


def test_the_same_words_are_chosen_in_every_process() -> None:
    """Lines that tie but for rounding, and words held in another order by each process."""
    told = {
        subprocess.run(
            [sys.executable, "-c", TIED],
            env={**os.environ, "PYTHONHASHSEED": order},
            capture_output=True,
            check=True,
        ).stdout
        for order in ("0", "1")
    }
    assert len(told) == 1
