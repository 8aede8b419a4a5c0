"""How talk and notes are read before they are compared: each reading, and what it must not do."""

from __future__ import annotations

import pytest

from tests.lines.documentation.test_fidelity_signals import heard, in_note, strength


def _negation(statement: str, *others: str, talk: str) -> float:
    return strength("negation", statement, *others, talk=talk)


def test_a_label_is_no_part_of_what_is_denied() -> None:
    talk = "C: any problems sleeping ?\nP: no i sleep like a rock ."
    assert _negation("Constitutional: Reports problems sleeping.", talk=talk) > 0.7
    assert _negation("Constitutional: Denies problems sleeping.", talk=talk) == 0


def test_no_and_a_name_answers_for_that_alone() -> None:
    talk = (
        "C: have you had any back surgeries or injuries in the past ?\nP: no surgeries you know ."
    )
    assert _negation("She reports previous back surgeries.", talk=talk) > 0.5
    assert _negation("She denies previous back surgeries.", talk=talk) == 0


@pytest.mark.parametrize(
    "said",
    [
        "i was unable to bend the knee",
        "i have not been able to bend the knee",
        "i could not bend the knee",
    ],
)
def test_unable_denies(said: str) -> None:
    talk = f"C: what happened ?\nP: {said} ."
    assert _negation("He could bend the knee.", talk=talk) > 0.3
    assert _negation("He was unable to bend the knee.", talk=talk) == 0


def test_without_and_with_are_opposites() -> None:
    talk = (
        "C: range of motion is full in the neck without pain . your belly is soft .\nP: all right ."
    )
    assert _negation("Range of motion of the neck is full with pain.", talk=talk) > 0.3
    assert _negation("Range of motion of the neck is full without pain.", talk=talk) == 0


def test_afebrile_and_nontender_deny() -> None:
    talk = "C: you have no fever , and your calf is not tender .\nP: good ."
    for statement in ("Afebrile.", "Calf is nontender.", "Calf is non-tender."):
        assert _negation(statement, talk=talk) == 0
    assert _negation("Calf is tender.", talk=talk) > 0.3


def test_negative_before_a_noun_denies_the_noun() -> None:
    talk = "C: there is a negative straight leg raise .\nP: okay ."
    assert _negation("Negative straight leg raise.", talk=talk) == 0
    assert _negation("Positive straight leg raise.", talk=talk) > 0.5


def test_what_is_excepted_is_not_denied() -> None:
    talk = "C: how are you ?\nP: nothing hurts other than my typical heartburn ."
    assert _negation("She denies heartburn.", talk=talk) > _negation(
        "She reports heartburn.", talk=talk
    )


def test_a_relatives_illness_is_not_the_patients() -> None:
    talk = "C: what about kidney stones ?\nP: my dad had kidney stones a lot ."
    family = _negation("He denies kidney stones.", talk=talk)
    own = _negation("He denies kidney stones.", talk=talk.replace("my dad had", "i had"))
    assert family < 0.5 < own


def test_another_part_of_the_body_tells_less() -> None:
    talk = "C: let me look . there is obvious swelling of the wrist .\nP: okay ."
    assert _negation("NECK: No swelling noted.", talk=talk) < _negation(
        "WRIST: No swelling noted.", talk=talk
    )


def test_the_medial_side_is_not_the_lateral_one() -> None:
    talk = "C: you do have tenderness of the medial aspect of the knee .\nP: yes ."
    assert _negation("No tenderness of the lateral aspect of the knee.", talk=talk) == 0
    assert _negation("No tenderness of the medial aspect of the knee.", talk=talk) > 0.5


def test_what_was_only_wished_is_not_so() -> None:
    wished = "C: how is it ?\nP: i have been trying to lose weight ."
    lost = "C: how is it ?\nP: i have lost weight ."
    denied = "She denies weight loss."
    assert _negation(denied, talk=wished) < _negation(denied, talk=lost)


def test_of_two_questions_a_yes_answers_the_last() -> None:
    talk = "C: any nausea or vomiting or anything like that are you peeing a whole lot\nP: yes"
    assert _negation("Denies nausea.", talk=talk) < 0.5
    assert _negation("Denies urinating a lot.", talk=talk) > 0


