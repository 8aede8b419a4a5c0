"""A real small model, SmolLM2 behind llama.cpp's server, drafts: the guard is held against it.

It repeats itself, takes the prompt's example for the answer, invents ages and medicines. What
it answers goes the whole way, from the source to the review page's case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from attending.adapters.models.openai_compatible import Endpoint, OpenAiCompatible
from attending.core.case import Case, CaseState
from attending.core.draft import Severity
from attending.core.ids import CaseId
from attending.core.line import INSTEAD_OF, Engines, Writer
from attending.core.speech import Role, Transcript
from attending.core.text import Question, TextAnswer, TextModel
from attending.core.work import Run, Step
from attending.lines import documentation
from attending.lines.documentation.generative.engine import GenerativeEngine
from attending.lines.documentation.rendition import to_json
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.intake import Upload
from attending.loop.propose import propose
from tests import smollm
from tests.clinic import Clinic
from tests.lines.documentation.spoken import transcript

C, P = Role.CLINICIAN, Role.PATIENT
TALKS = {
    "cough": transcript(
        (C, "What brings you in today?"),
        (P, "I have had a dry cough for three weeks."),
        (C, "Any fever?"),
        (P, "No, no fever. I take lisinopril, ten milligrams every morning."),
        (C, "Your lungs are clear on both sides. The cough is a side effect of the lisinopril."),
        (C, "We will stop it and start losartan fifty milligrams once a day."),
    ),
    "knee": transcript(
        (C, "Tell me about the knee."),
        (P, "The left one has been swollen since I fell on the stairs on Sunday."),
        (C, "Any allergies?"),
        (P, "Penicillin, I get a rash."),
        (C, "There is tenderness over the inner side, no redness. I will order an x-ray."),
    ),
    "child": transcript(
        (C, "How is Ben today?"),
        (P, "He has been pulling his right ear since yesterday and he did not sleep."),
        (P, "Thirty-eight point five last night, we gave him paracetamol."),
        (C, "The right eardrum is red and bulging. Amoxicillin for five days."),
    ),
}
TOKENS = 120


@dataclass
class Heart:
    """A recogniser that knows each recording by heart: its content is the talk's name."""

    name: str = "heart"
    version: str = "1"

    def transcribe(
        self, recording: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Transcript:
        progress(1.0)
        return TALKS[recording.read_bytes().split(b"|")[0].decode()]


@dataclass
class Counted:
    """The same model, counting how often it is asked.

    ``freely``: asked for no form, it answers in a small model's prose, not in what a grammar
    lets through.
    """

    model: TextModel
    name: str
    freely: bool
    version: str = "Q4_1"
    egress: str = "local"
    times: int = 0

    def ask(self, question: Question) -> TextAnswer:
        self.times += 1
        return self.model.ask(replace(question, schema=None) if self.freely else question)


@pytest.fixture(scope="module")
def bad_model() -> Iterator[OpenAiCompatible]:
    with smollm.served() as base:
        yield OpenAiCompatible(Endpoint(base, smollm.MODEL, "Q4_1", timeout=300))


def _line(model: TextModel) -> documentation.DocumentationLine:
    made = documentation.DocumentationLine(Engines(speech=Heart(), writer=Writer(model)))
    made.engine = GenerativeEngine(Writer(model), made.engine, made.checks, TOKENS)
    return made


def _reviewed(clinic: Clinic, talk: str) -> tuple[Case, Run]:
    """From the upload to the review, each step as its worker takes it."""
    by, encounter = clinic.person(), clinic.encounter()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload = Upload.begin(
            clinic.parts("web"), unit, encounter, "documentation", "audio/wav", (), 1 << 20
        )
    upload.write(f"{talk}|{uuid4()}".encode())
    upload.finish()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        source, head = upload.enter(unit, by)
    parts = clinic.parts("inference")
    decode(parts, clinic.job(Step.DECODE, source.id))
    infer(parts, clinic.job(Step.INFER, head.id))
    infer(parts, clinic.job(Step.INFER, head.id))
    propose(parts, clinic.job(Step.PROPOSE, head.id))
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        run = unit.intake.run(source.id, "infer")
    assert run is not None
    return clinic.case(CaseId(head.id)), run


def _unheard(text: str, talk: Transcript) -> list[str]:
    """Long words and figures of a statement that nobody said: a measure of this test's own."""
    said = " ".join(u.text.lower() for u in talk.utterances)
    words = re.findall(r"[a-z]{6,}|\d+", text.lower())
    return [word for word in words if word[:6] not in said and word != "patient"]


@pytest.mark.parametrize("talk", sorted(TALKS))
@pytest.mark.parametrize("freely", [False, True], ids=["in its form", "freely"])
def test_nothing_that_it_invents_is_shown_unflagged(
    clinic: Clinic, bad_model: OpenAiCompatible, talk: str, freely: bool
) -> None:
    model = Counted(bad_model, bad_model.name, freely)
    clinic.lines["documentation"] = _line(model)
    case, run = _reviewed(clinic, talk)
    assert case.state is CaseState.IN_REVIEW
    assert case.draft is not None
    assert model.times == 1, "a step that is repeated asks no second time"
    flagged = {finding.statement for finding in case.findings}
    if INSTEAD_OF in run.parameters:
        assert any("is not shown" in f.explanation and not f.statement for f in case.findings)
        assert run.model.name == "attending-extractive"
        assert run.parameters["refused"]
    for section in case.draft.sections:
        for statement in section.statements:
            unheard = _unheard(statement.text, TALKS[talk])
            assert not unheard or statement.id in flagged, (statement.text, unheard)
    assert json.loads(run.output)["raw"], "the model's own words are kept"


def test_what_the_engine_says_of_its_draft_stands_in_the_case(clinic: Clinic) -> None:
    clinic.lines["documentation"] = _line(_Formed(["Gout of the left toe."]))
    case, run = _reviewed(clinic, "cough")
    (told,) = (f for f in case.findings if f.check == "free-writing")
    assert told.explanation == (
        "The language model's answer is not shown: 100% of its statements are in serious doubt. "
        "This draft quotes the conversation instead."
    )
    assert (told.severity, told.statement) == (Severity.CAUTION, "")
    assert run.parameters[INSTEAD_OF] == "formed 1"
    assert "Gout" in json.loads(run.output)["raw"]
    assert "Gout" not in str(case.draft)


def test_its_prose_put_into_the_right_form_is_flagged_sentence_by_sentence(
    bad_model: OpenAiCompatible,
) -> None:
    """As if a better-behaved model had written what this one invents; nothing falls back."""
    judged = 0
    for talk in TALKS.values():
        prose = _prose(bad_model, talk)
        model = _Formed(prose)
        line = _line(model)
        engine = GenerativeEngine(Writer(model, doubted=1.0), line.engine, line.checks)
        made = engine.draft(to_json(talk))
        assert INSTEAD_OF not in made.parameters
        found = [
            *made.findings,
            *(f for c in line.checks for f in c.examine(to_json(talk), made.draft)),
        ]
        serious = {f.statement for f in found if f.severity is Severity.SERIOUS}
        flagged = {f.statement for f in found}
        for section in made.draft.sections:
            for statement in section.statements:
                unheard = _unheard(statement.text, talk)
                judged += bool(unheard)
                assert not unheard or statement.id in flagged, (statement.text, unheard)
                if any(word.isdigit() for word in unheard):
                    assert statement.id in serious, statement.text
    assert judged >= 2, "it invents, or this test proves nothing"


def _prose(model: OpenAiCompatible, talk: Transcript) -> list[str]:
    said = "\n".join(f"{u.role.value}: {u.text}" for u in talk.utterances)
    answer = model.ask(Question("Write a detailed medical note.", said, longest=TOKENS))
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+|\n+", answer.text) if s.strip()][:12]


@dataclass
class _Formed:
    sentences: list[str]
    name: str = "formed"
    version: str = "1"
    egress: str = "local"

    def ask(self, question: Question) -> TextAnswer:
        listed = [{"text": text, "turns": []} for text in self.sentences]
        named = {"section": "history_of_present_illness", "statements": listed}
        return TextAnswer(json.dumps({"sections": [named]}))
