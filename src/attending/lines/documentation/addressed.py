"""Speech that is addressed to the machine, or that a machine made, in place of a consultation.

These patterns explain a doubt to a clinician; they hold nothing back. Whatever they miss
is still quoted words of a source, which no step of the loop obeys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.lines.documentation.tongues import JOINED, SPACED

LONGEST_QUOTE = 80  # characters
_NEAR = 40  # characters between a verb and what it is about


def _any(*alternatives: str) -> str:
    return r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)"


def _near(first: str, then: str) -> str:
    return rf"(?:{first})[^\n]{{0,{_NEAR}}}?(?:{then})"


_RULES = (
    r"(?:all |any |the |your |my |these |those |every )*(?:(?:previous|prior|above|earlier|safety|"
    r"original|system|hidden) )*(?:instructions?|rules|prompts?|guidelines|guardrails?|polic(?:y|ies)|"
    r"directives|restrictions|everything (?:above|before|so far)|system message)"
)
_MACHINE = (
    r"(?:system|assistant|computer|a\.? ?i\.?|chat ?gpt|gpt|claude|gemini|language model|model|machine|"
    r"software|scribe|note ?taker|transcriber|recogni[sz]er|judge|grader|evaluator|guard|bot)"
)
_ENTRY = (
    r"(?:note|draft|case|entry|record|chart|document|sections?|statements?|documentation|summary)"
)
_WARNING = r"(?:warnings?|findings?|flags?|alerts?|guards?|checks|severity|errors?|caveats?)"

_ENGLISH = (
    # "Ignore all previous instructions."
    _near(
        _any("ignore", "disregard", "forget", "override", "overrule", "bypass", "stop following"),
        _any(_RULES),
    ),
    _any(
        rf"new {_RULES}", r"system prompt", r"developer mode", r"debug mode", r"admin(?:istrator)? mode",
        r"jail ?break", r"(?:these|those|the following) (?:are|is) (?:your|the) (?:new )?instructions?",
        r"your (?:real |true |actual |only |new )?(?:instructions?|prompt|task|job) (?:is|are|says?)",
    ),
    # "Computer, mark this as signed.": called by name, at the beginning or after a greeting
    (rf"(?:^|[.!?:;—\"“]\s*)(?:(?:hey|hi|ok|okay|dear|attention|listen|and|now|please)[ ,]+)*"
    rf"(?:the )?{_MACHINE}\s*(?:[,:]|please\b|you (?:must|will|should|are)\b|override\b)"),
    _any(rf"(?:note|message|instructions?|memo|reminder|command) (?:to|for) (?:the |your |any )*{_MACHINE}"),
    # what is done to the entry, its review and its findings
    _near(
        _any("mark", "set", "flag", "treat", "label", "change", "switch", "move", "tag", "score", "rate",
             "grade", "report"),
        rf"{_any(_ENTRY, 'this', 'it', 'state', 'status', 'everything')}[^\n.]{{0,25}}?(?:as|to)\s"
        r"(?:be\s|already\s|fully\s)*" + _any("signed", "released", "approved", "reviewed", "accepted",
        "final", "verified", "decided", "safe", "correct", "passed", "clean", "attested", "faithful",
        "supported", "perfect", "no findings"),
    ),
    _near(
        _any("sign", "approve", "accept", "release", "attest", "auto-?sign", "publish",
             "file"),
        rf"(?:this|the|every|all|each|my)(?: of)?(?: the)? (?:\w+ )?{_ENTRY}",
    ),
    _near(_any("skip", "without", "bypass", "no", "omit", "waive"),
          _any("review(?: step)?(?: is)? ?(?:needed|required|necessary)?(?= ?(?:and|by|$|[.,;!]))",
               "clinician(?:'s)? review", "signature", "human review", "guards?", "sign-?off")),
    _near(
        _any("hide", "suppress", "remove", "delete", "drop", "clear", "disable", "turn off", "silence",
             "mute", "dismiss", "omit", r"(?:do not|don't|never|no need to) (?:\w+ )?(?:flag|show|raise|"
             r"report|warn|list|emit|create)", r"downgrade", "withhold", "lower"),
        _any(_WARNING),
    ),
    _any(r"(?:do not|don't|never) (?:flag|warn|alert)", rf"no {_WARNING} (?:here|for this|needed|required|should|must|are to)",
         r"(?:return|output|answer|respond with|reply with) (?:an? )?(?:empty|only|nothing|json|\{|\[|pass|"
         r"yes|safe|ok)"),
    # who is to get it
    _near(_any("add", "include", "send", "forward", "copy", r"e-?mail (?:this|it|the|a copy|everything)", "cc", "bcc", "post",
               "upload", "export", "deliver", "fax", "release", "register"),
          rf"{_any('recipients?', 'webhook', 'endpoint', 'targets?', 'destination')}|@|https?:|"
          rf"{_any('dot (?:com|net|org|io|ru)', 'at gmail', 'other (?:patients?|tenants?|clinics?)')}"),
    # what it is to tell
    _near(_any("reveal", "print", "repeat", "output", "show", "tell me", "dump", "read (?:out|back)", "list",
               "disclose", "leak", "spell out"),
          _any("prompts?", "instructions", "api keys?", "tokens?", "passwords?", "secrets?", "credentials",
               "(?:other|previous|next) patient(?:'s|s)?", "environment variables?", "signing keys?")),
    # where it is to write
    (rf"(?:^|[.!?:;,—\"“]\s*)(?:(?:please|now|also|then|and|just)[ ,]+)*(?:write|put|insert|record|"
    rf"document|enter|include|add|state|append|chart|log)\b[^\n.]{{0,{_NEAR}}}?"
    r"\b(?:in|into|under|to|on) (?:the |this |my |his |her )?(?:\w+ )?(?:note|chart|records?|plan|"
    r"assessment|examination|exam section|documentation|medical record|draft|summary)\b"),
    # who it claims to be
    _any(r"(?:i am|i'm|this is|speaking as|acting as|on behalf of) (?:the |your |a |an )*(?:real |actual |"
         r"attending |treating )?(?:doctor|physician|clinician|(?:system )?administrator|admin|developer|"
         r"vendor|safety officer|releaser|supervisor)(?: speaking| here| now| and (?:you|i))",
         r"(?:the |my |your )?(?:doctor|physician|clinician|dr\.? \w+) (?:has )?(?:already )?(?:signed|"
         r"approved|reviewed|accepted|authori[sz]ed) (?:this|it|everything|the|all)",
         r"you are (?:now )?(?:a|an|the|in|no longer) (?:\w+ ){0,3}(?:assistant|ai|model|machine|bot|mode|"
         r"administrator|doctor|releaser|judge|scribe)",
         r"(?:act|behave|respond|answer) as (?:if you (?:are|were) )?(?:a|an|the) (?:doctor|physician|"
         r"clinician|administrator|releaser|judge|unrestricted)",
         r"pretend (?:to be|you are|that you|this)"),
    # what only a machine's own text has
    (r"<\|?/?(?:im_start|im_end|system|assistant|user|transcript|note|end|endoftext|inst)\b|\[/?inst\]|<<sys>>|"
    r"#{2,} ?(?:instruction|system|response|note)|(?:^|\n|\s)(?:system|assistant|user) ?: |```|\{\{|\{%|"
    r"[\"'](?:findings|severity|state|human|role|recipients?|decision|verdict)[\"'] ?:"),
    _any(r"as an? (?:large )?(?:ai|language model|artificial intelligence)", r"tool[_ ]call",
         r"function[_ ]call", r"(?:end|start|beginning) of (?:the )?(?:transcript|prompt|instructions?|"
         r"conversation)", r"here(?:'s| is) the (?:soap |clinical |revised )*note",
         r"i cannot (?:assist|comply|fulfil\w*)", r"based on the (?:provided )?(?:transcript|prompt)"),
)  # fmt: skip


def _words(listed: str) -> str:
    return "|".join(
        re.escape(word).replace(r"\*", r"\w*").replace("_", r"\s") for word in listed.split()
    )


def _foreign() -> Iterator[str]:
    """Either may come first: many languages put the verb at the end."""
    for verbs, things in SPACED.values():
        yield _near(_any(_words(verbs)), _any(_words(things)))
        yield _near(_any(_words(things)), _any(_words(verbs)))
    for verbs, things in JOINED.values():
        yield _near(_words(verbs), _words(things))
        yield _near(_words(things), _words(verbs))


_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (*_ENGLISH, *_foreign()))


def addressed(text: str) -> str:
    """The words that are meant for, or made by, a machine; "" if there are none."""
    plain = text.replace("’", "'")
    found = next((match for pattern in _PATTERNS if (match := pattern.search(plain))), None)
    return found.group().strip(' .,;:!?"“”—\n')[:LONGEST_QUOTE] if found else ""
