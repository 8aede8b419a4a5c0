"""Words that are probably a medicine's name, misheard: "start loss artin 50 milligrams"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.drugs import drugs_in, sounds_like
from attending.lines.documentation.quantities import doses_in

# After these words a medicine is often named; only there are spellings compared.
_BEFORE = re.compile(
    r"\b(?:start|starting|started|stop|stopping|stopped|take|takes|taking|took|continue|"
    r"continuing|increase|decrease|prescribe|prescribed|side effect of)"
    r"(?: (?:the|your|my|some|a|an|you on))? (?=(?P<name>[a-z]+(?: [a-z]+){0,2}))"
)
_BEFORE_DOSE = re.compile(r"\b(?=(?P<name>[a-z]+(?: [a-z]+){0,2}) \d)")
_SHORTEST = 6  # letters of a name worth comparing
_UNUSUAL = re.compile(r"(?!medic|tablet|vitamin|pill|dose|it |that |this |those |them )")
_OF_MEDICINES = frozenset({"mg", "µg", "units", "puff", "mEq"})


class MisheardDrugs:
    """SERIOUS: words spelled much like a medicine where one is due, or a dose without one."""

    name: str = "misheard-drug"
    card: CheckCard = CheckCard(
        "Misheard medicines",
        "whether words that make no sense are a medicine's name that was misheard.",
        (Severity.SERIOUS,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(self.name, Severity.SERIOUS, f"{doubt[0]} {item.listen()}", doubt[1])
            for item in drafted(rendition, draft)
            if (doubt := _doubt(item))
        )


def _doubt(item: Examined) -> tuple[str, str] | None:
    """What to tell the clinician, and the words that it is about."""
    alike = dict(_alike(item.text))
    if alike:
        heard = ", ".join(f"“{words}” (was {drug} said?)" for words, drug in alike.items())
        return f"The recogniser may have misheard a medicine: {heard}.", next(iter(alike))
    doses = [dose.written for dose in doses_in(item.text) if dose.unit in _OF_MEDICINES]
    if not doses or drugs_in(item.text):
        return None
    stated = f"A dose of “{doses[0]}” is stated, but no medicine that we know is named with it."
    return f"{stated} The name may be misheard, or stand in another statement.", doses[0]


def _alike(text: str) -> Iterator[tuple[str, str]]:
    """What is spelled like a medicine, after a verb that takes one or before an amount."""
    spoken = re.sub(r"[^\w ]", "", text.lower())
    dosed = _BEFORE_DOSE.finditer(spoken) if doses_in(text) else ()
    for match in (*_BEFORE.finditer(spoken), *dosed):
        if drugs_in(match["name"]) or not _UNUSUAL.match(match["name"]):
            continue
        words = match["name"].split()
        windows = (" ".join(words[:length]) for length in range(len(words), 0, -1))
        likely = ((w, drug) for w in windows if len(w) >= _SHORTEST and (drug := sounds_like(w)))
        yield from list(likely)[:1]
