"""The transcript beside the draft: who said what, when, and what was made of it.

Reading order: fate (what became of each passage), telling (what a passage names that a
note might miss), turns and player (the markup). ``panel.ts`` makes it play.
"""

from __future__ import annotations

from pathlib import Path

from attending.core.case import Case
from attending.lines.documentation.panel.fate import turns_of
from attending.lines.documentation.panel.player import filters, player
from attending.lines.documentation.panel.turns import markup
from attending.lines.documentation.rendition import from_json

__all__ = ["TranscriptPanel"]


class TranscriptPanel:
    """An HTML fragment: a player, a filter, and a list of turns, each an anchor (``id="u12"``).

    No script and no style in it; every text escaped, and what cannot be seen is named.
    """

    assets: Path | None = Path(__file__).parent / "static"

    def html(self, rendition: bytes, case: Case, recording: str) -> str:
        """``recording``: the address of the sound. Raises EngineFailed if there is no transcript."""
        transcript = from_json(rendition)
        turns = turns_of(transcript, case)
        sound = player(recording, transcript.duration)
        if not turns:
            said = '<p class="transcript-empty">No speech was found in this recording.</p>'
            return f"<transcript-panel>{sound}{said}</transcript-panel>"
        listed = "".join(map(markup, turns))
        return (
            f"<transcript-panel>{sound}{filters(turns)}"
            f'<ol class="transcript" aria-label="What was said" aria-describedby="keys-said">{listed}</ol></transcript-panel>'
        )
