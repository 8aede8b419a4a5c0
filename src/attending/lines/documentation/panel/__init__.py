"""The transcript beside the draft: who said what, when, and which words were hardly heard."""

from __future__ import annotations

from pathlib import Path

from attending.core.case import Case
from attending.core.speech import Role, Utterance, Word
from attending.lines.documentation.render import escaped
from attending.lines.documentation.rendition import from_json

UNSURE = 0.5  # confidence below which a word is marked

_WHO = {Role.CLINICIAN: "Clinician", Role.PATIENT: "Patient", Role.UNKNOWN: "Speaker"}


class TranscriptPanel:
    """An HTML fragment: a list of utterances, each an anchor (``id="u12"``) to link to.

    ``data-start`` and ``data-end`` are seconds in the recording. A word below ``UNSURE``
    stands in <mark>, its confidence in the title. No script and no style; all escaped.
    """

    assets: Path | None = Path(__file__).parent / "static"

    def html(self, rendition: bytes, case: Case) -> str:  # noqa: ARG002 - the port's signature
        """Raises EngineFailed if the rendition is no transcript."""
        utterances = [u for u in from_json(rendition).utterances if u.words]
        if not utterances:
            return '<p class="transcript-empty">No speech was found in this recording.</p>'
        rows = "".join(_row(utterance) for utterance in utterances)
        return f'<ol class="transcript">{rows}</ol>'


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 83.2 is "1:23"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def _row(utterance: Utterance) -> str:
    words = " ".join(_word(word) for word in utterance.words)
    return (
        f'<li id="{escaped(utterance.id)}" class="utterance {utterance.role.value}" '
        f'data-start="{utterance.start:.2f}" data-end="{utterance.end:.2f}">'
        f"<time>{clock(utterance.start)}</time> "
        f'<span class="speaker">{_speaker(utterance)}</span> '
        f'<span class="words">{words}</span></li>'
    )


def _speaker(utterance: Utterance) -> str:
    who = _WHO[utterance.role]
    return f"{who} {escaped(utterance.speaker)}" if utterance.role is Role.UNKNOWN else who


def _word(word: Word) -> str:
    if word.confidence >= UNSURE:
        return escaped(word.text)
    return f'<mark title="heard with {word.confidence:.0%} confidence">{escaped(word.text)}</mark>'
