"""The patient as a man in one statement and as a woman in the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.kinship import KIN
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.reading import Reading, Stated, each
from attending.lines.documentation.fidelity.signals.words import Word

_MALE, _FEMALE = "male", "female"
_OTHER = {_MALE: _FEMALE, _FEMALE: _MALE}
_SAYS = {
    **dict.fromkeys(("male", "man", "gentleman", "boy", "mr", "mister", "sir"), _MALE),
    **dict.fromkeys(("female", "woman", "lady", "girl", "mrs", "ms", "miss", "ma'am", "maam"), _FEMALE),
}  # fmt: skip
_PRONOUNS = {
    **dict.fromkeys(("he", "his", "him", "himself"), _MALE),
    **dict.fromkeys(("she", "her", "hers", "herself"), _FEMALE),
}
_ANATOMY = {
    **dict.fromkeys(
        listed(
            "prostate prostatic prostatitis psa testicle testicles testicular penis penile scrotum scrotal vasectomy bph"
        ),
        _MALE,
    ),
    **dict.fromkeys(
        listed(
            "uterus uterine ovary ovaries ovarian vaginal vagina cervix menstrual menses menopause "
            "menopausal postmenopausal hysterectomy endometriosis pregnant pregnancy pap gravida"
        ),
        _FEMALE,
    ),
}
_PEOPLE = frozenset(
    {
        *KIN, "dr", "friend", "friends", "girlfriend", "boyfriend", "partner", "spouse", "trainer",
        "doctor", "provider", "physician", "surgeon", "nurse", "therapist", "specialist", "twin",
        "caregiver", "guardian", "boss", "neighbor", "child", "children", "baby", "infant", "pa",
        "dermatologist", "cardiologist", "neurologist", "dentist", "podiatrist", "oncologist",
    }
)  # fmt: skip
_IMAGING = frozenset({"arthrogram", "angiogram", "imaging", "scan", "enterography"})
_SURE = 2.0  # votes by which one sex must lead


class OtherSex:
    """Against the rest of the note and the talk; weaker where other people are in the sentence."""

    name: str = "sex"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        said = Counter(_patient(stated.words))
        if not said:
            return None
        votes = _votes(reading, stated)
        sex = max((_MALE, _FEMALE), key=lambda one: votes[one])
        wrong = _OTHER[sex]
        if votes[sex] - votes[wrong] < _SURE or not said[wrong]:
            return None
        called = any(_of(w) == wrong and w.text not in _PRONOUNS for w in stated.words)
        strength = 0.95 if called else 0.4 if _after_people(reading, stated) else 0.8
        word = next(w.text for w in stated.words if _of(w) == wrong)
        return Signal(self.name, strength, f"Here the patient is {wrong}; elsewhere {sex}.", word)


def _after_people(reading: Reading, stated: Stated) -> bool:
    """Whether the statement before names someone whom a pronoun here may mean."""
    index = reading.stated.index(stated)
    return index > 0 and _people(reading.stated[index - 1].words)


def _of(word: Word) -> str:
    return _SAYS.get(word.text) or _PRONOUNS.get(word.text) or _ANATOMY.get(word.text, "")


def _people(words: Sequence[Word]) -> bool:
    return any(word.text in _PEOPLE or word.stem in _PEOPLE for word in words)


def _patient(words: Sequence[Word]) -> Iterator[str]:
    """What the words say of the patient's sex; pronouns beside other people say nothing."""
    others = _people(words)
    for index, word in enumerate(words):
        if word.text == "mr" and words[index + 1 : index + 2] and words[index + 1].text in _IMAGING:
            continue
        if word.text in _SAYS or word.text in _ANATOMY:
            if not others or word.text in ("male", "female"):
                yield _of(word)
        elif word.text in _PRONOUNS and not others:
            yield _PRONOUNS[word.text]


def _votes(reading: Reading, stated: Stated) -> Counter[str]:
    votes: Counter[str] = Counter()
    for other in reading.stated:
        if other is not stated:
            votes.update(set(_patient(other.words)))
    for place, word in enumerate(reading.said.words):
        if (
            word.text in _SAYS
            and reading.said.roles[reading.said.turn_of[place]] is not Role.PATIENT
        ):
            votes[_SAYS[word.text]] += 1
    return votes
