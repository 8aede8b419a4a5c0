"""Which section a sentence belongs to, by who speaks and by its cues.

A clinician grounds every section; a patient grounds what a patient can know. Where the
recogniser could not tell the speakers apart, a sentence is judged by its words alone.
"""

from __future__ import annotations

from collections.abc import Callable

from attending.core.speech import Role
from attending.lines.documentation import cues
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.quantities import doses_in, numbers_in
from attending.lines.documentation.sentences import Sentence
from attending.lines.documentation.soap import Part

SHORTEST = 3  # words that a statement needs to stand on its own
_ANNOUNCEMENT = 12  # words of "let's go ahead and look at your results"
_PERSONAL = 4


def clinical(sentence: Sentence) -> bool:
    """Whether a sentence says anything about health at all."""
    said = sentence.said
    return bool(
        cues.SYMPTOM.search(said)
        or cues.BODY.search(said)
        or cues.MEDICATION.search(said)
        or asked_about(sentence)
    )


def asked_about(question: Sentence) -> Part | None:
    """The section that an answer to this question belongs to, whoever asks."""
    said = question.said
    if cues.ALLERGY.search(said):
        return Part.ALLERGIES
    if cues.FAMILY.search(said) or cues.PAST.search(said) or cues.SOCIAL.search(said):
        return Part.PAST_HISTORY
    if cues.MEDICATION.search(said) or drugs_in(said):
        return Part.MEDICATIONS
    if cues.SYMPTOM.search(said):
        return Part.REVIEW_OF_SYSTEMS if cues.POLAR.match(said) else Part.HISTORY
    return Part.HISTORY if cues.BODY.search(said) or cues.COURSE.search(said) else None


def stated(sentence: Sentence) -> Part | None:
    """The section of a statement that stands on its own; None: it is left out."""
    if sentence.length < SHORTEST or small_talk(sentence):
        return None
    if sentence.role is Role.CLINICIAN:
        diagnosed = cues.DIAGNOSES.search(sentence.said) is not None
        return clinician_said(sentence) or (Part.ASSESSMENT if diagnosed else None)
    if sentence.role is Role.PATIENT:
        return patient_said(sentence)
    return _somebody_said(sentence)


def clinician_said(sentence: Sentence) -> Part | None:
    """The first part in ``_SPOKEN`` that fits; less is believed while they announce a look."""
    said = sentence.said
    if cues.LOOKING.search(said) is None:
        return next((part for part, fits in _SPOKEN if fits(said)), None)
    announced = sentence.length <= _ANNOUNCEMENT
    parts = _SEEN - {Part.RESULTS} if announced else _SEEN
    return next((part for part, fits in _SPOKEN if part in parts and fits(said)), None)


def _presents(said: str) -> bool:
    return cues.PRESENTS.search(said) is not None


def _plans(said: str) -> bool:
    return bool(cues.PLAN.search(said) or cues.ORDER.match(said))


def _reports(said: str) -> bool:
    return bool(cues.RESULT.search(said) and cues.RESULT_SAID.search(said))


def _lists(said: str) -> bool:
    return bool(cues.ON_DRUG.search(said) and drugs_in(said))


def _finds(said: str) -> bool:
    return bool(cues.EXAMINATION.search(said) and not cues.JUDGES.search(said))


def _recalls(said: str) -> bool:
    return bool(cues.PAST.search(said) or cues.FAMILY.search(said))


def _judges(said: str) -> bool:
    about_health = cues.SYMPTOM.search(said) or cues.BODY.search(said) or drugs_in(said)
    return bool(cues.ASSESSMENT.search(said) and about_health)


# What a clinician's sentence may be, the surest first: an order that names a test is a plan.
_SPOKEN: tuple[tuple[Part, Callable[[str], bool]], ...] = (
    (Part.HISTORY, _presents),
    (Part.PLAN, _plans),
    (Part.RESULTS, _reports),
    (Part.MEDICATIONS, _lists),
    (Part.EXAMINATION, _finds),
    (Part.PAST_HISTORY, _recalls),
    (Part.ASSESSMENT, _judges),
)
_SEEN = frozenset({Part.HISTORY, Part.RESULTS, Part.MEDICATIONS, Part.EXAMINATION})


def patient_said(sentence: Sentence) -> Part | None:
    said = sentence.said
    if cues.ALLERGY.search(said):
        return Part.ALLERGIES
    if cues.FAMILY.search(said) or cues.PAST.search(said) or cues.SOCIAL.search(said):
        return Part.PAST_HISTORY
    if drugs_in(said) or doses_in(said):
        return Part.MEDICATIONS
    if cues.SYMPTOM.search(said):
        return Part.HISTORY
    course = cues.COURSE.search(said) or numbers_in(said)
    told = course and (cues.BODY.search(said) or cues.CONTINUES.match(said))
    return Part.HISTORY if told else None


def _somebody_said(sentence: Sentence) -> Part | None:
    """With no role to go by: what only a clinician says ("your lungs", "I'll order") first."""
    said = sentence.said
    of_oneself = cues.FIRST_PERSON.search(said) is not None
    part = clinician_said(sentence)
    if part is Part.PLAN or (part is not None and not of_oneself):
        return part
    if cues.JUDGES.search(said) or (cues.TO_YOU.search(said) and not of_oneself):
        return part
    return patient_said(sentence)


def small_talk(sentence: Sentence) -> bool:
    return cues.GREETING.search(sentence.said) is not None and not (
        drugs_in(sentence.said)
        or (cues.SYMPTOM.search(sentence.said) and sentence.length > _PERSONAL)
    )
