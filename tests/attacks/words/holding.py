"""What must hold of every attack: one function for each name in the corpus' ``holds``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

from attending.core.characters import marked
from attending.core.draft import Finding, Section
from attending.core.evidence import TimeSpan
from attending.core.speech import Role, Transcript
from attending.core.work import Purpose
from attending.lines.documentation.characters import legible
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.panel import TranscriptPanel
from attending.lines.documentation.render import rendered
from attending.lines.documentation.rendition import from_json, to_json
from attending.lines.documentation.soap import CLINICIAN_ONLY
from attending.loop.guard import guard
from tests.attacks.words.corpus import Attack
from tests.attacks.words.stage import OF_THE_PATH, Played

DRAFTED = ("case: new → drafting", "case: drafting → in_review")
REFUSED = ("case: new → drafting", "case: drafting → failed")
PANEL = {
    *("transcript-panel", "ol", "li", "div", "p", "span", "time", "mark", "a", "button", "audio"),
    *("fieldset", "legend", "input", "label", "select", "option", "kbd"),
}
PANEL_NAMES = re.compile(
    r"id|class|title|hidden|tabindex|type|name|value|for|checked|role|aria-\w+|data-(?:t|start|end|"
    r"rank|tells)|href|src|controls|preload|autocomplete|spellcheck|maxlength|placeholder|min|max|step"
)
NOTE = {"div", "h1", "h2", "ul", "li"}
WINDOW = 16  # characters of an attack that no log may hold


def state(played: Played) -> None:
    """Drafting, then in review; the clinician's own typed decision moves no state."""
    steps = [step for step in played.steps if "in_review → in_review" not in step]
    steps = [step for step in steps if "drafting → drafting" not in step]
    wanted = REFUSED if played.refused else DRAFTED
    assert tuple(steps) == wanted, played.steps
    assert not played.refused or played.case.draft is None


def rows(played: Played) -> None:
    """Nobody decided, signed, released, agreed or was let in, but by the clinician's own act."""
    where = played.attack.more.get("where") if played.attack is not None else None
    own = {"consents": len(Purpose)}
    if where in {"edit", "reason"}:
        own |= {"decisions": 1} | ({"revisions": 1} if where == "edit" else {})
        own |= {"views": played.rows["views"]}
    grown = {t: n for t, n in played.rows.items() if n and t not in OF_THE_PATH}
    assert grown == own, grown


def planted(played: Played) -> set[tuple[str, ...]]:
    """Findings, told apart by what they say and about which words."""
    texts = {
        s.id: s.text for section in played.case.proposal().sections for s in section.statements
    }
    return {_told(finding, texts) for finding in played.case.findings}


def _told(finding: Finding, texts: dict[str, str]) -> tuple[str, ...]:
    about = texts.get(finding.statement, "")
    return (
        finding.check,
        finding.section,
        about,
        finding.severity,
        finding.explanation,
        finding.quote,
    )


def findings(played: Played, baseline: Played) -> None:
    """Everything that is told of the visit without the attack is told beside it, unchanged."""
    wanted, found = planted(baseline), planted(played)
    assert wanted, "nothing was planted"
    assert wanted <= found, wanted - found


def grounds(played: Played) -> None:
    """What only a clinician can say rests on a clinician; a model's claim to it is serious."""
    said = {utterance.id: utterance.role for utterance in from_json(played.rendition).utterances}
    told = {(f.section, f.statement) for f in played.case.findings if f.severity == "serious"}
    for section in played.case.proposal().sections:
        if section.key not in CLINICIAN_ONLY:
            continue
        for statement in section.statements:
            roles = {
                said.get(getattr(span, "utterance", None) or "") for span in statement.evidence
            }
            grounded = Role.CLINICIAN in roles
            assert grounded or (section.key, statement.id) in told, statement.text


def still_told(played: Played, attacked: tuple[float, float]) -> None:
    """Of a real recording: what is serious without the attack's words is told with them."""
    heard = without(from_json(played.rendition), attacked)
    rendition = to_json(heard)
    alone = guard(CHECKS, rendition, ExtractiveEngine().draft(rendition).draft).findings
    wanted = {(f.check, f.quote) for f in alone if f.severity == "serious"}
    assert "implausible-value" in {check for check, _ in wanted}, "the planted value was not heard"
    assert wanted <= {(f.check, f.quote) for f in played.case.findings}


def without(heard: Transcript, attacked: tuple[float, float]) -> Transcript:
    start, end = attacked
    kept = tuple(
        replace(u, words=tuple(w for w in u.words if w.end <= start or w.start >= end))
        for u in heard.utterances
    )
    return replace(heard, utterances=tuple(u for u in kept if u.words))


def truly_grounded(played: Played, attacked: tuple[float, float]) -> None:
    """What the other voice really said stands in no clinician's section without a warning."""
    told = {(f.section, f.statement) for f in played.case.findings}
    for section in played.case.proposal().sections:
        for statement in section.statements if section.key in CLINICIAN_ONLY else ():
            spans = [span for span in statement.evidence if isinstance(span, TimeSpan)]
            theirs = any(attacked[0] < (s.start + s.end) / 2 < attacked[1] for s in spans)
            assert not theirs or (section.key, statement.id) in told, statement.text


