"""Words that are probably a medicine's name, misheard: "start loss artin 50 milligrams"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import WAS_SAID, drafted
from attending.lines.documentation.drugs import sounds_like, spelled_right
from attending.lines.documentation.quantities import doses_in, in_figures

# After these words a medicine is often named; only there are spellings compared.
_BEFORE = re.compile(
    r"\b(?:start|starting|started|stop|stopping|stopped|take|takes|taking|took|continue|"
    r"continuing|increase|decrease|prescribe|prescribed|side effect of)"
    r"(?: (?:the|your|my|some|a|an|you on))? (?=(?P<name>[a-z]+(?: [a-z]+){0,2}))"
)
_BEFORE_DOSE = re.compile(r"\b(?=(?P<name>[a-z]+(?: [a-z]+){0,2}) \d)")
_SHORTEST = 6  # letters of a name worth comparing
_UNUSUAL = re.compile(
    r"(?!medic|tablet|vitamin|pill|dose|it |that |this |those |them |care\b|certain\b|his |her |their |"
    r"cholesterol|sulfate|old )"
)
_JOINS = frozenset(
    {"and", "or", "the", "a", "my", "your", "to", "from", "on", "of", "which", "was"}
)
_OF_MEDICINES = frozenset({"mg", "µg", "units", "puff", "mEq"})
# An amount of these is eaten or measured, not taken: "a low sodium diet, 2000 mg".
_NO_MEDICINE = re.compile(
    r"\b(?:inhaler|salt|diet\w*|caffeine|cholesterol|triglycerides?|[hl]dl|glucose|creatinine|a1c|"
    r"sodium (?:diet|intake|restrict\w*|a day|per day|daily|level))\b",
    re.IGNORECASE,
)
_IN_BLOOD = re.compile(
    r"^\s*(?:/|per\s+)\s*(?:d\s?l|l|deciliters?|decilitres?|lit(?:er|re)s?)\b", re.IGNORECASE
)


class MisheardDrugs:
    """SERIOUS: words spelled much like a medicine where one is due, or a dose without one."""

    name: str = "misheard-drug"
    card: CheckCard = CheckCard(
        "Misheard medicines",
        "whether words that make no sense are a medicine's name that was misheard.",
        (Severity.SERIOUS,),
        asks=WAS_SAID,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        items = list(drafted(rendition, draft))
        before = ("", *(item.text for item in items))
        return tuple(
            item.finding(self.name, Severity.SERIOUS, f"{doubt[0]} {item.listen()}", doubt[1])
            for item, said in zip(items, before, strict=False)
            if (doubt := _doubt(item.text, said))
        )


def _doubt(text: str, before: str) -> tuple[str, str] | None:
    """What to tell the clinician, and the words that it is about. before: what stands above."""
    alike = dict(_alike(text))
    if alike:
        heard = ", ".join(f"“{words}” (was {drug} said?)" for words, drug in alike.items())
        return f"The recogniser may have misheard a medicine: {heard}.", next(iter(alike))
    doses = list(_doses(text))
    if not doses or spelled_right(text) or spelled_right(before):
        return None
    stated = f"A dose of “{doses[0]}” is stated, but no medicine that we know is named with it."
    return f"{stated} The name may be misheard, or stand in another statement.", doses[0]


def _doses(text: str) -> Iterator[str]:
    """Amounts as medicines have them, as written."""
    if _NO_MEDICINE.search(text):
        return
    figures = in_figures(text).replace(",", "")
    for dose in doses_in(text):
        after = figures[figures.index(dose.written) + len(dose.written) :]
        if dose.unit in _OF_MEDICINES and not _IN_BLOOD.match(after):
            yield dose.written


def _alike(text: str) -> Iterator[tuple[str, str]]:
    """What is spelled like a medicine, after a verb that takes one or before an amount."""
    spoken = re.sub(r"[^\w ]", "", text.lower())
    dosed = _BEFORE_DOSE.finditer(spoken) if doses_in(text) else ()
    for match in (*_BEFORE.finditer(spoken), *dosed):
        if spelled_right(match["name"]) or not _UNUSUAL.match(match["name"]):
            continue
        words = match["name"].split()
        ends = (n for n in range(len(words), 0, -1) if not {words[0], words[n - 1]} & _JOINS)
        windows = (" ".join(words[:length]) for length in ends)
        likely = ((w, drug) for w in windows if len(w) >= _SHORTEST and (drug := sounds_like(w)))
        yield from list(likely)[:1]
