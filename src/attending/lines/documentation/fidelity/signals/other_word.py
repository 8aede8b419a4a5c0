"""One word of a kind for another: hyper for hypo, Tuesday for Thursday, benign for malignant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.fidelity.signals.words import words

_DIAGNOSES = """
hypothyroidism hyperthyroidism | hypertension hypotension | hyperglycemia hypoglycemia
hyperkalemia hypokalemia | hypernatremia hyponatremia | hypercalcemia hypocalcemia
hyperlipidemia hypolipidemia | tachycardia bradycardia | dysphagia dysphasia aphasia
abduction adduction | pronation supination | flexion extension | dorsiflexion plantarflexion
benign malignant | viral bacterial fungal | ischemic hemorrhagic | systolic diastolic
inspiratory expiratory | inpatient outpatient | bronchitis pneumonia sinusitis
osteoporosis osteomyelitis osteoarthritis | hepatitis pancreatitis cholecystitis appendicitis
gastritis colitis diverticulitis gastroenteritis | tonsillitis otitis conjunctivitis
psoriasis eczema cellulitis shingles | anemia leukemia thrombocytopenia | stroke seizure migraine
fracture dislocation sprain strain | tendinitis bursitis | arthroplasty arthroscopy arthrogram
hysterectomy mastectomy cholecystectomy appendectomy tonsillectomy prostatectomy thyroidectomy
colonoscopy endoscopy bronchoscopy cystoscopy | mri ct ultrasound radiograph
peroneal perineal | ileum ilium | ureter urethra | radial ulnar | tibia fibula | cervical thoracic lumbar
thumb index middle ring pinky | mild moderate severe | yellow green brown bloody
oral topical intravenous intramuscular | sharp dull burning throbbing
stable unstable | regular irregular | symmetric asymmetric | compliant noncompliant
productive nonproductive | smoker nonsmoker | married divorced widowed single
cardiologist neurologist dermatologist gastroenterologist rheumatologist urologist nephrologist
pulmonologist oncologist endocrinologist ophthalmologist podiatrist psychiatrist orthopedist
"""
_TIMES = """
monday tuesday wednesday thursday friday saturday sunday | morning evening night afternoon
january february march april may june july august september october november december
spring summer fall winter | yesterday tomorrow | former current
sudden gradual | childhood adulthood | preoperative postoperative
"""
_LIKE = 0.3  # of the statement's other words, that must be said beside the other word
_NO_NAMES = frozenset({"may", "march", "fall", "spring", "second"})


class OtherWord:
    """The word was never said, another of its kind was, among the statement's other words."""

    def __init__(self, name: str, groups: str) -> None:
        self.name = name
        self._written = groups

    @cached_property
    def _groups(self) -> Mapping[str, Sequence[str]]:
        # Not at import: stems need the dictionary of medicines, which most processes never open.
        return _read(self._written)

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        said, found = reading.said, []
        for word in stated.words:
            others = self._groups.get(word.stem, ())
            if others and word.text not in _NO_NAMES and word.stem not in said.places:
                found += [_near(said, stated, word.stem, other) for other in others]
        likeness, place, stem = max(found, default=(0.0, -1, ""))
        if likeness < _LIKE:
            return None
        written = next(w.text for w in stated.words if w.stem == stem)
        why = f"“{written}” was not said; here “{said.words[place].text}” was."
        return Signal(self.name, min(0.9, 0.45 + 0.5 * likeness), why, said.quote(place))


def _near(said: Said, stated: Stated, stem: str, other: str) -> tuple[float, int, str]:
    """How close the other word was said to the rest of the statement, and where."""
    if other in stated.telling:
        return 0.0, -1, stem
    context = stated.telling - {stem}
    places = said.places.get(other, ())
    best = max(((said.likeness(context, place), place) for place in places), default=(0.0, -1))
    return (*best, stem)


def _read(groups: str) -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for line in groups.strip().splitlines():
        for group in line.split("|"):
            stems = [word.stem for word in words(group)]
            for stem in stems:
                found[stem] = [*found.get(stem, ()), *(other for other in stems if other != stem)]
    return found


OTHER_DIAGNOSIS = OtherWord("diagnosis", _DIAGNOSES)
OTHER_TIME = OtherWord("temporality", _TIMES)
