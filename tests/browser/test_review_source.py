"""The source beside the note, in a real browser: shown, heard, searched, by mouse and by keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Browser, Page, expect

from attending.core.ids import CaseId
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.loop.intake import Upload
from tests.browser.axe import violations
from tests.browser.conftest import VisitAs, Watched, log_in
from tests.browser.ward import SAMPLE, Ward
from tests.lines.documentation.spoken import consultation, transcript

EVIDENCE, FOUND = "attending-evidence", "attending-found"
_HIGHLIGHTED = """name => [...(CSS.highlights.get(name) ?? [])].map(range => {
  const copy = range.cloneContents();
  copy.querySelectorAll('.hidden').forEach(each => each.remove());
  return copy.textContent.replace(/\\s+/g, ' ').trim();
})"""


@pytest.fixture(scope="module")
def case(ward: Ward) -> CaseId:
    """A consultation of which some words were hardly heard, and some matter to no section."""
    told = consultation("consultation.json")
    extra = transcript((Role.PATIENT, "I parked on level 3 by the way."), (Role.PATIENT, "Bye."))
    utterances = [*told.utterances]
    for more in extra.utterances:
        words = tuple(
            replace(w, start=w.start + told.duration, end=w.end + told.duration) for w in more.words
        )
        utterances.append(Utterance(f"u{len(utterances) + 1}", "S-patient", more.role, words))
    doubted = tuple(replace(u, words=_doubted(u.words)) for u in utterances)
    return ward.in_review(Transcript(doubted, told.duration + extra.duration))


def _doubted(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Every seventh was hardly heard."""
    return tuple(replace(w, confidence=0.31) if n % 7 == 6 else w for n, w in enumerate(words))


@pytest.fixture
def review(page: Page, ward: Ward, case: CaseId) -> Page:
    page.goto(f"{ward.url}/cases/{case}")
    expect(page.locator(".controls")).to_be_visible()
    return page


def highlighted(page: Page, name: str = EVIDENCE) -> list[str]:
    found: list[str] = page.evaluate(_HIGHLIGHTED, name)
    return found


def shows(page: Page, words: str) -> None:
    """These words are marked as evidence, and no others."""
    page.wait_for_function(
        f"words => ({_HIGHLIGHTED})('{EVIDENCE}').join(' ') === words", arg=words
    )


def quoted(statement: Any) -> str:
    """What its evidence quotes, one after the other."""
    return " ".join(
        each.split("“", 1)[1].rstrip().removesuffix("”")
        for each in statement.locator("a.evidence").all_inner_texts()
    )


def sound(page: Page, what: str) -> Any:
    return page.evaluate(f"document.querySelector('audio').{what}")


def plays_from(page: Page, start: float, end: float) -> None:
    page.wait_for_function(
        """([start, end]) => { const a = document.querySelector('audio');
            return !a.paused && a.currentTime >= start && a.currentTime <= end; }""",
        arg=[start, end],
    )


