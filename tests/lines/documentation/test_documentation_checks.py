"""Each guard: what it must find, and what it must let pass."""

from __future__ import annotations

import pytest

from attending.core.draft import Draft, Finding, Severity, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.line import Check
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.checks.confidence import UnsureWords
from attending.lines.documentation.checks.drugs import UnheardDrugs
from attending.lines.documentation.checks.evidence import MissingEvidence
from attending.lines.documentation.checks.mishearing import MisheardDrugs
from attending.lines.documentation.checks.numbers import UnheardNumbers
from attending.lines.documentation.checks.speakers import WrongSpeaker
from attending.lines.documentation.checks.vitals import ImplausibleValues, doubts
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.rendition import from_json, to_json
from attending.lines.documentation.soap import Part, note
from tests.lines.documentation.spoken import DATA, consultation, one, quoting, transcript

CLINICIAN, PATIENT, UNKNOWN = Role.CLINICIAN, Role.PATIENT, Role.UNKNOWN


def _findings(check: Check, heard: str, noted: str, role: Role = CLINICIAN) -> tuple[Finding, ...]:
    source = transcript((role, heard))
    return check.examine(to_json(source), quoting(source, noted))


@pytest.mark.parametrize(
    ("heard", "noted"),
    [
        ("Take 50 milligrams of losartan.", "Losartan 500 mg."),
        ("Take losartan.", "Losartan 50 mg."),
        ("Take 50 micrograms.", "50 mg."),
        ("Your pressure is 145 over 92.", "BP 145/90."),
        ("It's ninety eight.", "99.6"),
        ("Two tablets of aspirin.", "3 tablets of aspirin."),
    ],
)
def test_numbers_absent_from_the_source(heard: str, noted: str) -> None:
    (finding,) = _findings(UnheardNumbers(), heard, noted)
    assert finding.severity is Severity.SERIOUS
    assert finding.statement == "plan.1"
    assert "Listen at 0:00." in finding.explanation


@pytest.mark.parametrize(
    ("heard", "noted"),
    [
        ("Take fifty milligrams of losartan.", "Losartan 50 mg."),
        ("Take 1,000 milligrams.", "1000 mg."),
        ("One forty five over ninety two.", "BP 145/92."),
        ("It is one hundred and twenty.", "120"),
        ("It is 98 .4 today.", "98.4"),
        ("Two point five milligrams.", "2.5 mg"),
        ("Come back in two weeks.", "Come back in 2 weeks."),
        ("No figures here.", "None."),
    ],
)
def test_numbers_that_were_said(heard: str, noted: str) -> None:
    assert _findings(UnheardNumbers(), heard, noted) == ()


@pytest.mark.parametrize(
    ("heard", "noted", "drug"),
    [
        ("Take lisinopril.", "Take losartan.", "losartan"),
        ("Take something for pain.", "Take Tylenol.", "tylenol"),
    ],
)
def test_drugs_absent_from_the_source(heard: str, noted: str, drug: str) -> None:
    (finding,) = _findings(UnheardDrugs(), heard, noted)
    assert (finding.severity, finding.quote) == (Severity.SERIOUS, drug)


@pytest.mark.parametrize(
    ("heard", "noted"),
    [
        ("Take Tylenol.", "Acetaminophen."),
        ("Keep taking the metformin, please.", "Metformin."),
        ("Your creatinine is fine.", "Creatinine and uric acid, all clear."),
    ],
)
def test_drugs_that_were_named(heard: str, noted: str) -> None:
    assert _findings(UnheardDrugs(), heard, noted) == ()


@pytest.mark.parametrize(
    "noted",
    [
        "Your blood pressure is reading 145 over 19.",
        "145/19",
        "Blood pressure one forty five over nineteen.",
        "BP 900 over 80",
        "Pressure 90 over 145.",
        "Your pulse is 80 feet per minute.",
        "Heart rate 700.",
        "Your temperature is 984.",
        "Temperature of 60 degrees",
        "Oxygen saturation is 110 percent.",
        "Sats are 9.",
        "Respiratory rate is 120.",
        "Your weight is 180 feet.",
        "Height is 5 feet 30 inches.",
        "Your height is 70 pounds.",
        "Your potassium is 44.",
        "Your A1c came back at 72000.",
        "Creatinine 9000",
    ],
)
def test_values_that_no_living_patient_has(noted: str) -> None:
    findings = _findings(ImplausibleValues(), noted, noted)
    assert findings
    assert all(f.severity is Severity.SERIOUS and f.quote for f in findings)


