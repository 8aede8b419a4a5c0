"""The story of one recording, readable in a terminal."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from attending.core.work import TimelineEvent
from attending.demo.document import (
    EventForm,
    NoteDocument,
    RecordForm,
    SectionForm,
    SignatureForm,
    StatementForm,
    TranscriptForm,
)

_SEVERITY = {"serious": "bold red", "caution": "yellow", "info": "dim"}
UUID_DASHES = 4
_UNSURE = 0.55  # confidence below which a word is underlined


def print_story(console: Console, document: NoteDocument) -> None:
    """Transcript, note with evidence and findings, signature, record, timeline."""
    print_transcript(console, document.transcript)
    print_note(console, document.sections)
    if document.signature is not None:
        _print_signature(console, document.signature)
    if document.record is not None:
        _print_record(console, document.record)
    print_timeline(console, [_event(event) for event in document.timeline])
    seconds = ", ".join(f"{step} {value:.2f}" for step, value in document.seconds.items())
    console.print(f"[dim]Seconds: {seconds}[/dim]\n")


def print_transcript(console: Console, transcript: TranscriptForm) -> None:
    console.rule(f"Transcript ({clock(transcript.duration)})", align="left")
    if not transcript.utterances:
        console.print("No speech was found in this recording.\n")
        return
    table = Table.grid(padding=(0, 2))
    for utterance in transcript.utterances:
        words = Text()
        for word in utterance.words:
            style = "underline yellow" if word.confidence < _UNSURE else ""
            words.append(word.text, style=style)
            words.append(" ")
        table.add_row(f"[dim]{clock(utterance.start)}[/dim]", utterance.role, words)
    console.print(table)
    console.print("[dim]Underlined: the recogniser was unsure.[/dim]\n")


def print_note(console: Console, sections: Iterable[SectionForm]) -> None:
    console.rule("Note, with its evidence and its warnings", align="left")
    for section in sections:
        decision = f" — {_past(section.decision.kind)}" if section.decision else ""
        console.print(f"[bold]{escape(section.title)}[/bold][dim]{decision}[/dim]")
        if section.decision and section.decision.reason:
            console.print(f"  [dim]reason: {escape(section.decision.reason)}[/dim]")
        if not section.statements:
            console.print("  [dim]nothing was said[/dim]")
        for statement in section.statements:
            _print_statement(console, statement)
    console.print()


def _print_statement(console: Console, statement: StatementForm) -> None:
    where = "  ".join(
        f"{clock(span.start)}–{clock(span.end or span.start)}"
        for span in statement.evidence
        if span.start is not None
    )
    source = "written by the clinician" if statement.human else where or "no source"
    console.print(f"  • {escape(statement.text)}  [dim]\\[{source}][/dim]")
    for finding in statement.findings:
        style = _SEVERITY[finding.severity]
        console.print(f"      {finding.severity}: {escape(finding.explanation)}", style=style)


def _print_signature(console: Console, signature: SignatureForm) -> None:
    console.rule("Signature", align="left")
    console.print(f"  {escape(signature.signer)}, {signature.signed_at:%Y-%m-%d %H:%M:%S} UTC")
    console.print(f"  “{escape(signature.meaning)}”")
    console.print(f"  over SHA-256 {signature.digest}\n", highlight=False)


def _print_record(console: Console, record: RecordForm) -> None:
    resource = record.resource
    console.rule(f"In the record: {record.reference}", align="left")
    labels = [label.get("code", "") for label in resource.get("meta", {}).get("security", [])]
    console.print(
        f"  status {resource.get('status')}, for {resource.get('subject', {}).get('reference')},"
        f" labels {', '.join(labels)}"
    )
    data = resource["content"][0]["attachment"]["data"]
    for line in base64.b64decode(data).decode().splitlines():
        console.print(f"  │ {escape(line)}", highlight=False)
    console.print()


def print_timeline(console: Console, events: Iterable[TimelineEvent]) -> None:
    console.rule("Timeline of the encounter", align="left")
    table = Table.grid(padding=(0, 2))
    first = None
    for event in events:
        first = first or event.at
        took = f"{event.seconds:.2f} s" if event.seconds is not None else ""
        style = "red" if event.outcome not in ("", "done", "retried", "amendment") else ""
        table.add_row(
            f"[dim]+{(event.at - first).total_seconds():7.2f} s[/dim]",
            Text(event.name, style=style),
            f"[dim]{took}[/dim]",
            f"[dim]{_who(event.process)}[/dim]",
            Text(event.outcome if event.outcome != "done" else "", style=style),
        )
    console.print(table)
    console.print()


def clock(seconds: float) -> str:
    """Minutes and seconds: 75.2 is "1:15"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _who(process: str) -> str:
    """A process or step by its name; a person, known by an id alone, as such."""
    return "a person" if process.count("-") == UUID_DASHES else escape(process)


def _past(kind: str) -> str:
    return {"accept": "accepted", "edit": "edited", "reject": "rejected"}[kind]


def _event(form: EventForm) -> TimelineEvent:
    return TimelineEvent(form.at, form.kind, form.name, form.process, form.seconds, form.outcome)
