"""Medicines that the cited words do not name."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.drugs import drugs_in


class UnheardDrugs:
    """SERIOUS: a medicine in the note that the source does not name, brand or generic."""

    name: str = "unheard-drug"

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"“{name}” is not named in the words that are cited. {item.listen()}",
                name,
            )
            for item in drafted(rendition, draft)
            for name in _unheard(item)
        )


def _unheard(item: Examined) -> tuple[str, ...]:
    heard = {mention.drug for mention in drugs_in(item.source())}
    named = {m.drug: m.written for m in drugs_in(item.text) if m.drug not in heard}
    return tuple(named.values())