def stops(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('audio').paused")


def test_a_statement_under_the_pointer_shows_its_words(review: Page) -> None:
    statement = review.locator("[data-evidence]").nth(2)
    statement.hover()
    shows(review, quoted(statement))
    assert sound(review, "paused"), "to hover plays nothing"


def test_focus_marks_at_once_and_the_pointer_gives_it_back(review: Page) -> None:
    focused, other = (review.locator("[data-evidence]").nth(n) for n in (1, 4))
    focused.locator("a.evidence").first.focus()
    assert " ".join(highlighted(review)) == quoted(focused), "no dwell"
    other.hover()
    shows(review, quoted(other))
    review.mouse.move(2, 2)
    shows(review, quoted(focused))


def test_a_chip_plays_its_second(review: Page) -> None:
    chip = review.locator("a.evidence").nth(3)
    [span] = chip.evaluate("e => JSON.parse(e.dataset.span)")
    chip.click()
    plays_from(review, span["start"] - 0.3, span["end"] + 1)
    expect(review.get_by_role("button", name="Pause")).to_be_visible()
    stops(review)
    assert span["end"] <= sound(review, "currentTime") <= span["end"] + 1
    expect(review.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert "#" not in review.url, "the page did not jump"


def test_part_of_a_passage_is_marked_to_the_word(review: Page) -> None:
    """The second and third word, by the times at which they were said."""
    first = review.locator(".utterance .said").first
    words = first.inner_text().split()
    review.evaluate(
        """() => document.querySelector('#source-panel').dispatchEvent(
          new CustomEvent('attending:evidence', {detail: {play: false, why: 'focus', spans: [
            {kind: 'time', start: 0.4, end: 1.1, anchor: 'u1', channel: 'audio'},
            {kind: 'time', start: 1.6, end: 1.9, anchor: 'u1', channel: 'heart_rate'}]}}))"""
    )
    assert highlighted(review) == [" ".join(words[1:3])]


def test_a_key_plays_and_pauses_the_focused_statement(review: Page) -> None:
    statement = review.locator("[data-evidence]").nth(5)
    spans = statement.evaluate("e => JSON.parse(e.dataset.evidence)")
    statement.locator("a.evidence").first.focus()
    review.keyboard.press("p")
    plays_from(review, spans[0]["start"] - 0.3, spans[0]["end"] + 1)
    review.keyboard.press("p")
    stops(review)
    assert sound(review, "currentTime") < spans[-1]["end"]


def test_what_is_typed_plays_nothing(review: Page) -> None:
    review.locator("#search-said").press_sequentially("pp")
    assert sound(review, "paused")
    expect(review.locator("#search-said")).to_have_value("pp")


def test_play_on_hover_is_a_choice_for_this_page(review: Page) -> None:
    switch = review.get_by_label("Play on hover")
    expect(switch).not_to_be_checked()
    switch.check()
    statement = review.locator("[data-evidence]").first
    [span] = statement.evaluate("e => JSON.parse(e.dataset.evidence)")
    statement.hover()
    plays_from(review, span["start"] - 0.3, span["end"] + 1)
    review.mouse.move(2, 2)
    stops(review)
    review.reload()
    expect(switch).not_to_be_checked()


def test_the_player_has_its_controls(review: Page) -> None:
    utterance = review.locator(".utterance").nth(3)
    start = float(utterance.get_attribute("data-start") or "")
    utterance.locator(".when").click()
    plays_from(review, start - 0.3, start + 1)
    review.get_by_label("Speed").select_option("2")
    assert sound(review, "playbackRate") == 2
    review.get_by_role("button", name="Pause").click()
    at = sound(review, "currentTime")
    review.get_by_role("button", name="Back 3 s").click()
    assert sound(review, "currentTime") == pytest.approx(max(0, at - 3), abs=0.2)
    review.get_by_label("Position in the recording").fill("40")
    assert sound(review, "currentTime") == pytest.approx(40, abs=0.2)
    expect(review.locator(".at")).to_have_text("0:40")
    expect(review.get_by_label("Position in the recording")).to_have_attribute(
        "aria-valuetext", "0:40"
    )


def test_only_stretches_of_the_recording_are_asked_for(review: Page) -> None:
    with review.expect_response("**/recording") as asked:
        review.locator("a.evidence").nth(3).click()
    assert asked.value.status == 206
    assert asked.value.headers["content-type"] == "audio/ogg"
    assert asked.value.headers["cache-control"] == "no-store"


def test_an_utterance_shows_what_was_made_of_it(review: Page) -> None:
    statement = review.locator("[data-evidence]").first
    [span] = statement.evaluate("e => JSON.parse(e.dataset.evidence)")
    utterance = review.locator(f"[id='{span['anchor']}']")
    utterance.focus()
    made = review.locator(".made-of-it")
    expect(made).not_to_have_count(0)
    ids = made.evaluate_all("all => all.map(each => '#' + each.id)")
    assert "#" + str(statement.get_attribute("id")) in ids
    linked = utterance.locator(".fate a").evaluate_all(
        "all => all.map(e => e.getAttribute('href'))"
    )
    assert linked
    assert set(linked) <= set(ids)
    unused = review.locator(".utterance.unused").first
    unused.focus()
    expect(made).to_have_count(0)
    utterance.hover()
    expect(made).not_to_have_count(0)


def test_what_was_made_is_a_step_away(review: Page) -> None:
    link = review.locator(".utterance .fate a").last
    target = str(link.get_attribute("href"))[1:]
    link.click()
    statement = review.locator(f"[id='{target}']")
    expect(statement).to_be_focused()
    expect(statement).to_be_in_viewport()
    assert highlighted(review) == [quoted(statement)] or " ".join(highlighted(review)) == quoted(
        statement
    )


def test_what_was_said_and_not_written(review: Page) -> None:
    counts = [int(each) for each in review.locator(".shown .count").all_inner_texts()]
    every, used, unused = counts
    assert used + unused == every
    assert unused > 0
    review.get_by_role("radio", name="Unused").check()
    shown = review.locator(".utterance:visible")
    classes = shown.evaluate_all("all => all.map(each => each.className)")
    assert not [each for each in classes if "used" in each.split()]
    ranks = shown.evaluate_all("all => all.map(each => Number(each.dataset.rank))")
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > 0
    assert "Not in the note:" in shown.first.inner_text()
    passages = shown.locator(".said.unused").count()
    assert passages == unused
    review.get_by_role("radio", name="Used", exact=False).first.check()
    assert review.locator(".utterance:visible .said.used").count() == used
    review.get_by_role("radio", name="All").check()
    starts = review.locator(".utterance:visible").evaluate_all(
        "all => all.map(each => Number(each.dataset.start))"
    )
    assert starts == sorted(starts)


def test_a_search_finds_what_was_said(review: Page) -> None:
    field = review.get_by_label("Search what was said")
    field.fill("you")
    found = highlighted(review, FOUND)
    assert len(found) > 2
    assert {each.lower() for each in found} == {"you"}
    expect(review.locator(".matches")).to_have_text(f"{len(found)} found")
    field.press("Enter")
    expect(review.locator(".matches")).to_have_text(f"1 of {len(found)}")
    field.press("Shift+Enter")
    expect(review.locator(".matches")).to_have_text(f"{len(found)} of {len(found)}")
    field.fill("zebra")
    expect(review.locator(".matches")).to_have_text("Not said")
    assert highlighted(review, FOUND) == []


def test_the_keys_walk_the_turns(review: Page) -> None:
    first = review.locator(".utterance").first
    first.focus()
    review.keyboard.press("ArrowDown")
    second = review.locator(".utterance").nth(1)
    expect(second).to_be_focused()
    expect(review.locator(".keys")).to_be_visible()
    expect(review.locator(".transcript > [tabindex='0']")).to_have_count(1)
    review.keyboard.press("Enter")
    start = float(second.get_attribute("data-start") or "")
    plays_from(review, start - 0.3, start + 1)
    review.keyboard.press("Space")
    stops(review)
    review.keyboard.press("]")
    expect(review.get_by_label("Speed")).to_have_value("1.25")
    review.keyboard.press("End")
    expect(review.locator(".utterance").last).to_be_focused()
    expect(review.locator(".utterance").last).to_be_in_viewport()


def test_words_hardly_heard_are_told_to_every_sense(review: Page) -> None:
    unsure = review.locator(".unsure")
    expect(unsure).not_to_have_count(0)
    first = unsure.first
    assert first.evaluate("e => getComputedStyle(e).textDecorationStyle") == "dotted"
    expect(first).to_have_attribute("title", "heard with low confidence (31%)")
    expect(first).to_contain_text("(heard with low confidence)")


_FATES = """() => [...document.querySelectorAll('.utterance')].map(each => [
  each.id, each.className.replace(/ ?(now|marked)/g, ''), each.dataset.rank,
  each.querySelector('.fate')?.textContent ?? '',
  [...each.querySelectorAll('.fate a')].map(a => a.hash).join(),
  [...each.querySelectorAll('.said')].map(s => s.className).join(),
]).concat([[...document.querySelectorAll('.count')].map(each => each.textContent)])"""
_SWAPPED = "() => { document.dispatchEvent(new CustomEvent('htmx:after:swap')) }"


def test_what_a_changed_note_uses_is_told_as_the_server_tells_it(review: Page) -> None:
    """Without a change nothing changes; without a statement its words are unused."""
    told = review.evaluate(_FATES)
    review.evaluate(_SWAPPED)
    assert review.evaluate(_FATES) == told
    review.evaluate("() => document.querySelector('[data-evidence]').remove()")
    review.evaluate(_SWAPPED)
    assert review.evaluate(_FATES) != told
    before, after = int(told[-1][2]), int(review.locator(".count").last.inner_text())
    assert after == before + 1


def test_a_hidden_turn_comes_back_when_a_statement_asks_for_it(review: Page) -> None:
    review.get_by_role("radio", name="Unused").check()
    chip = review.locator("a.evidence").first
    [span] = chip.evaluate("e => JSON.parse(e.dataset.span)")
    utterance = review.locator(f"[id='{span['anchor']}']")
    expect(utterance).to_be_hidden()
    chip.click()
    expect(utterance).to_be_visible()
    expect(utterance).to_be_in_viewport()


def test_the_list_is_not_taken_from_under_a_reader(review: Page) -> None:
    review.emulate_media(reduced_motion="reduce")  # whatever scrolls does so at once
    listed = review.locator("ol.transcript")
    listed.hover()
    review.mouse.wheel(0, 10_000)
    review.wait_for_function("() => document.querySelector('ol.transcript').scrollTop > 50")
    at = listed.evaluate("e => e.scrollTop")
    review.locator("[data-evidence] a.evidence").first.focus()
    expect(review.locator(".marked")).not_to_have_count(0)
    assert listed.evaluate("e => e.scrollTop") == at
    page_at = review.evaluate("scrollY")
    review.keyboard.press("p")
    review.wait_for_function(f"() => document.querySelector('ol.transcript').scrollTop < {at}")
    assert review.evaluate("scrollY") == page_at, "the note stays where it is"


def test_a_recording_that_does_not_play_is_said_so(
    visit_as: VisitAs, ward: Ward, watched: Watched
) -> None:
    """What is no sound at all, and what no longer comes."""
    watched.allowed += ["404", "Failed to load"]
    unplayable = _in_review(ward, b"no sound" * 1000, "audio/aac")
    page = visit_as()
    page.goto(f"{ward.url}/cases/{unplayable}")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".trouble")).to_have_text(
        "This browser cannot play a recording of this kind."
    )
    page.route("**/recording", lambda route: route.fulfill(status=404))
    page.reload()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".trouble")).to_contain_text("The recording does not come.")


