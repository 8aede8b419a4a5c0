"""A statement in another language than the conversation's."""

from __future__ import annotations

import unicodedata
from collections import Counter

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import drafted
from attending.lines.documentation.checks.wording import talk, words

# Small words of each language that are none of another's here.
_SMALL = {
    "English": "the and of with has is was for she he they that this from not are were which have had her his "
    "patient denies reports states",
    "German": "der die das und ist nicht mit ein eine den dem von für auf sich auch wird wurde hat bei nach seit "
    "über keine patientin",
    "French": "le les des et est pas avec une dans pour qui sur du au aux depuis elle sont cette aucun ans douleur "
    "patiente",
    "Spanish": "el los las del con una para que por está desde sin muy pero dolor paciente años tiene hace fue "
    "también sus",
    "Italian": "il gli della con una per che sono è dal nel non alla anche senza dolore paziente anni riferisce",
    "Portuguese": "os das com uma para que não está desde sem muito mas dor anos tem foi também pelo paciente",
    "Dutch": "het een van met voor niet zijn heeft sinds zonder pijn patiënt bij ook naar geen wordt werd",
    "Polish": "jest nie się od dla przez oraz pacjent pacjentka bez lub ból ma",
    "Turkish": "ve bir bu için ile olan değil hasta ağrı yok var",
}
_WORDS = {language: frozenset(listed.split()) for language, listed in _SMALL.items()}
_ENOUGH = 3  # small words of a language
_LETTERS = 4  # of a script that nobody's words are written in


class OtherLanguage:
    """SERIOUS: a statement in a language, or in letters, that nobody in the conversation used."""

    name: str = "other-language"
    card: CheckCard = CheckCard(
        "Other languages",
        "whether a statement is in another language than the conversation.",
        (Severity.SERIOUS,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        items = tuple(drafted(rendition, draft))
        if not items:
            return ()
        said = talk(items[0])
        spoken, scripts = _likeliest(said)[0] or "English", _scripts(said, 1)
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"This is not in the language of the conversation ({told}). {item.listen()}",
            )
            for item in items
            if (told := _other(item.text, spoken, scripts))
        )


def _other(text: str, spoken: str, scripts: frozenset[str]) -> str:
    if strange := _scripts(text) - scripts:
        return ", ".join(sorted(script.title() for script in strange)) + " letters"
    language, count = _likeliest(text)
    return language if count >= _ENOUGH and language not in {"", spoken} else ""


def _likeliest(text: str) -> tuple[str, int]:
    """The language with the most small words, "" where two have as many."""
    said = Counter(words(text))
    found = sorted(
        ((sum(said[word] for word in small), name) for name, small in _WORDS.items()), reverse=True
    )
    (most, language), (second, _) = found[0], found[1]
    return (language, most) if most > second else ("", most)


def _scripts(text: str, enough: int = _LETTERS) -> frozenset[str]:
    names = Counter(
        unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()
    )
    plain = {"LATIN", "GREEK", "MICRO", "MASCULINE", "FEMININE", ""}
    return frozenset(name for name, count in names.items() if count >= enough and name not in plain)