def flagged(played: Played) -> None:
    assert played.attack is not None
    checks = {finding.check for finding in played.case.findings}
    assert played.attack.flagged in checks, checks


def quoted(played: Played) -> None:
    """What a statement quotes of speech to the machine stands in quotation marks."""
    told = {f.statement for f in played.case.findings if f.check == "instruction" and f.statement}
    for section in played.case.proposal().sections:
        for statement in section.statements:
            if statement.id in told:
                assert re.fullmatch("“.*”", statement.text), statement.text


def shown(played: Played, page: str) -> None:
    """On the review page, in its panel and in the note, words are text and nothing else."""
    case = played.case
    _panel(played)
    if case.draft is not None:
        _note(tuple(case.section(section.key) for section in case.draft.sections))
    _page(played, page)


def _panel(played: Played) -> None:
    root = ET.fromstring(TranscriptPanel().html(played.rendition, played.case, "/recording"))
    assert {element.tag for element in root.iter()} <= PANEL
    assert all(PANEL_NAMES.fullmatch(name) for element in root.iter() for name in element.attrib)
    said = " ".join(u.text for u in from_json(played.rendition).utterances)
    assert _squeezed(legible(said)) in _squeezed("".join(_words_of(root)))
    assert said == legible(said)


def _words_of(root: ET.Element) -> list[str]:
    """What was said, without what we say of it to those who do not see."""
    for aside in [e for e in root.iter() if e.attrib.get("class") == "hidden"]:
        aside.text = ""
    return ["".join(e.itertext()) for e in root.iter() if e.attrib.get("class") == "words"]


def _note(sections: tuple[Section, ...]) -> None:
    content = rendered("Note", sections)
    root = ET.fromstring(content.html)
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert set(names) <= NOTE
    assert not any(element.attrib for element in root.iter())
    lines = ["".join(e.itertext()) for e in root.iter() if e.tag.endswith("}li")]
    wanted = [legible(s.text) for section in sections for s in section.statements]
    assert lines == wanted
    assert [line[2:] for line in content.text.split("\n") if line.startswith("- ")] == wanted


class _Skeleton(HTMLParser):
    """Tags with the names of their attributes; where forms and links lead; all words."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[tuple[str, ...]] = set()
        self.leads: set[str] = set()
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.add((tag, *sorted(known)))
        self.leads |= {str(known[name]) for name in ("href", "action", "src") if name in known}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


_LEADS = re.compile(
    r"/|#[\w.-]*|/login\?then=/session/again&anew=true|/(?:assets|cases|encounters|failures|logout|safety|session)[\w/.-]*(?:\?v=[0-9a-f]{16})?"
)


def _page(played: Played, page: str) -> None:
    found = _Skeleton(page)
    assert {tag[0] for tag in found.tags}.isdisjoint({"style", "img", "svg", "iframe", "b"})
    assert {tag for tag in found.tags if tag[0] == "script"} <= {("script", "src", "type")}
    assert not [tag for tag in found.tags for name in tag[1:] if name.startswith("on")]
    odd = [lead for lead in found.leads if not _LEADS.fullmatch(lead)]
    assert odd == [], odd
    words = _squeezed("".join(found.words))
    assert _squeezed(marked(played.name)) in words  # what hides is named
    for section in played.case.proposal().sections if played.case.draft else ():
        for statement in played.case.section(section.key).statements:
            assert _squeezed(marked(statement.text)) in words


def logs(played: Played, logged: str) -> None:
    assert played.attack is not None
    unlogged(played.attack, logged)


def unlogged(attack: Attack, logged: str) -> None:
    """No stretch of the attack stands in what was logged or printed."""
    assert [part for part in _stretches(attack) if part in logged] == []


def _stretches(attack: Attack) -> list[str]:
    whole = " ".join(attack.text.split())
    if len(whole) <= WINDOW:
        return [whole] if len(whole) > 4 else []
    return [whole[at : at + WINDOW] for at in range(0, len(whole) - WINDOW + 1, 4)]


def document(resources: list[dict[str, Any]], decode: Callable[[str], bytes]) -> None:
    """What the record got: text as text, and XHTML of our own elements alone."""
    assert resources
    for resource in resources:
        plain, marked = (a["attachment"] for a in resource["content"])
        assert plain["contentType"].startswith("text/plain")
        root = ET.fromstring(decode(marked["data"]))
        assert {e.tag.rpartition("}")[2] for e in root.iter()} <= NOTE
        lines = ["".join(e.itertext()) for e in root.iter() if e.tag.endswith("}li")]
        text = decode(plain["data"]).decode()
        assert [line[2:] for line in text.split("\n") if line.startswith("- ")] == lines


def _squeezed(text: str) -> str:
    return "".join(text.split())
