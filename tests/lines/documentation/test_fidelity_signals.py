"""Each signal finds its own way of being wrong, and lets what was said stand."""

from __future__ import annotations

import pytest

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Claim, ClaimedNote, Signal, Turn
from attending.lines.documentation.fidelity.signals import SIGNALS
from attending.lines.documentation.fidelity.signals.terms import terms

_TALK = """
C: good morning mrs hall . what brings you in ?
P: my left knee has been hurting for about three weeks now , since i slipped on the stairs on tuesday .
C: any numbness or tingling in the leg ?
P: no , nothing like that . it does swell up at night though .
C: have you had any fever or chills ?
P: nope .
C: what about chest pain , shortness of breath ?
P: no chest pain . i do get a bit winded on hills .
C: and you're taking the lisinopril , ten milligrams , once a day ?
P: yes , every morning . and i take ibuprofen four hundred when it hurts .
C: does anyone in the family have diabetes ?
P: my mother had it . my husband drives me everywhere now .
C: okay . your blood pressure today is one fifty over ninety . your lungs are clear and i don't hear any murmurs . there is some swelling of the left knee but no redness .
C: i think this is a sprain . i want you to stop the ibuprofen because of your blood pressure , and we'll increase the lisinopril to twenty milligrams a day . start physical therapy twice a week for six weeks .
P: all right . and the other problem we talked about last time , with my neck ?
C: i'll see you again in two weeks . you have hypothyroidism , too , so we'll check your thyroid labs .
"""


def turns(text: str = _TALK) -> tuple[Turn, ...]:
    lines = [line for line in text.strip().splitlines() if line]
    roles = {"C": Role.CLINICIAN, "P": Role.PATIENT}
    return tuple(Turn(i, roles[line[0]], line[3:]) for i, line in enumerate(lines))


def heard(statement: str, *others: str, section: str = "", talk: str = _TALK) -> dict[str, Signal]:
    """What each signal says of one statement, among others."""
    claims = (
        Claim("0", section, statement),
        *(Claim(str(i), section, t) for i, t in enumerate(others, 1)),
    )
    note = ClaimedNote(claims, turns(talk))
    found = {check.name: check.signals(note).get("0") for check in SIGNALS}
    return {name: signal for name, signal in found.items() if signal is not None}


def strength(name: str, statement: str, *others: str, **said: str) -> float:
    signal = heard(statement, *others, **said).get(name)
    return signal.strength if signal else 0.0


def in_note(name: str, *statements: str, talk: str = _TALK) -> float:
    """How strongly the last statement of a note is doubted."""
    claims = tuple(Claim(str(i), "plan", text) for i, text in enumerate(statements))
    note = ClaimedNote(claims, turns(talk))
    check = next(each for each in SIGNALS if each.name == name)
    signal = check.signals(note).get(claims[-1].id)
    return signal.strength if signal else 0.0


WRONG = [
    ("number", "She has had knee pain for 5 weeks."),
    ("number", "Blood pressure was 170/90."),
    ("number_in", "The patient will follow up in 6 weeks."),
    ("unit", "The patient has had left knee pain for 3 months."),
    ("drug", "She takes metoprolol every morning."),
    ("drug_in", "We will increase the ibuprofen to 20 mg a day."),
    ("action", "We will decrease the lisinopril to 20 mg a day."),
    ("action", "She should continue the ibuprofen."),
    ("laterality", "Swelling of the right knee."),
    ("kin", "Her father had diabetes."),
    ("negation", "She reports fever and chills."),
    ("negation", "Reports numbness in the leg."),
    ("negation", "There is redness of the left knee."),
    ("negation", "She denies swelling at night."),
    ("diagnosis", "Hyperthyroidism, check thyroid labs."),
    ("temporality", "She slipped on the stairs on Thursday."),
    ("fabricated", "She enjoys sailing with her cousin near Boston harbour."),
]

RIGHT = [
    "She has had left knee pain for 3 weeks.",
    "Blood pressure was 150/90.",
    "The patient will follow up in 2 weeks.",
    "She takes lisinopril 10 mg every morning.",
    "We will increase the lisinopril to 20 mg a day.",
    "She should stop the ibuprofen.",
    "Swelling of the left knee.",
    "Her mother had diabetes.",
    "She denies fever and chills.",
    "Denies numbness or tingling.",
    "No redness of the left knee.",
    "She reports swelling of the knee at night.",
    "Lungs are clear. No murmurs.",
    "Hypothyroidism.",
    "Physical therapy 2 times a week for 6 weeks.",
    "She slipped on the stairs on Tuesday.",
]


@pytest.mark.parametrize(("name", "statement"), WRONG)
def test_what_was_not_said_is_doubted(name: str, statement: str) -> None:
    assert strength(name, statement) > 0.5


@pytest.mark.parametrize("statement", RIGHT)
def test_what_was_said_stands(statement: str) -> None:
    assert not {n: s for n, s in heard(statement).items() if s.strength > 0.5}


@pytest.mark.parametrize("statement", [text for _, text in WRONG] + RIGHT)
def test_a_signal_is_a_strength_with_its_reason(statement: str) -> None:
    for name, signal in heard(statement).items():
        assert signal.name == name
        assert 0 <= signal.strength <= 1
        assert signal.explanation


def test_names_are_unique() -> None:
    assert len({check.name for check in SIGNALS}) == len(SIGNALS)


