"""What a text model is asked: the transcript as data, and the form of its answer."""

from __future__ import annotations

import json
from typing import Any

from attending.core.speech import Transcript
from attending.core.text import Question
from attending.lines.documentation.generative.prompt import prompt
from attending.lines.documentation.soap import Part

LONGEST_ANSWER = 1500  # tokens
LONGEST_TALK = 60_000  # characters of a transcript that a model is asked about
MOST_STATEMENTS = 24  # of a section, that are asked for
LONGEST_STATEMENT = 400  # characters

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["sections"],
    "additionalProperties": False,
    "properties": {
        "sections": {
            "type": "array",
            "maxItems": len(Part),
            "items": {
                "type": "object",
                "required": ["section", "statements"],
                "additionalProperties": False,
                "properties": {
                    "section": {"enum": [part.value for part in Part]},
                    "statements": {
                        "type": "array",
                        "maxItems": MOST_STATEMENTS,
                        "items": {
                            "type": "object",
                            "required": ["text", "turns"],
                            "additionalProperties": False,
                            "properties": {
                                "text": {"type": "string", "maxLength": LONGEST_STATEMENT},
                                "turns": {
                                    "type": "array",
                                    "maxItems": 8,
                                    "items": {"type": "integer", "minimum": 1},
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}


def question(transcript: Transcript, longest: int = LONGEST_ANSWER) -> Question:
    """Turns are numbered from 1, in order of time: turn 3 is utterance "u3"."""
    turns = [
        {"turn": number, "who": utterance.role.value, "said": utterance.text}
        for number, utterance in enumerate(transcript.utterances, 1)
    ]
    content = json.dumps({"transcript": turns}, ensure_ascii=False)
    return Question(prompt().text, content, SCHEMA, longest)