@pytest.mark.parametrize(
    "noted",
    [
        "Your blood pressure is 145 over 92.",
        "BP 88/50.",
        "Seen on 10/20/2021 and on 2/21.",
        "Strength is 5 over 5.",
        "Vision is 20 over 40 in the left eye.",
        "Your pulse is 80 beats per minute.",
        "Breathing 16 breaths per minute, oxygen 2 liters per minute.",
        "Your temperature is 98.4.",
        "Temperature 37.2, it was 38 for 3 days.",
        "I checked your heart rate 3 weeks ago.",
        "Your weight is 180 pounds and your height is still at 5 feet 10 inches.",
        "You lost weight over 3 months.",
        "Oxygen saturation is 97 percent.",
        "A1c of 7.2, potassium 4.4, creatinine 0.9, sodium 140, hemoglobin 13.",
        "Hemoglobin A1c is 8.",
        "Take potassium 20 mEq.",
        "A two out of six murmur.",
        "Come back in 145 over 2 weeks.",
    ],
)
def test_values_that_a_patient_may_have(noted: str) -> None:
    assert doubts(noted) == ()


def test_an_implausible_value_is_explained_with_its_place() -> None:
    heard = transcript((PATIENT, " ".join(["so"] * 200)), (CLINICIAN, "It is 145 over 19."))
    span = TimeSpan(80.0, 82.0, "audio", "u2", "It is 145 over 19.")
    draft = one(Statement("examination.1", Text("It is 145 over 19."), (span,)), Part.EXAMINATION)
    (finding,) = ImplausibleValues().examine(to_json(heard), draft)
    assert finding.explanation == (
        "The recogniser heard “145 over 19”. A diastolic pressure of 19 is not plausible. "
        "Listen at 1:20."
    )


@pytest.mark.parametrize("part", list(Part))
def test_an_implausible_value_is_found_in_every_section(part: Part) -> None:
    heard = transcript((CLINICIAN, "It is 145 over 19."))
    assert ImplausibleValues().examine(to_json(heard), quoting(heard, "145 over 19", part))


@pytest.mark.parametrize(
    ("noted", "quote"),
    [
        ("We will start loss artin 50 milligrams once a day.", "loss artin"),
        ("Keep taking the met for men.", "met for men"),
        ("Listen, April, 10 milligrams once a day.", "listen april"),
        ("Take 40 milligrams daily for five days.", "40 milligrams"),
    ],
)
def test_medicines_that_were_misheard(noted: str, quote: str) -> None:
    (finding,) = _findings(MisheardDrugs(), noted, noted)
    assert (finding.severity, finding.quote) == (Severity.SERIOUS, quote)


@pytest.mark.parametrize(
    "noted",
    [
        "We will start losartan 50 milligrams once a day.",
        "Keep taking the metformin.",
        "Take your medications in the morning.",
        "I started losing weight and stopped smoking.",
        "Take it with food, and continue to rest.",
        "Drink 500 milliliters of water.",
        "A low sodium diet, 2000 mg a day.",
        "Limit salt to 2300 mg daily.",
        "Levothyroxine 112 micrograms.",
        "Ferrous sulfate 325 mg by mouth.",
        "Triglycerides 145 mg/dL, LDL 153 mg/dL.",
        "They were 265 milligrams per deciliter.",
        "Lortab 5 mg every six hours.",
        "Okay, take care and I'll see you in two weeks.",
        "You can't take certain medications.",
        "I take 175 milligrams of testosterone.",
        "He did not take his pain medications.",
        "Two puffs of the inhaler.",
    ],
)
def test_medicines_that_were_heard_well(noted: str) -> None:
    assert _findings(MisheardDrugs(), noted, noted) == ()


def test_a_dose_whose_medicine_stands_just_before_it_was_heard_well() -> None:
    named, dose = "We will give you some ibuprofen.", "600 milligrams every six hours."
    heard = transcript((CLINICIAN, f"{named} {dose}"))
    both = tuple(Statement(f"plan.{n}", Text(text)) for n, text in enumerate((named, dose), 1))
    assert MisheardDrugs().examine(to_json(heard), note({Part.PLAN: both})) == ()
    assert MisheardDrugs().examine(to_json(heard), note({Part.PLAN: both[1:]}))