def _in_review(ward: Ward, content: bytes, kind: str) -> CaseId:
    """Of a recording of this kind."""
    clinic, by = ward.clinic, ward.clinic.person()
    encounter = clinic.encounter()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload = Upload.begin(
            clinic.parts("web"), unit, encounter, "documentation", kind, (), 1 << 24
        )
    upload.write(content)
    upload.finish()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        source, head = upload.enter(unit, by)
    return ward.drafted(source, head, consultation("consultation.json"))


def test_on_a_narrow_screen_the_source_is_a_sheet(
    visit_as: VisitAs, ward: Ward, case: CaseId
) -> None:
    page = visit_as(viewport={"width": 390, "height": 800})
    page.goto(f"{ward.url}/cases/{case}")
    source = page.locator("#source-panel")
    expect(source).to_be_hidden()
    chip = page.locator("a.evidence").nth(2)
    chip.focus()
    expect(source).to_be_hidden()
    page.keyboard.press("Enter")
    expect(source).to_be_in_viewport()
    [span] = chip.evaluate("e => JSON.parse(e.dataset.span)")
    expect(page.locator(f"[id='{span['anchor']}']")).to_be_in_viewport()
    plays_from(page, span["start"] - 0.3, span["end"] + 1)
    expect(page.get_by_role("button", name="Back to the note")).to_be_focused()
    page.keyboard.press("Enter")
    expect(source).to_be_hidden()
    expect(chip).to_be_focused()
    expect(chip).to_be_in_viewport()
    page.get_by_role("button", name="Source").click()
    expect(source).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(source).to_be_hidden()
    page.get_by_role("button", name="Source").click()
    page.locator(".utterance .fate a").first.click()
    expect(source).to_be_hidden()
    expect(page.locator("[data-evidence]:focus")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_script_it_can_be_read_and_heard(
    browser: Browser, ward: Ward, case: CaseId, watched: Watched
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        watched.watch(context)
        page = context.new_page()
        log_in(page, ward)
        page.goto(f"{ward.url}/cases/{case}")
        expect(page.locator("audio[controls]")).to_be_visible()
        expect(page.locator(".controls")).to_be_hidden()
        page.get_by_role("radio", name="Unused").check()
        expect(page.locator(".utterance.used").first).to_be_hidden()
        page.locator("a.evidence").first.click()
        assert "#u" in page.url
    finally:
        context.close()


def test_a_recording_that_does_not_know_its_length_is_played_from_the_middle(
    visit_as: VisitAs, ward: Ward, tmp_path: Path
) -> None:
    """As browsers make them: WebM without duration and without an index."""
    case = _in_review(ward, _unindexed(tmp_path / "made.webm"), "audio/webm;codecs=opus")
    page = visit_as()
    page.goto(f"{ward.url}/cases/{case}")
    turn = page.locator(".utterance").nth(12)
    start = float(turn.get_attribute("data-start") or "")
    turn.locator(".when").click()
    plays_from(page, start - 0.3, start + 2)
    assert start > 20
    page.locator(".utterance").nth(2).locator(".when").click()
    plays_from(page, 0, start - 5)
    page.locator(".utterance").nth(18).locator(".when").click()
    plays_from(page, start + 5, start + 60)


def _unindexed(path: Path) -> bytes:
    with (
        av.open(SAMPLE) as source,
        av.open(path, "w", format="webm", options={"live": "1"}) as made,
    ):
        stream = made.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    with av.open(path) as written:
        assert written.duration is None
    return path.read_bytes()


def test_it_keeps_nobody_out(visit_as: VisitAs, review: Page, ward: Ward, case: CaseId) -> None:
    """In any state of the source, in light and dark, wide and narrow."""
    for scheme in ("light", "dark"):
        review.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        review.locator("a.evidence").first.click()
        review.get_by_label("Search what was said").fill("you")
        review.get_by_role("radio", name="Unused").check()
        review.locator(".utterance:visible").first.focus()
        assert not violations(review), scheme
        review.get_by_role("radio", name="All").check()
        assert not violations(review), scheme
    page = visit_as(viewport={"width": 390, "height": 800})
    page.goto(f"{ward.url}/cases/{case}")
    page.locator("a.evidence").first.click()
    expect(page.locator("#source-panel")).to_be_in_viewport()
    assert violations(page) == []
