"""What stands above the turns: the recording, a search, and which passages are shown."""

from __future__ import annotations

from html import escape

from attending.lines.documentation.hearing import clock
from attending.lines.documentation.panel.fate import Turn

_KEYS = (
    "<kbd>↑</kbd> <kbd>↓</kbd> turn, <kbd>Enter</kbd> plays it, <kbd>Space</kbd> pauses, "
    "<kbd>B</kbd> goes back 3 s, <kbd>[</kbd> <kbd>]</kbd> speed"
)
_SPEEDS = (1, 1.25, 1.5, 2)


def player(recording: str, duration: float) -> str:
    """Without script the browser's own controls; with it ours, which ``panel.ts`` shows."""
    speeds = "".join(f'<option value="{speed}">{speed}×</option>' for speed in _SPEEDS)
    return (
        f'<div class="player"><audio controls="" preload="none" src="{escape(recording)}"></audio>'
        '<div class="controls" role="group" aria-label="Recording" hidden="">'
        '<button type="button" class="play primary">Play</button>'
        '<button type="button" class="back">Back 3 s</button>'
        '<label for="speed" class="hidden">Speed</label>'
        f'<select id="speed" name="speed" autocomplete="off">{speeds}</select>'
        '<label for="position" class="hidden">Position in the recording</label>'
        '<input id="position" name="position" type="range" min="0" step="0.1" value="0" '
        f'max="{max(duration, 0):.1f}" autocomplete="off"/>'
        f'<span class="clock"><span class="at">0:00</span> / {clock(duration)}</span>'
        '<span class="switch"><input id="play-on-hover" name="hover" type="checkbox" '
        'autocomplete="off"/><label for="play-on-hover">Play on hover</label></span></div>'
        '<p class="trouble" role="status"></p></div>'
    )


def filters(turns: tuple[Turn, ...]) -> str:
    """The style sheet hides what was not asked for, so this works without script, too."""
    passages = sum(len(turn.passages) for turn in turns)
    unused = sum(len(turn.unused) for turn in turns)
    counts = (("all", "All", passages), ("used", "Used", passages - unused))
    choices = "".join(_choice(*each) for each in (*counts, ("unused", "Unused", unused)))
    return (
        f'<fieldset class="shown"><legend class="hidden">Show of what was said</legend>{choices}'
        '</fieldset><div class="search" role="search" hidden="">'
        '<label for="search-said" class="hidden">Search what was said</label>'
        '<input id="search-said" name="search" type="search" placeholder="Search what was said" '
        'autocomplete="off" spellcheck="false" maxlength="200"/>'
        '<span class="matches small" role="status"></span></div>'
        f'<p class="keys" id="keys-said">{_KEYS}</p>'
    )


def _choice(value: str, title: str, count: int) -> str:
    checked = ' checked="checked"' if value == "all" else ""
    return (
        f'<span class="choice"><input type="radio" name="shown" id="shown-{value}" '
        f'value="{value}" autocomplete="off"{checked}/><label for="shown-{value}">{title} '
        f'<span class="count">{count}</span></label></span>'
    )