def _heard(*words: tuple[str, float], role: Role = CLINICIAN) -> Transcript:
    timed = tuple(Word(w, n * 1.0, n + 0.5, c) for n, (w, c) in enumerate(words))
    return Transcript((Utterance("u1", "S1", role, timed),), float(len(words)))


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ((("take", 0.9), ("losartan", 0.55)), Severity.CAUTION),
        ((("take", 0.9), ("losartan", 0.2)), Severity.SERIOUS),
        ((("over", 0.9), ("19", 0.25)), Severity.SERIOUS),
        ((("over", 0.9), ("19", 0.5)), Severity.CAUTION),
        ((("bad", 0.9), ("swelling", 0.4)), Severity.CAUTION),
        ((("no", 0.3), ("pain", 0.9)), Severity.CAUTION),
        ((("the", 0.1), ("swelling", 0.9)), None),
        ((("swelling", 0.55), ("gone", 0.9)), None),
        ((("19", 0.7), ("losartan", 0.7)), None),
    ],
)
def test_words_hardly_heard(
    words: tuple[tuple[str, float], ...], severity: Severity | None
) -> None:
    heard = _heard(*words)
    found = UnsureWords().examine(to_json(heard), quoting(heard, heard.utterances[0].text))
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_unsure_words_outside_the_quote_are_not_its_fault() -> None:
    heard = _heard(("swelling", 0.1), ("gone.", 0.9), ("Rest", 0.9), ("today.", 0.9))
    span = TimeSpan(2.0, 3.5, "audio", "u1", "Rest today.")
    draft = one(Statement("plan.1", Text("Rest today."), (span,)))
    assert UnsureWords().examine(to_json(heard), draft) == ()


def test_a_statement_without_evidence_is_serious() -> None:
    heard = to_json(transcript((CLINICIAN, "Rest at home.")))
    spans = {
        "another recording": (TimeSpan(0.0, 1.0, "audio", "u9", "Rest at home."),),
        "another time": (TimeSpan(50.0, 60.0, "audio", "u1", "Rest at home."),),
        "other words": (TimeSpan(0.0, 1.1, "audio", "u1", "Run a mile."),),
    }
    for why, evidence in spans.items():
        draft = one(Statement("plan.1", Text("Rest at home."), evidence))
        (finding,) = MissingEvidence().examine(heard, draft)
        assert finding.severity is Severity.SERIOUS, why


@pytest.mark.parametrize(
    ("noted", "severity", "told"),
    [
        ("Metastatic cancer with poor prognosis.", Severity.SERIOUS, "nothing in the conversation"),
        ("Opioid pain medications.", Severity.SERIOUS, "nothing in the conversation"),
        ("Dyspnea on exertion.", Severity.INFO, "closest words were said at 0:01."),
        ("Cardiovascular", Severity.INFO, "a label"),
        ("2.", Severity.INFO, "a label"),
    ],
)
def test_what_cites_nothing_is_serious_unless_the_talk_holds_it(
    noted: str, severity: Severity, told: str
) -> None:
    heard = transcript(
        (CLINICIAN, "How is your breathing?"),
        (PATIENT, "I get short of breath with exertion, on the stairs."),
        (CLINICIAN, "I will listen to your heart now."),
    )
    draft = one(Statement("history.1", Text(noted), ()), Part.HISTORY)
    (finding,) = MissingEvidence().examine(to_json(heard), draft)
    assert (finding.severity, told in finding.explanation) == (severity, True), finding


def test_true_evidence_passes() -> None:
    assert _findings(MissingEvidence(), "Rest at home.", "Rest at home.") == ()


def test_a_finding_grounded_by_the_patient_alone_is_serious() -> None:
    (finding,) = _findings(WrongSpeaker(), "My lungs are clear.", "Lungs clear.", PATIENT)
    assert finding.severity is Severity.SERIOUS
    assert _findings(WrongSpeaker(), "Your lungs are clear.", "Lungs clear.") == ()


EXAMINED = (
    (PATIENT, "My lungs are clear, I think, and my pressure is 118 over 76 at home."),
    (CLINICIAN, "Are there crackles in your lungs?"),
    (CLINICIAN, "Your lungs are clear to auscultation, and your pressure is 145 over 92."),
)


