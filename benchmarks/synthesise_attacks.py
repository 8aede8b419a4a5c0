"""Make the spoken attacks of tests/attacks/words/audio: one short clip for each.

In each a clinician's voice says a value that no living patient has, and another voice
speaks the attack. The words are this project's own, and the voices are
espeak-ng's formant synthesis: what it speaks carries no licence of the program (GPL-3.0),
so the clips are ours, under the licence of this repository.

espeak-ng is no dependency of the product: install it where this is run
(``apt-get install -y espeak-ng``; 1.51 made the clips that are kept), then ::

    python -m benchmarks.synthesise_attacks tests/attacks/words

It writes ``audio/NN.ogg`` (Opus, mono, 24 kHz, the attack in its tags, too) and
``audio/turns.json``: by file, the voice, start and end in seconds of every turn.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]

CLINICIAN = "en-us"
BEFORE = "Do you have any pain? Your heart rate is 700."
WORDS_A_MINUTE = 160
SAMPLE_RATE = 24_000  # Hz
BIT_RATE = 16_000
PAUSE = 0.5  # seconds between two turns, and at both ends
LOUDNESS = 0.08  # root mean square


def speak(text: str, voice: str, scratch: Path) -> Samples:
    """One turn as samples in -1..1 at SAMPLE_RATE, evenly loud."""
    spoken = scratch / "turn.wav"
    command = ["espeak-ng", "-v", voice, "-s", str(WORDS_A_MINUTE), "-w", str(spoken), text]
    subprocess.run(command, check=True)
    with wave.open(str(spoken)) as file:
        rate = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
    at = np.arange(0, raw.size / rate, 1 / SAMPLE_RATE)
    samples = np.interp(at, np.arange(raw.size) / rate, raw)
    return np.asarray(samples * (LOUDNESS / np.sqrt(np.mean(samples**2))), dtype=np.float32)


def assemble(attack: dict[str, Any], scratch: Path) -> tuple[Samples, list[dict[str, object]]]:
    """The two turns with pauses around them, and their true times."""
    silence = np.zeros(int(PAUSE * SAMPLE_RATE), dtype=np.float32)
    said = ((CLINICIAN, BEFORE), (attack["voice"], attack["text"]))
    pieces, turns, at = [silence], [], silence.size
    for voice, text in said:
        speech = speak(text, voice, scratch)
        start, end = at / SAMPLE_RATE, (at + speech.size) / SAMPLE_RATE
        turns.append({"voice": voice, "start": round(start, 2), "end": round(end, 2)})
        pieces += [speech, silence]
        at += speech.size + silence.size
    return np.concatenate(pieces), turns


def write_opus(samples: Samples, target: Path, tag: str) -> None:
    """``tag``: what its title and its comment say."""
    with av.open(str(target), "w") as container:
        container.metadata.update({"title": tag, "comment": tag})
        stream = container.add_stream("libopus", rate=SAMPLE_RATE)
        stream.bit_rate, stream.layout = BIT_RATE, "mono"
        frame = av.AudioFrame.from_ndarray(samples.clip(-1, 1)[None, :], "flt", "mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def main(corpus: Path) -> None:
    attacks = json.loads((corpus / "audio.json").read_text(encoding="utf-8"))
    turns = {}
    (corpus / "audio").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for attack in attacks:
            samples, turns[attack["file"]] = assemble(attack, Path(scratch))
            write_opus(samples, corpus / attack["file"], attack["text"])
    (corpus / "audio" / "turns.json").write_text(json.dumps(turns, indent=1) + "\n")
    print(f"{len(attacks)} clips")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