def test_complaints_are_denied_with_or_and_affirmed_with_and() -> None:
    talk = "C: how are you ?\nP: good ."
    assert _negation("She has nausea or vomiting.", talk=talk) > 0.5
    assert _negation("She has nausea and vomiting.", talk=talk) == 0
    assert _negation("She denies nausea or vomiting.", talk=talk) == 0


def test_a_doubt_names_what_it_rests_on() -> None:
    worded = heard("She has nausea or vomiting.", talk="C: how are you ?\nP: good .")["negation"]
    said = heard("Reports cough.", talk="C: any cough ?\nP: no .")["negation"]
    assert "“or”" in worded.explanation
    assert "was denied in the conversation" in said.explanation
    assert not worded.quote
    assert "cough" in said.quote


def test_a_plan_does_not_speak_against_the_past() -> None:
    talk = "C: so i will send you to physical therapy for six weeks .\nP: okay ."
    assert _negation("He has never done any physical therapy.", talk=talk) < 0.5


def test_the_surer_the_talk_the_stronger_the_doubt() -> None:
    once = "C: any cough ?\nP: no ."
    both = "C: any cough ?\nP: no . well , i do cough at night ."
    assert _negation("Reports cough.", talk=once) > 0.5
    assert _negation("Reports cough.", talk=both) < _negation("Reports cough.", talk=once)


_DOSES = """
C: you take metformin five hundred twice a day for your diabetes , and norvasc for the blood pressure ?
P: yes .
C: we'll go on with the norvasc . and for your knee i will prescribe meloxicam fifteen milligrams once a day .
P: okay .
"""


def test_a_medicine_is_known_by_its_dose_and_by_what_it_is_for() -> None:
    def drug_in(statement: str, *others: str) -> float:
        return strength("drug_in", statement, *others, talk=_DOSES)

    assert drug_in("Knee pain: Meloxicam 15 mg once a day.") == 0
    assert drug_in("Knee pain: Metformin 15 mg once a day.") > 0.5
    assert drug_in("• Medical Treatment: Continue Norvasc.") == 0


def test_a_medicine_of_another_problem_than_the_heading_is_doubted() -> None:
    heading = "High blood pressure."
    assert in_note("drug_in", heading, "Continue metformin.", talk=_DOSES) > 0
    assert in_note("drug_in", heading, "Continue Norvasc.", talk=_DOSES) == 0


def test_an_allergy_is_no_indication() -> None:
    talk = "C: any allergies ?\nP: metformin gave me a rash , for my diabetes ."
    assert strength("drug_in", "Metformin causes a rash.", talk=talk) == 0


def test_to_take_a_medicine_is_to_go_on_with_it() -> None:
    talk = "C: you can stop the ibuprofen .\nP: okay .\nC: you can take tylenol when it hurts ."
    assert strength("action", "He may discontinue Tylenol.", talk=talk) > 0.5
    assert strength("action", "He may continue Tylenol.", talk=talk) == 0
    assert strength("action", "He should stop ibuprofen.", talk=talk) == 0


def test_what_is_done_next_is_not_done_to_this() -> None:
    talk = "C: i want to stop the norvasc and we'll put you on hydrochlorothiazide .\nP: okay ."
    assert strength("action", "We will discontinue Norvasc.", talk=talk) == 0


_FAMILY = """
C: and was that your mom or your dad who noticed it ?
P: my mom noticed the spot when i was visiting her .
C: do you have a family history of kidney stones ? some people , their parents have them .
P: yeah my dad had kidney stones .
"""


def test_a_relative_for_whom_only_both_stand() -> None:
    talk = _FAMILY.replace("your mom or your dad who", "somebody who").replace("my mom", "i")
    assert strength("kin", "Her mother had kidney stones.", talk=talk) > 0.5
    assert strength("kin", "Her father had kidney stones.", talk=talk) == 0


def test_a_relative_who_was_only_asked_about() -> None:
    assert strength("kin", "The spot was noticed by her father.", talk=_FAMILY) > 0.5
    assert strength("kin", "The spot was noticed by her mother.", talk=_FAMILY) == 0


def test_what_is_said_of_two_together_is_said_of_both() -> None:
    talk = "C: anybody in the family ?\nP: my mom and her sister both had melanoma ."
    assert strength("kin", "Mother: melanoma.", talk=talk) == 0
    assert strength("kin", "Sister: melanoma.", talk=talk) == 0