def _wrong_speaker(said: tuple[tuple[Role, str], ...], *noted: str) -> tuple[Finding, ...]:
    """Statements of an examination that all cite the first utterance alone."""
    heard = transcript(*said)
    first = heard.utterances[0]
    span = TimeSpan(first.start, first.end, "audio", first.id, first.text)
    statements = tuple(
        Statement(f"examination.{n}", Text(text), (span,)) for n, text in enumerate(noted, 1)
    )
    return WrongSpeaker().examine(to_json(heard), note({Part.EXAMINATION: statements}))


@pytest.mark.parametrize(
    ("noted", "severity"),
    [
        ("Lungs clear to auscultation.", Severity.INFO),
        ("Blood pressure 145/92.", Severity.INFO),
        ("Blood pressure 118/76.", Severity.SERIOUS),  # the patient's figures
        ("Crackles in the lungs.", Severity.SERIOUS),  # the clinician asked
        ("Abdomen soft, bowel sounds present.", Severity.SERIOUS),
    ],
)
def test_who_said_it_is_judged_by_the_talk(noted: str, severity: Severity) -> None:
    (finding,) = _wrong_speaker(EXAMINED, noted)
    assert finding.severity is severity, finding
    assert ("The clinician spoke of this at 0:" in finding.explanation) is (
        severity is Severity.INFO
    )


def test_a_patient_s_words_alone_ground_nothing_wherever_they_stand() -> None:
    said = (EXAMINED[0], (CLINICIAN, "Good morning."), (PATIENT, "My lungs are clear, really."))
    (finding,) = _wrong_speaker(said, "Lungs clear to auscultation.")
    assert finding.severity is Severity.SERIOUS


def test_many_of_the_patient_s_are_one_warning_that_names_them() -> None:
    said = ((PATIENT, "Lungs clear, belly soft, no murmur."), (CLINICIAN, "Good morning."))
    noted = ("Lungs clear.", "Abdomen soft.", "Cardiovascular", "No murmur.")
    (finding,) = _wrong_speaker(said, *noted)
    assert (finding.severity, finding.statement) == (Severity.SERIOUS, "examination.1")
    assert "This and statements 2, 4 of this section" in finding.explanation
    assert len(_wrong_speaker(said, *noted[:2])) == 2


def test_a_label_rests_on_nobody() -> None:
    assert _wrong_speaker(EXAMINED, "Cardiovascular:", "3.") == ()


def test_an_unknown_speaker_is_a_caution_once_a_section() -> None:
    heard = transcript((UNKNOWN, "Your lungs are clear. Your pulse is 70."), (PATIENT, "I cough."))
    draft = ExtractiveEngine().draft(to_json(heard)).draft
    assert len(draft.section(Part.EXAMINATION).statements) == 2
    (finding,) = WrongSpeaker().examine(to_json(heard), draft)
    assert (finding.severity, finding.statement) == (Severity.CAUTION, "examination.1")


def test_what_a_clinician_wrote_needs_no_source() -> None:
    heard = transcript((PATIENT, "I cough."))
    draft: Draft = one(Statement("plan.r1.1", Text("Losartan 50 mg."), human=True))
    assert [f for check in CHECKS for f in check.examine(to_json(heard), draft)] == []


def test_a_slip_of_the_pen_is_still_told() -> None:
    heard = transcript((PATIENT, "I cough."))
    draft = one(Statement("plan.r1.1", Text("BP 145/19."), human=True))
    (finding,) = ImplausibleValues().examine(to_json(heard), draft)
    assert (
        finding.explanation
        == "The note says “145/19”. A diastolic pressure of 19 is not plausible."
    )


def test_a_clean_note_has_no_flag() -> None:
    rendition = to_json(consultation("consultation.json"))
    draft = ExtractiveEngine().draft(rendition).draft
    serious = [f for check in CHECKS for f in check.examine(rendition, draft)]
    assert serious == []


def test_what_the_default_recogniser_heard_in_a_real_visit() -> None:
    """145 over 92, at 80 beats per minute, was said."""
    rendition = (DATA / "lab_order_heard.json").read_bytes()
    assert "145 over 19." in from_json(rendition).utterances[1].text
    draft = ExtractiveEngine().draft(rendition).draft
    found = ImplausibleValues().examine(rendition, draft)
    assert [f.quote for f in found] == ["145 over 19", "80 feet per minute"]
