"""Each thing that must hold of an attack by words is shown to fail once it does not hold."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from attending.core.draft import Draft, Finding, Section, Text
from attending.core.line import Drafted
from attending.core.work import Purpose
from attending.lines.documentation import render
from attending.lines.documentation.addressed import addressed
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.checks.vitals import ImplausibleValues
from attending.lines.documentation.extractive import ExtractiveEngine, Quote
from attending.lines.documentation.rendition import from_json
from attending.lines.documentation.steps import DocumentationLine
from attending.loop import review
from attending.loop.intake import record_consent
from tests.attacks.words import holding
from tests.attacks.words.corpus import Attack, attacks
from tests.attacks.words.stage import Played, Stage
from tests.clinic import Clinic

pytestmark = pytest.mark.xdist_group("words")
PAGE = "<html><body>{name} {words}</body></html>"


@pytest.fixture(scope="module")
def stage(clinic: Clinic) -> Stage:
    return Stage(clinic)


@pytest.fixture(scope="module")
def baseline(stage: Stage) -> Played:
    return stage.play(None)


def attack(name: str) -> Attack:
    return next(each for each in attacks("spoken", "model") if each.id == name)


def page_of(played: Played, escape: Callable[[str], str]) -> str:
    words = " ".join(
        escape(s.text) for section in played.case.proposal().sections for s in section.statements
    )
    return PAGE.format(name=played.name, words=words)


class Obeying(ExtractiveEngine):
    """A writer that does as it is told: drops what it should hide, and plans what is asked."""

    def draft(self, rendition: bytes) -> Drafted:
        told = [u for u in from_json(rendition).utterances if addressed(u.text)]
        drafted = super().draft(rendition)
        if not told:
            return drafted
        sections = tuple(self._obeyed(section, told[0].text) for section in drafted.draft.sections)
        return replace(drafted, draft=Draft(drafted.draft.title, sections))

    def _obeyed(self, section: Section, told: str) -> Section:
        if section.key == "examination":
            return replace(section, statements=())
        if section.key != "plan":
            return section
        first = section.statements[0]
        asked = replace(first, id="plan.9", body=Text(told), evidence=())
        return replace(section, statements=(*section.statements, asked))


def line_of(stage: Stage, *missing: str) -> DocumentationLine:
    line = stage.line(None)
    line.checks = tuple(check for check in CHECKS if check.name not in missing)
    return line


def test_a_case_that_went_further(stage: Stage, clinic: Clinic) -> None:
    before = stage.counted()
    played = stage.play(attack("spoken-07"))
    by = clinic.person()
    holding.state(played)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        review.reject_case(unit, played.case.id, played.case.version, "It said so.", by)
    after = stage.told(played.attack, played.case.id, before, played.name)
    with pytest.raises(AssertionError, match="rejected"):
        holding.state(after)
    with pytest.raises(AssertionError, match="rejections"):
        holding.rows(after)


def test_a_consent_that_nobody_gave(stage: Stage, clinic: Clinic) -> None:
    before = stage.counted()
    played = stage.play(attack("spoken-22"))
    holding.rows(played)
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        record_consent(unit, played.case.patient, Purpose.TRAINING, granted=True, by=by)
    after = stage.told(played.attack, played.case.id, before, played.name)
    with pytest.raises(AssertionError, match="consents"):
        holding.rows(after)


def test_a_writer_that_obeys(stage: Stage, baseline: Played) -> None:
    asks = attack("spoken-26")
    line = line_of(
        stage,
        "missing-evidence",
        "wrong-speaker",
        "instruction",
        "unheard-drug",
        "unheard-number",
    )
    line.engine = Obeying()
    played = stage.play(asks, line)
    with pytest.raises(AssertionError, match="145 over 19"):
        holding.findings(played, baseline)
    with pytest.raises(AssertionError, match="oxycodone"):
        holding.grounds(played)
    with pytest.raises(AssertionError):
        holding.flagged(played)


class Silenced:
    """A guard that leaves out what it is told to leave out."""

    name = "implausible-value"
    card = ImplausibleValues.card

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        if any(addressed(u.text) for u in from_json(rendition).utterances):
            return ()
        return ImplausibleValues().examine(rendition, draft)


def test_a_guard_that_obeys(stage: Stage, baseline: Played) -> None:
    line = line_of(stage, "implausible-value")
    line.checks = (*line.checks, Silenced())
    played = stage.play(attack("spoken-14"), line)
    with pytest.raises(AssertionError, match="145 over 19"):
        holding.findings(played, baseline)


def test_a_guard_that_is_missing(stage: Stage) -> None:
    for name, check in (("spoken-01", "instruction"), ("spoken-31", "wrong-speaker")):
        asks = attack(name)
        holding.flagged(stage.play(asks))
        with pytest.raises(AssertionError):
            holding.flagged(stage.play(asks, line_of(stage, check)))


def test_an_instruction_in_the_note_s_own_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding.quoted(stage.play(attack("spoken-43")))
    monkeypatch.setattr(Quote, "_verbatim", lambda _self: False)
    with pytest.raises(AssertionError):
        holding.quoted(stage.play(attack("spoken-43")))


@pytest.mark.parametrize("name", ["spoken-40", "spoken-41"])
def test_markup_that_is_not_escaped(
    name: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = stage.play(attack(name))
    holding.shown(played, page_of(played, render.escaped))
    with pytest.raises(AssertionError):
        holding.shown(played, page_of(played, str))
    monkeypatch.setattr(render, "escape", str)
    with pytest.raises((AssertionError, SyntaxError)):  # ElementTree's error is a SyntaxError
        holding.shown(played, page_of(played, str))


@pytest.mark.parametrize(
    "more",
    [
        "<script></script>",
        "<p onclick='x'></p>",
        "<a href='https://collect.example/'>x</a>",
        "<form action='//collect.example'></form>",
    ],
)
def test_a_page_with_something_alive_in_it(more: str, stage: Stage, baseline: Played) -> None:
    page = page_of(baseline, render.escaped)
    holding.shown(baseline, page)
    with pytest.raises(AssertionError):
        holding.shown(baseline, page.replace("</body>", f"{more}</body>"))
    with pytest.raises(AssertionError):
        holding.shown(baseline, page.replace("145 over 19", "145 over 90"))


def test_characters_that_stay_unseen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    played = stage.play(attack("spoken-44"))
    holding.shown(played, page_of(played, render.escaped))
    monkeypatch.setattr(
        "attending.lines.documentation.steps.legible_words", lambda transcript: transcript
    )
    unclean = stage.play(attack("spoken-44"))
    with pytest.raises(AssertionError):
        holding.shown(unclean, page_of(unclean, render.escaped))


def test_words_in_a_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    played = stage.play(attack("spoken-08"))
    holding.logs(played, caplog.text)
    logging.getLogger("attending.loop").info(
        "heard %s", played.attack.text if played.attack else ""
    )
    with pytest.raises(AssertionError):
        holding.logs(played, caplog.text)


def test_a_document_with_markup_in_it() -> None:
    def attachments(html: str) -> Iterator[dict[str, Any]]:
        for kind, text in (("text/plain", "Note\n\nPlan\n- Rest.\n"), ("text/html", html)):
            data = base64.b64encode(text.encode()).decode()
            yield {"attachment": {"contentType": kind, "data": data}}

    def resource(item: str) -> dict[str, Any]:
        html = f'<div xmlns="http://www.w3.org/1999/xhtml"><ul><li>{item}</li></ul></div>'
        return {"content": list(attachments(html))}

    holding.document([resource("Rest.")], base64.b64decode)
    for item in ("<b>Rest.</b>", "Run.", "<script>1</script>Rest."):
        with pytest.raises(AssertionError):
            holding.document([resource(item)], base64.b64decode)
    with pytest.raises(AssertionError):
        holding.document([], base64.b64decode)


def test_a_finding_that_the_attack_s_words_took_away(stage: Stage, baseline: Played) -> None:
    heard = replace(baseline, case=replace(baseline.case, findings=()))
    holding.still_told(baseline, (130.0, 140.0))
    with pytest.raises(AssertionError):
        holding.still_told(heard, (130.0, 140.0))


def test_words_of_the_other_voice_in_a_plan(baseline: Played) -> None:
    """As if the attacker had spoken while the clinician's words were heard."""
    unwarned = replace(baseline, case=replace(baseline.case, findings=()))
    holding.truly_grounded(unwarned, (130.0, 140.0))
    with pytest.raises(AssertionError):
        holding.truly_grounded(unwarned, (150.0, 170.0))
