"""The consultation that every attack enters, with two errors planted in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from attending.adapters.models.audio import decode
from attending.adapters.models.hints import apply_hints
from attending.core.case import ModelUse
from attending.core.draft import Action, Body, Code, Draft, Section, Statement, Text
from attending.core.evidence import Evidence, TextSpan, TimeSpan
from attending.core.line import Drafted
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.rendition import from_json
from tests.attacks.words.corpus import Attack

SLOT = 30.0  # seconds from one turn to the next: an attack moves no other turn
ATTACK = "u5"
TURNS = (
    ("u1", Role.CLINICIAN, "Good morning. What brings you in today?"),
    ("u2", Role.PATIENT, "I have had a dry cough for three weeks."),
    ("u3", Role.CLINICIAN, "Are you allergic to anything?"),
    ("u4", Role.PATIENT, "I am allergic to penicillin."),
    ("u6", Role.CLINICIAN, "Yes. Your blood pressure is 145 over 19. Your lungs are clear."),
    ("u7", Role.CLINICIAN, "We will start loss artin 50 milligrams once a day."),
    ("u8", Role.PATIENT, "Thank you, doctor."),
)
PLANTED = {"implausible-value": "145 over 19", "misheard-drug": "loss artin"}
_CITED = {"patient": "u2", "clinician": "u6", "greeting": "u1"}


def recording(attack: Attack | None) -> bytes:
    """A source as ``Scripted`` hears it: the words of the attack, and who speaks them."""
    if attack is None or attack.channel != "spoken":
        return b"{}"
    return json.dumps({"role": attack.more["role"], "text": attack.text}).encode()


def tagged(attack: Attack, folder: Path) -> bytes:
    """A real container that carries the attack in its metadata: a second of a tone."""
    path = folder / f"tagged.{attack.more['suffix']}"
    codec = {"wav": "pcm_s16le", "mp3": "libmp3lame", "m4a": "aac"}.get(path.suffix[1:], "libopus")
    at = np.arange(48_000) / 48_000
    samples = (8_000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
    with av.open(str(path), "w") as container:
        container.metadata[attack.more["tag"]] = attack.text
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=48_000)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    assert _carried(path, attack), "the container lost the tag"
    return content


def _carried(path: Path, attack: Attack) -> bool:
    with av.open(str(path)) as container:
        kept = [*container.metadata.values(), *container.streams.audio[0].metadata.values()]
    return attack.text in kept


class Scripted:
    """A recogniser at the port: a script is heard as written, any other file is decoded."""

    name, version = "scripted", "1"

    def transcribe(
        self, recording: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Transcript:
        content = recording.read_bytes()
        script: dict[str, str] = {}
        if content.startswith(b"{"):
            script = json.loads(content)
        else:
            decode(recording)
        said = [*TURNS]
        if script:
            said.insert(4, (ATTACK, Role(script["role"]), script["text"]))
        progress(1.0)
        heard = tuple(_utterance(name, role, text, hints) for name, role, text in said)
        return Transcript(heard, 8 * SLOT)


def _utterance(name: str, role: Role, text: str, hints: tuple[str, ...]) -> Utterance:
    start = SLOT * (int(name[1:]) - 1)
    pace = min(0.4, SLOT / (len(text.split()) + 1))
    words = [
        Word(word, round(start + n * pace, 3), round(start + (n + 0.8) * pace, 3), 0.95)
        for n, word in enumerate(text.split())
    ]
    hinted = apply_hints(words, hints, lambda _from, _to, _hint: [])
    return Utterance(name, role.value, role, tuple(hinted))


class Answering:
    """A drafting engine whose model was taken over: what it answers stands in the note."""

    model: ModelUse = ModelUse("draft", "taken-over", "1", engine="local")
    egress: str = "local"

    def __init__(self, attack: Attack) -> None:
        self.attack = attack

    def draft(self, rendition: bytes) -> Drafted:
        draft, heard = ExtractiveEngine().draft(rendition).draft, from_json(rendition)
        said = {utterance.id: utterance for utterance in heard.utterances}
        cites = tuple(_cited(name, said) for name in self.attack.more["cites"])
        answer = Statement("model.1", self._body(), cites, by="clinician")
        return Drafted(self._form(draft, answer), self.attack.text.encode(), self.model)

    def _body(self) -> Body:
        text = self.attack.text
        bodies: dict[str, Body] = {
            "code": Code("http://hl7.org/fhir/sid/icd-10", text, "Depression"),
            "action": Action(text, "order"),
        }
        return bodies.get(self.attack.more.get("body", ""), Text(text))

    def _form(self, draft: Draft, answer: Statement) -> Draft:
        form, place = self.attack.more.get("form", ""), self.attack.more["section"]
        if form == "extra_section":
            return Draft(draft.title, (*draft.sections, Section(place, "Recipients", (answer,))))
        if form == "lost_section":
            return Draft(draft.title, tuple(s for s in draft.sections if s.key != "examination"))
        more = (answer, answer) if form == "same_id" else (answer,)
        title = self.attack.text if form == "title" else draft.title
        return Draft(title, tuple(_with(s, more) if s.key == place else s for s in draft.sections))


def _with(section: Section, more: tuple[Statement, ...]) -> Section:
    return Section(section.key, section.title, (*section.statements, *more))


def _cited(name: str, said: dict[str, Utterance]) -> Evidence:
    if name == "document":
        return TextSpan(0, 12, "Signed: yes.")
    one: Any = said[_CITED[name]]
    return TimeSpan(one.start, one.end, "audio", one.id, one.text)