def test_an_empty_note_and_a_silent_talk_give_nothing() -> None:
    assert all(not check.signals(ClaimedNote((), ())) for check in SIGNALS)
    for check in SIGNALS:
        check.signals(ClaimedNote((Claim("0", "", ""), Claim("1", "", "No pain.")), ()))


@pytest.mark.parametrize(
    ("statement", "others"),
    [
        (
            "Mrs. Hall is a pleasant male who presents with knee pain.",
            ("She slipped.", "Her knee swells."),
        ),
        ("He takes lisinopril.", ("She slipped.", "Her knee swells.", "She denies fever.")),
        (
            "She has an enlarged prostate.",
            ("He slipped.", "His knee swells.", "Mr. Hall denies fever."),
        ),
    ],
)
def test_the_other_sex_is_doubted(statement: str, others: tuple[str, ...]) -> None:
    talk = "C: what happened ?\nP: i slipped ."
    assert strength("sex", statement, *others, talk=talk) > 0.5


def test_other_people_do_not_change_the_patients_sex() -> None:
    others = ("She slipped.", "Her knee swells.", "She denies fever.")
    assert strength("sex", "Her husband says he drives her everywhere.", *others) < 0.5


def test_a_misheard_name_is_a_weaker_doubt_than_an_unsaid_one() -> None:
    talk = "C: keep taking the metropolol every morning .\nP: okay ."
    assert 0 < strength("drug", "Continue metoprolol.", talk=talk) < 0.5
    assert strength("drug", "Continue warfarin.", talk=talk) > 0.5


def test_a_dose_that_a_medicine_does_not_have_doubts_its_name() -> None:
    talk = (
        "C: we'll give you ibuprofen eight hundred milligrams . you take digoxin , too .\nP: yes ."
    )
    assert strength("drug_in", "She will take digoxin 800 mg.", talk=talk) > 0.5
    assert strength("drug_in", "She will take ibuprofen 800 mg.", talk=talk) < 0.5


def test_brand_and_generic_name_are_one_medicine() -> None:
    talk = "C: are you still on the lasix , forty milligrams ?\nP: yes ."
    assert strength("drug", "Furosemide 40 mg.", talk=talk) == 0


def test_a_question_alone_affirms_nothing_and_its_answer_decides() -> None:
    yes = "C: any headaches ?\nP: yeah , most days ."
    no = "C: any headaches ?\nP: not really ."
    assert strength("negation", "Denies headaches.", talk=yes) > 0.5
    assert strength("negation", "Reports headaches.", talk=no) > 0.5
    assert strength("negation", "Denies headaches.", talk=no) < 0.5
    assert strength("negation", "Reports headaches.", talk=yes) < 0.5


def test_questions_and_answers_without_marks_are_read_too() -> None:
    talk = "C: have you noticed any nausea\nP: no\nC: okay and do you smoke\nP: i do n't"
    assert strength("negation", "Reports nausea.", talk=talk) > 0.5
    assert strength("negation", "Denies nausea.", talk=talk) < 0.5


def test_the_wording_of_a_denial_does_not_affirm() -> None:
    talk = "C: how are you ?\nP: good ."
    assert strength("negation", "He reports any dysuria.", talk=talk) > 0.5
    assert strength("negation", "He denies any dysuria.", talk=talk) == 0


def test_one_note_that_says_both_is_doubted() -> None:
    talk = "C: how are you ?\nP: good ."
    assert strength("negation", "Denies cough.", talk=talk) < strength(
        "negation", "Denies cough.", "Reports cough.", talk=talk
    )


def test_only_the_patient_said_it_in_a_plan() -> None:
    talk = "C: what do you think ?\nP: my neighbour says magnesium tablets would cure the cramps ."
    plan = "Magnesium tablets for the cramps."
    assert strength("speaker", plan, section="plan", talk=talk) > 0.5
    assert strength("speaker", plan, section="history_of_present_illness", talk=talk) == 0


def test_a_statement_that_stands_twice_is_doubted_once() -> None:
    twice = "The left knee has been hurting since she slipped on the stairs."
    note = ClaimedNote((Claim("0", "plan", twice), Claim("1", "plan", twice)), turns())
    repeated = next(check for check in SIGNALS if check.name == "repeated")
    assert set(repeated.signals(note)) == {"1"}


def test_what_was_only_possible_is_not_certain() -> None:
    talk = "C: this could possibly be pneumonia , i am not sure .\nP: okay ."
    assert strength("certainty", "The patient has pneumonia.", talk=talk) > 0


def test_the_other_side_of_the_note_counts_where_the_talk_is_silent() -> None:
    talk = "C: how is the knee ?\nP: it hurts ."
    others = ("Left knee pain.", "X-ray of the left knee.", "Brace for the left knee.")
    assert strength("laterality", "Injection of the right knee.", *others, talk=talk) > 0.5


def test_that_is_right_names_no_side() -> None:
    talk = (
        "C: so the left knee hurts , right ?\nP: that's right .\nC: all right . right now , too ?"
    )
    assert strength("laterality", "Left knee pain.", talk=talk) == 0


def test_the_learned_rates_are_shares_and_name_what_they_are_made_of() -> None:
    known = terms()
    assert len(known.digest) == 64
    assert all(0 < rate < 1 for pair in known.rates.values() for rate in pair)
    said, unsaid = known.telling("kne", said=True), known.telling("kne", said=False)
    assert said < 0 < unsaid
