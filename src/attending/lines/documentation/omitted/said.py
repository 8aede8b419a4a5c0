"""What somebody said that a note should carry: stated, not asked, and not denied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from attending.core.speech import Role, Transcript
from attending.lines.documentation import cues
from attending.lines.documentation.addressed import addressed
from attending.lines.documentation.context import Assertion, Experiencer, Temporality, assertion
from attending.lines.documentation.drugs import Mention, drugs_in
from attending.lines.documentation.omitted.concepts import (
    RED_FLAGS,
    REFERRALS,
    SYMPTOMS,
    TESTS,
    Concept,
)
from attending.lines.documentation.quantities import doses_in, in_figures
from attending.lines.documentation.sentences import Sentence, sentences


class Kind(IntEnum):
    """The weightiest first."""

    ALLERGY = 1
    RED_FLAG = 2
    CHANGE = 3
    MEDICINE = 4
    TEST = 5
    REFERRAL = 6
    VITAL = 7
    SYMPTOM = 8


@dataclass(frozen=True)
class Said:
    """One thing that was said. ``name`` as a reader knows it, ``sought`` finds it in a note."""

    kind: Kind
    name: str
    sentence: Sentence
    drug: str = ""  # its generic name, where it is a medicine
    concept: Concept | None = None
    figures: tuple[str, ...] = ()

    @property
    def begin(self) -> float:
        """When, in seconds."""
        return self.sentence.words[0].start


_CHANGE = re.compile(
    r"\b(?:prescrib\w*|start(?:ing|ed)? (?:you|on|taking|her|him)|start|stop(?:ped|ping)?|"
    r"increas\w*|decreas\w*|reduc\w*|rais\w*|lower\w*|switch\w*|chang\w*|add(?:ing)?|discontinu\w*|"
    r"put(?:ting)? you on|try you on|bump\w*|double|taper\w*|hold (?:off on )?your|send in)\b"
)
_TAKES = re.compile(
    r"\b(?:i(?:'m| am| was)? (?:\w+ ){0,2}?(?:take|taking|took|use|using|on)|i've been (?:\w+ )?"
    r"(?:taking|on|using)|you(?:'re| are)? (?:\w+ )?(?:on|taking|take|use)|continu\w*|refill\w*|keep "
    r"(?:taking|you on)|(?:he|she)(?:'s| is)? (?:on|takes|taking)|stay on|twice|once|daily|every day|"
    r"a day|at night|as needed)\b"
)
_CLASS = re.compile(
    r"nsaids?|anti-?inflammator\w*|antibiotics?|inhalers?|steroids?|analgesics?|antacids?|vitamins?|"
    r"multi-?vitamins?|pain\w*|antihistamines?|laxatives?|fish oil|electrolytes"
)
_ALLERGIC = re.compile(
    r"\ballergic to (?!any)|\ballerg(?:y|ies) to (?!any)|\ballergies? (?:is|are)\b"
)
_ALLERGEN = re.compile(
    r"\b(?:penicillin|sulfa|latex|peanuts?|shellfish|eggs?|dairy|nuts|tree nuts|contrast|"
    r"bee stings?|bees|iodine|codeine|amoxicillin|aspirin|nsaids?|morphine|soy|gluten|"
    r"cephalosporins?|adhesive|pollen|cats?|dogs?|dust|mold|grass)\b"
)
_UNSURE = re.compile(
    r"\b(?:if|might|could|maybe|consider\w*|thinking about|talk\w* about|discussed|discussing|discussion|wonder\w*|would be|"
    r"option\w*|instead of|such as|(?<!would )(?<!'d )like|unless|someone|people|patients|commercial|used to|years ago|"
    r"did you|have you (?!on|get|see|go|start)|okay with|last (?:time|year|visit)|before|ago|already|recent(?:ly)?|may|i'm sorry|i mean)\b"
)
_ORDERS = re.compile(
    r"\b(?:order\w*|schedule\w*|get (?:a|an|the|some|you|another|your)|send (?:you|off|out)|set (?:you )?up|"
    r"refer\w*|arrange\w*|repeat|recheck|check|obtain|draw|do (?:a|an|the|some|another)|have you (?:get|see|go)|"
    r"want you to (?:see|get|go)|consult\w*|put in|place|run (?:a|an|some)|book\w*|go to|going to see|"
    r"start (?:you )?(?:in|with|on)|admit|recommend|referral|sending off|update|set (?:him|her) up|"
    r"due for|ordering)\b"
)
_SURELY_ORDERS = re.compile(r"\b(?:order|refer|ordering|referring you|a referral)\b")
_INTENDS = re.compile(
    r"\b(?:i'm (?:\w+ )?(?:going|gonna|gon)|we're (?:\w+ )?(?:going|gonna|gon)|i'll|we'll|i will|we will|i want|"
    r"i'd like|i would like|let's|i wanna|i wan|we want|i also want|we need|i need|you(?:'ll| will| need| should)|"
    r"order|i do want|i do wan|i recommend|i would recommend|i'm ordering|i'm referring|refer|ordering|we should|i do need|due for|"
    r"going to (?:repeat|order|get|set|refer|recommend|give))\b"
)
_ANNOUNCES = re.compile(r"what (?:i'm|i'd|i am|i would|i will|we're|we are|we will|we'll)\b[^?]*$")
_PRESSURE = re.compile(r"(?<![\d/])(?P<a>[6-9]\d|[12]\d\d) ?(?:over|/) ?(?P<b>\d{2,3})\b(?!/)")
# Outside of these a value matters; what is as expected may be left to "vitals reviewed".
_VITALS = (
    ("a blood pressure", _PRESSURE, 90, 139),
    (
        "a temperature",
        re.compile(r"\b(?:temperature|temp)\b\D{0,30}?(?P<a>\d{2,3}(?:\.\d)?)"),
        96,
        100.3,
    ),
    (
        "a heart rate",
        re.compile(r"\b(?:heart rate|pulse)\b\D{0,30}?(?P<a>\d{2,3})\b(?! ?%| ?per ?cent)"),
        50,
        100,
    ),
    (
        "an oxygen saturation",
        re.compile(r"\b(?:saturation|oxygen|o2|sat)\b\D{0,30}?(?P<a>\d{2,3})\b"),
        94,
        100,
    ),
)
_NOT_ORDERED = re.compile(r"\b(?:not|won't|don't|doesn't|wouldn't|no need|rather than)\b")
_CLOSE = 6  # words before a test in which a denial is one of its order
_ANSWER = 12  # words: what is longer tells of other things, too
_FORE = 14  # words before a test in which it is ordered


def said(transcript: Transcript) -> Iterator[Said]:
    """In order of time. Words meant for the machine are not what somebody told of a patient."""
    every = sentences(transcript)
    often = _often(every)
    asked: Sentence | None = None
    for sentence in every:
        if addressed(sentence.text):
            continue
        if _asks(sentence):
            asked = sentence
            continue
        yield from _allergies(sentence, asked)
        yield from _medicines(sentence, often)
        yield from _planned(sentence)
        yield from _measured(sentence)
        yield from _suffered(sentence)
        asked = None


def _asks(sentence: Sentence) -> bool:
    """Without its mark "what I'm going to do is …" looks like a question, and is none."""
    return sentence.question and not _ANNOUNCES.match(plain(sentence))


def plain(sentence: Sentence) -> str:
    return (
        sentence.said.replace(" n't", "n't").replace("gon na", "gonna").replace("wan na", "wanna")
    )


def _allergies(sentence: Sentence, asked: Sentence | None) -> Iterator[Said]:
    """Told, or answered: "Any allergies? — Penicillin"."""
    text = plain(sentence)
    cue = _ALLERGIC.search(text)
    if cue is None and not _answers_allergy(sentence, asked):
        return
    if _UNSURE.search(near(text, cue) if cue else text):
        return
    drugs = (each for each in drugs_in(text) if not _CLASS.fullmatch(each.written))
    named = {mention.written: mention.drug for mention in drugs}
    named |= {match.group(): "" for match in _ALLERGEN.finditer(text) if match.group() not in named}
    for name, drug in named.items():
        if _holds(assertion(text, name)):
            yield Said(Kind.ALLERGY, f"an allergy to {name}", sentence, drug, _literal(name))


def _answers_allergy(sentence: Sentence, asked: Sentence | None) -> bool:
    return (
        asked is not None
        and asked.utterance.id != sentence.utterance.id
        and sentence.length <= _ANSWER
        and cues.ALLERGY.search(plain(asked)) is not None
    )


def _literal(name: str) -> Concept:
    stem = re.escape(name.removesuffix("s"))
    form = re.compile(rf"\b{stem}\w*", re.IGNORECASE)
    return Concept(name, form, form)


def _often(every: tuple[Sentence, ...]) -> frozenset[str]:
    """Medicines that two sentences name, questions among them: they were talked about."""
    named = Counter(drug for each in every for drug in {m.drug for m in drugs_in(plain(each))})
    return frozenset(drug for drug, count in named.items() if count > 1)


def _medicines(sentence: Sentence, often: frozenset[str]) -> Iterator[Said]:
    text = plain(sentence)
    for mention in drugs_in(text):
        if _CLASS.fullmatch(mention.written):
            continue
        place = re.search(re.escape(mention.written), text)
        if place is None:
            continue
        sure = sentence.role is Role.PATIENT or mention.drug in often
        if kind := _taken(near(text, place), text, mention, sentence.role, sure=sure):
            yield Said(kind, mention.written, sentence, mention.drug)


def _taken(around: str, text: str, mention: Mention, role: Role, *, sure: bool) -> Kind | None:
    """Whether it is taken, or what is taken is changed: by the words around its name."""
    if _ALLERGIC.search(around) or _UNSURE.search(around):
        return None
    if role is not Role.PATIENT and _CHANGE.search(around):
        return Kind.CHANGE
    told = sure or _TAKES.search(around) or doses_in(around)
    return Kind.MEDICINE if told and _holds(assertion(text, mention.written)) else None


def _planned(sentence: Sentence) -> Iterator[Said]:
    text = plain(sentence)
    if sentence.role is Role.PATIENT and not _SURELY_ORDERS.search(text):
        return  # but a recogniser may take one speaker for the other
    for kind, table in ((Kind.TEST, TESTS), (Kind.REFERRAL, REFERRALS)):
        taken: set[int] = set()
        for concept in table:
            for match in concept.form.finditer(text):
                if taken.isdisjoint(range(*match.span())) and _ordered(text, match):
                    taken.update(range(*match.span()))
                    yield Said(kind, concept.name, sentence, concept=concept)


def _ordered(text: str, match: re.Match[str]) -> bool:
    around = near(text, match, _FORE, 0)
    return bool(
        _ORDERS.search(around)
        and _INTENDS.search(around)
        and not _UNSURE.search(around)
        and not _NOT_ORDERED.search(near(text, match, _CLOSE, 0))
        and not assertion(text, match.group(), match.start()).negated
    )


def near(text: str, match: re.Match[str], before: int = 10, after: int = 6) -> str:
    """The match with so many words on either side: unpunctuated speech says much in one."""
    left = text[: match.start()].split()[-before:]
    right = text[match.end() :].split()[:after]
    return " ".join((*left, match.group(), *right))


def _measured(sentence: Sentence) -> Iterator[Said]:
    if sentence.role is Role.PATIENT:
        return
    text = in_figures(plain(sentence))
    for name, form, low, high in _VITALS:
        for match in form.finditer(text):
            if not low <= float(match["a"]) <= high and not _UNSURE.search(near(text, match)):
                yield Said(Kind.VITAL, name, sentence, figures=match.groups())


def _suffered(sentence: Sentence) -> Iterator[Said]:
    text = plain(sentence)
    own = sentence.role is Role.PATIENT or (
        sentence.role is Role.UNKNOWN and cues.FIRST_PERSON.search(text) is not None
    )
    if not own:
        return
    for kind, table in ((Kind.RED_FLAG, RED_FLAGS), (Kind.SYMPTOM, SYMPTOMS)):
        for concept in table:
            match = concept.form.search(text)
            if match is None or _UNSURE.search(near(text, match)):
                continue
            if _holds(assertion(text, match.group(), match.start())):
                yield Said(kind, concept.name, sentence, concept=concept)


def _holds(told: Assertion) -> bool:
    """Affirmed of the patient, for now or before; doubted counts as said."""
    return (
        not told.negated
        and told.experiencer is Experiencer.PATIENT
        and told.temporality is not Temporality.HYPOTHETICAL
    )
