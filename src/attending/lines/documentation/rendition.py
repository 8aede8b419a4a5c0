"""The rendition of a recording: its transcript, as a JSON document in UTF-8.

    {"utterances": [{"id": "u1", "speaker": "S1", "role": "clinician",
                     "words": [{"text": "Good", "start": 0.5, "end": 0.7,
                                "confidence": 0.98}, …]}, …],
     "duration": 63.2, "language": "en", "parameters": {"beam_size": "5"}}

Times are seconds from the beginning of the recording, confidences lie in 0..1, roles are
"clinician", "patient" and "unknown". No utterance means that no speech was found.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from attending.core.errors import EngineFailed
from attending.core.speech import Transcript
from attending.lines.documentation.characters import legible

_TRANSCRIPT = TypeAdapter(Transcript)


def legible_words(transcript: Transcript) -> Transcript:
    """The transcript without characters that cannot be seen: nobody spoke them."""
    utterances = (
        replace(
            utterance,
            words=tuple(
                replace(word, text=text) for word in utterance.words if (text := legible(word.text))
            ),
        )
        for utterance in transcript.utterances
    )
    return replace(transcript, utterances=tuple(u for u in utterances if u.words))


def to_json(transcript: Transcript) -> bytes:
    """The transcript as its rendition; ``from_json`` gives it back unchanged."""
    return _TRANSCRIPT.dump_json(transcript)


def from_json(rendition: bytes) -> Transcript:
    """The transcript of a rendition. Raises EngineFailed for anything else."""
    try:
        return _TRANSCRIPT.validate_json(rendition)
    except ValidationError as error:
        # The error's own text quotes its input, which is clinical: keep the count alone.
        raise EngineFailed(
            "The rendition is not a transcript.",
            remedy="Decode the source again: its stored transcript is damaged.",
            faults=error.error_count(),
        ) from None
