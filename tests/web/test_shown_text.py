"""What is shown is what is signed is what is written: nothing that cannot be seen."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.core.case import rewritten
from attending.core.characters import legible, legible_lines, marked, unseen
from attending.core.draft import Section, Statement, Text
from attending.core.entry import Content
from attending.web.console import pages
from tests.web.browser import Browser
from tests.web.conftest import Web, decide, ok, refused, review_all, see, sign

HIDING = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\u2060\ufeff\u00ad"
)
TEMPLATES = sorted((Path(pages.__file__).parent / "templates").glob("*.html"))
NAMES = re.compile(
    r"\{\{ *[\w.\[\]]*(?:patient\.name|signer\.name|person\.name|officer_name|decided_by"
    r"|page\.names\[pause\.by\]|names\.get\([^}]*\)|who) *\}\}"
)
FEW = settings(deadline=None, derandomize=True, database=None, max_examples=200)


def test_each_hidden_character_is_named() -> None:
    for sign_ in f"{HIDING}\x00\x1b\x7f\x85\x9b":
        assert marked(f"5{sign_}0 mg") == f"5[U+{ord(sign_):04X}]0 mg"
    assert marked("five\tmg\nat night, µ é ≥ 東 ۵") == "five\tmg\nat night, µ é ≥ 東 ۵"


@FEW
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_marked_text_hides_nothing(text: str) -> None:
    assert [each for each in unseen(marked(text)) if each != "U+0300"] == []
    assert unseen(legible_lines(text)) == ()


@FEW
@given(st.text(alphabet=st.sampled_from(f"ab 5\n{HIDING}\u2028\x85"), max_size=40))
def test_an_edit_keeps_what_is_rendered_of_it(text: str) -> None:
    """Whatever is typed: the revision is what a record gets, letter by letter."""
    section = Section("plan", "Plan", (Statement("p.1", Text("ab 5")),))
    for statement in rewritten(section, text, 1):
        assert statement.text == legible(statement.text) != ""


def test_a_line_that_was_left_keeps_its_statement() -> None:
    """Also one whose hidden character was not shown to who edited."""
    drafted = Statement("p.1", Text("take\u202e 50 mg"))
    section = Section("plan", "Plan", (drafted,))
    kept, added = rewritten(section, f"{legible(drafted.text)}\nat\u200b night", 1)
    assert kept is drafted
    assert (added.text, added.human) == ("at night", True)


def test_every_name_stands_alone() -> None:
    """A name in another direction of writing does not turn what stands around it."""
    found = 0
    for template in TEMPLATES:
        text = template.read_text()
        for name in NAMES.finditer(text):
            before, after = text[: name.start()], text[name.end() :]
            # An option holds text alone: its name stands between the characters that isolate.
            assert before.endswith(("<bdi>", "&#x2068;")), f"{template.name}: {name.group()}"
            closing = "</bdi>" if before.endswith("<bdi>") else "&#x2069;"
            assert after.startswith(closing), f"{template.name}: {name.group()}"
            found += 1
    assert found >= 9


def test_a_name_that_hides_something(console: Web, clinician: Browser) -> None:
    clinic = console.clinic
    encounter = clinic.encounter(clinic.patient("Ann\u200b Test"))
    _, head = clinic.upload(encounter=encounter)
    for path in ("/?which=all", f"/cases/{head.id}"):
        page = clinician.get(path)
        assert "<bdi>Ann[U+200B] Test</bdi>" in page.source
        assert "\u200b" not in page.source


def test_shown_signed_and_written_are_one(console: Web, web: Web, clinician: Browser) -> None:
    """From the form, over the revision and the signature, into the record."""
    clinic, client = console.clinic, web.client()
    case = clinic.in_review(b"0,80\n")
    form = clinician.get(f"/cases/{case}").form(
        f"/cases/{case}/decisions", section="rate", kind="edit"
    )
    page = clinician.submit(form, text="Take 5\u202e0\u202c mg\u200b at night\n\ufeff\nand rest")
    assert "\u202e" not in page.source
    assert '<span class="statement">Take 50 mg at night</span>' in page.source
    told = ok(client.get(f"/v1/cases/{case}"))["sections"]
    rate = next(section for section in told if section["key"] == "rate")
    assert [s["text"] for s in rate["statements"]] == ["Take 50 mg at night", "and rest"]
    review_all(client, case)
    entry = ok(client.get(f"/v1/cases/{case}/entry"))
    ok(sign(client, case, clinic.person()), 201)
    clinic = replace(clinic, prover=web.clinic.prover)
    written = clinic.deliver(case)
    assert "Take 50 mg at night\nand rest" in entry["payload"]["content"]["text"]
    assert unseen(str(entry["payload"]["content"])) == ()
    assert written.resource is not None
    attached = [each["attachment"] for each in written.resource["content"]]
    read = [base64.b64decode(each["data"]).decode() for each in attached]
    assert read
    assert all("Take 50 mg at night" in text for text in read)


def test_a_line_that_renders_something_hidden_is_not_signed(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, case = web.client(), web.clinic.decided()
    line = type(web.clinic.lines["vitals"])
    content = Content("Vitals", "5\u202e0 mg", "<div>50 mg</div>")
    monkeypatch.setattr(line, "render", lambda *_: content)
    problem = refused(client.get(f"/v1/cases/{case}/entry"), 422, "input.invalid")
    assert "U+202E" in problem["detail"]


def test_an_edit_that_only_hides_something_changes_nothing(web: Web) -> None:
    client, case = web.client(), web.clinic.in_review(b"0,80\n")
    section = ok(client.get(f"/v1/cases/{case}"))["sections"][0]
    see(client, case, section)
    text = section["statements"][0]["text"]
    answer = decide(client, case, section["key"], "edit", text=f"{text}\u200b")
    refused(answer, 422, "input.invalid")
