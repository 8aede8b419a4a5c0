"""What the papers say is held against the code; a command that they name must exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attending.cli import cli
from attending.core import errors
from attending.demo.document import NoteDocument
from attending.settings import Settings

ROOT = Path(__file__).parents[2]
PAPERS = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)\)")


def text(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(paper: Path) -> None:
    links = [link for link in LINK.findall(paper.read_text()) if "://" not in link]
    missing = [link for link in links if not (paper.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_exists(paper: Path) -> None:
    named = re.findall(
        r"`((?:src|tests|docs|benchmarks|core|loop|lines|adapters|web|demo)/[\w./]+\.\w+)`",
        paper.read_text(),
    )
    missing = [
        n for n in named if not (ROOT / n).exists() and not (ROOT / "src/attending" / n).exists()
    ]
    assert missing == []


def test_the_settings_page_names_every_setting_and_no_other() -> None:
    page = text("docs/operations/settings.md")
    told = set(re.findall(r"^\| `ATTENDING_(\w+)`", page, re.MULTILINE))
    assert told == {name.upper() for name in Settings.model_fields}


def test_the_settings_page_says_of_each_what_the_code_says() -> None:
    page = text("docs/operations/settings.md")
    missing = [n for n, f in Settings.model_fields.items() if str(f.description) not in page]
    assert missing == []


def test_the_failures_page_knows_its_codes() -> None:
    known = {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.AttendingError)
    }
    told = set(re.findall(r"^\| `([\w.]+)`", text("docs/operations/failures.md"), re.MULTILINE))
    assert told <= known


def test_the_note_document_page_names_every_field() -> None:
    page = text("docs/note-document.md")
    schema = NoteDocument.model_json_schema()
    fields = set(schema["properties"])
    for form in ("UtteranceForm", "WordForm", "StatementForm", "FindingForm", "EventForm"):
        fields |= set(schema["$defs"][form]["properties"])
    missing = [field for field in sorted(fields) if not re.search(rf"[`.]{field}\b", page)]
    assert missing == []


def test_every_command_that_is_named_exists() -> None:
    # "attending note FILE", "attending audit verify"
    words = re.compile(r"`(?:\.venv/bin/)?attending ([a-z]+(?: verify| checkpoint)?)\b")
    for command in sorted({name for paper in PAPERS for name in words.findall(paper.read_text())}):
        done = CliRunner().invoke(cli, [*command.split(), "--help"])
        assert done.exit_code == 0, f"attending {command}: {done.output}"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(paper: Path) -> None:
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make (\w+)", paper.read_text(), re.MULTILINE))
    assert named <= targets


def test_every_decision_is_in_the_index() -> None:
    index = text("docs/decisions/README.md")
    decisions = [path.name for path in (ROOT / "docs/decisions").glob("0*.md")]
    assert [name for name in decisions if name not in index] == []


def test_every_dependency_has_its_line_of_reason() -> None:
    page = text("docs/decisions/0002-dependencies.md").lower()
    project = text("pyproject.toml").split("[dependency-groups]")[0]
    named = [*re.findall(r'^  "([\w.-]+)', project, re.MULTILINE), "sekmet-fhir"]
    weights = re.findall(r"^([\w-]+)==", text("requirements/weights.in"), re.MULTILINE)
    short = [name.removeprefix("opentelemetry") for name in [*named, *weights]]
    assert [name for name in short if name.lower() not in page] == []
