"""What each process really holds: read in the running ones, not in what we meant to give them.

Environment, open files, mapped libraries, memory, and the rights of its database role. A
setting that is a secret, or a table, which has no verdict here fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization

from attending.adapters.storage.tickets import PROCESSES, TicketKey
from attending.core.ids import CaseId
from attending.settings import Settings
from tests.attacks import catalogue
from tests.attacks.catalogue import has_any
from tests.stack import RECORD_TOKEN, ROOT, Stack

WEB, INFERENCE, RELEASER = "web", "inference", "releaser"
ALL = {WEB, INFERENCE, RELEASER}
OPERATIONS = ROOT / "docs" / "operations"

# Settings that hold a secret, lead to one, or lead to where data lies: who may be given it.
IS_SECRET = re.compile(r"_(file|files|token|tokens|url|urls|key|password|secret|folder)$")
SECRETS: dict[str, set[str]] = {
    "database_url": ALL,  # each as its own role
    "queue_url": {INFERENCE, RELEASER},
    "admin_url": set(),
    "master_key_file": {WEB, RELEASER},
    "previous_master_key_file": {WEB, RELEASER},
    "inference_key_file": {INFERENCE},
    "inference_public_key_file": {WEB},  # no secret; but nobody else needs it
    "guide_file": {WEB},  # a demo's passwords
    "ticket_key_file": ALL,  # each its own
    "blobs_url": {WEB, INFERENCE},
    "record_tokens": {RELEASER},
    "checkpoint_folder": {WEB, RELEASER},  # web reads what is signed
    "checkpoint_key_file": {RELEASER},
    "checkpoint_public_key_file": {WEB},
    "webhook_url": {RELEASER},
    "trust_root_file": ALL,  # public; but it must be the right one
    "trust_folder": {RELEASER},
    "trust_key_file": set(),
    "public_url": {WEB},
    "cookie_key_file": {WEB},
    "text_key_file": {INFERENCE},
    "judge_key_file": {INFERENCE},
}
# Given to no process that the tests start.
UNUSED = {
    "guide_file",
    "admin_url",
    "previous_master_key_file",
    "trust_key_file",
    "text_key_file",
    "judge_key_file",
}

# Whose code parses what strangers send, or runs a model: by the library's file.
HEAVY = ("libavcodec", "libavformat", "ctranslate2", "onnxruntime", "/av/")

# Tables that a role may read, in part or whole; the catalogue tests know the other rights.
READS: dict[str, set[str]] = {
    WEB: {
        "allowed_transitions", "audit_heads", "audit_log", "audit_subjects",
        "capture_chunks", "capture_keys", "capture_pieces", "captures", "cases", "consents",
        "decisions", "draft_sections", "drafts", "encounters", "ended_sessions", "evaluations", "failures", "findings", "guard_acts", "guardings", "handovers", "idempotency", "installation_pauses", "job_keys", "judgements", "model_versions", "passkeys", "patients", "pauses", "principals", "promotions", "record_targets", "rejections", "releases", "revision_findings", "revisions", "rollouts", "runs", "signatures", "source_states", "sources",
        "spans", "tenant_keys", "tenants", "transitions", "trust_statements", "views",
    },
    INFERENCE: {
        "allowed_transitions", "capture_chunks", "capture_keys", "capture_pieces", "captures",
        "audit_heads", "audit_log", "cases", "consents",
        "draft_sections", "drafts", "encounters", "evaluations", "failures", "findings", "guard_acts", "installation_pauses", "job_keys", "model_versions", "pauses", "promotions", "rollouts", "runs", "source_states", "sources", "spans", "tenants", "transitions", "trust_statements",
    },
    RELEASER: {
        "allowed_transitions", "audit_heads", "audit_log", "cases", "decisions",
        "draft_sections", "drafts", "encounters", "failures", "findings", "patients",
        "principals", "record_targets", "rejections", "releases", "revision_findings",
        "revisions", "runs", "signatures", "source_states", "sources", "spans", "tenant_keys", "tenants",
        "transitions", "trust_statements", "views",
    },
}  # fmt: skip
# Columns of keys, wrapped or sealed.
KEYS: dict[tuple[str, str], set[str]] = {
    ("tenant_keys", "key"): {WEB, RELEASER},
    ("tenant_keys", "clinic_key"): {WEB},
    ("patients", "key"): {WEB, RELEASER},
    ("job_keys", "sealed"): {WEB, INFERENCE},
    ("capture_keys", "sealed"): {WEB, INFERENCE},
}


@pytest.fixture(scope="module")
def stack(server: Path) -> Iterator[Stack]:
    """All three at work, with the lines of a real installation; a note has gone all the way."""
    lines = '["attending.lines.documentation", "tests.plugins.vitals_line"]'
    with Stack.opened(server, server=server, lines=lines) as opened:
        case = opened.decided()
        opened.sign(case)
        opened.finish(case)
        yield opened


def environment(stack: Stack, process: str) -> dict[str, str]:
    raw = Path(f"/proc/{stack.processes.pid(process)}/environ").read_bytes()
    pairs = (pair.partition("=") for pair in raw.decode().split("\0") if pair)
    return {name: value for name, _, value in pairs}


def mapped(stack: Stack, process: str) -> str:
    return Path(f"/proc/{stack.processes.pid(process)}/maps").read_text()


def open_files(stack: Stack, process: str) -> list[str]:
    folder = Path(f"/proc/{stack.processes.pid(process)}/fd")
    found = []
    for link in folder.iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:  # it was closed while we looked
            continue
    return found


def memory(stack: Stack, process: str) -> Iterator[bytes]:
    """All that the process could write to: heaps, stacks, data."""
    pid = stack.processes.pid(process)
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as mem:
        for line in mapped(stack, process).splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw") or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            try:
                mem.seek(start)
                yield mem.read(end - start)
            except OSError:  # reserved, not backed by anything
                continue


def needles(stack: Stack) -> Mapping[str, tuple[bytes, set[str]]]:
    """Secrets by name: bytes that give them away in memory, and who may hold them."""
    home, passwords = stack.installation.home, stack.installation.secrets
    pem = (home / "checkpoint.pem").read_bytes()
    job_pem = (home / "inference.pem").read_bytes()
    return {
        "master key": ((home / "master.key").read_bytes(), {WEB, RELEASER}),
        "cookie key": ((home / "cookie.key").read_bytes(), {WEB}),
        "checkpoint key": (_raw(pem), {RELEASER}),
        "checkpoint key file": (pem.splitlines()[1], {RELEASER}),
        "inference's key file": (job_pem.splitlines()[1], {INFERENCE}),
        "admin key": (_raw((home / "trust.pem").read_bytes()), set()),
        "record token": (RECORD_TOKEN.encode(), {RELEASER}),
        "queue's password": (passwords["queue"].encode(), {INFERENCE, RELEASER}),
        **{
            f"ticket key of {process}": (
                TicketKey.of((home / "tickets" / f"{process}.key").read_bytes()).inner,
                {process},
            )
            for process in PROCESSES
        },
        **{f"password of {p}": (passwords[p].encode(), {p}) for p in PROCESSES},
    }


def _raw(pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, None)
    return key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )


class TestVerdicts:
    def test_every_setting_that_is_a_secret_has_one(self) -> None:
        named = {name for name in Settings.model_fields if IS_SECRET.search(name)}
        assert named == set(SECRETS)

    def test_a_new_secret_would_be_seen(self) -> None:
        for name in ("kms_token", "vault_url", "admin_key_file", "smtp_password"):
            assert IS_SECRET.search(name)

    def test_the_settings_page_says_the_same(self) -> None:
        page = (OPERATIONS / "settings.md").read_text()
        rows = re.findall(r"^\| `ATTENDING_(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
        told = {
            name.lower(): ALL if who == "all" else {w.strip() for w in who.split(",")} & ALL
            for name, who in rows
        }
        assert {name: told[name] for name in SECRETS} == SECRETS

    def test_the_page_on_processes_says_the_same(self) -> None:
        page = (OPERATIONS / "processes.md").read_text()
        head = "| secret | web | inference | releaser |"
        rows = page.partition(head)[2].partition("\n\n")[0].splitlines()[2:]
        told = {}
        for row in rows:
            name, *marks = (cell.strip() for cell in row.strip("|").split("|"))
            holders = (WEB, INFERENCE, RELEASER)
            held = {who for who, mark in zip(holders, marks, strict=True) if mark != "—"}
            told[name.strip("`").removeprefix("ATTENDING_").lower()] = held
        assert told == {name: who for name, who in SECRETS.items() if name not in UNUSED}


class TestEnvironment:
    @pytest.mark.parametrize("process", sorted(ALL))
    def test_it_has_its_own_secrets_and_no_others(self, stack: Stack, process: str) -> None:
        given = environment(stack, process)
        held = {name for name in SECRETS if f"ATTENDING_{name.upper()}" in given}
        assert held == {name for name, who in SECRETS.items() if process in who} - UNUSED

    @pytest.mark.parametrize("process", sorted(ALL))
    def test_what_all_have_is_each_ones_own(self, stack: Stack, process: str) -> None:
        given = environment(stack, process)
        dsn = psycopg.conninfo.conninfo_to_dict(given["ATTENDING_DATABASE_URL"])
        assert dsn["user"] == f"attending_{process}"
        assert Path(given["ATTENDING_TICKET_KEY_FILE"]).name == f"{process}.key"

    @pytest.mark.parametrize("process", sorted(ALL))
    def test_no_value_of_anothers_stands_anywhere_in_it(self, stack: Stack, process: str) -> None:
        home = stack.installation.home
        said = "\n".join(environment(stack, process).values())
        for name, (secret, holders) in needles(stack).items():
            if process not in holders:
                assert secret not in said.encode(), name
        files = {"master.key": {WEB, RELEASER}, "cookie.key": {WEB}, "checkpoint.pem": {RELEASER}}
        for file, holders in files.items():
            assert (str(home / file) in said) == (process in holders), file


class TestOpenFiles:
    @pytest.mark.parametrize("process", sorted(ALL))
    def test_no_file_of_a_secret_is_open(self, stack: Stack, process: str) -> None:
        home = stack.installation.home
        opened = open_files(stack, process)
        assert any(name.endswith(f"{process}.log") for name in opened)
        kept = re.compile(r"\.(key|pem)$|secrets\.json$")
        assert [name for name in opened if kept.search(name)] == []
        others = [f"{other}.log" for other in ALL - {process}]
        assert [name for name in opened if name.endswith(tuple(others))] == []
        if process == RELEASER:
            assert [name for name in opened if name.startswith(str(home / "blobs"))] == []


class TestLibraries:
    def test_only_inference_parses_sound_and_the_releaser_runs_no_model(self, stack: Stack) -> None:
        for library in HEAVY:
            holders = {process for process in ALL if library in mapped(stack, process)}
            judging = {WEB} if library == "onnxruntime" else set()  # of support, while one edits
            assert holders == {INFERENCE} | judging, library


class TestMemory:
    @pytest.mark.parametrize("process", sorted(ALL))
    def test_no_secret_of_another_is_in_it(self, stack: Stack, process: str) -> None:
        wanted = needles(stack)
        try:
            held = {
                name
                for part in memory(stack, process)
                for name, (secret, _) in wanted.items()
                if secret in part
            }
        except PermissionError:
            pytest.skip("this kernel lets nobody read a child's memory")
        assert held <= {name for name, (_, holders) in wanted.items() if process in holders}
        assert {f"password of {process}", f"ticket key of {process}"} <= held  # it is found
        if process != INFERENCE:
            assert "master key" in held


class TestRights:
    @pytest.mark.parametrize("process", sorted(ALL))
    def test_it_reads_what_is_listed_and_no_more(self, stack: Stack, process: str) -> None:
        role = f"attending_{process}"
        with psycopg.connect(stack.installation.admin_dsn) as db:
            readable = {
                name
                for name in catalogue.tables(db)
                if has_any(db, role, f"attending.{name}", "SELECT")
            }
        lines_own = {"vitals_windows"}  # of the sample line
        assert readable - lines_own == READS[process]

    def test_keys_are_read_by_whom_they_are_for(self, stack: Stack) -> None:
        with psycopg.connect(stack.installation.admin_dsn) as db:
            rows = db.execute(
                """select c.relname, a.attname from pg_attribute a
                   join pg_class c on c.oid = a.attrelid
                   where c.relnamespace = 'attending'::regnamespace and c.relkind = 'r'
                     and a.atttypid = 'bytea'::regtype
                     and (a.attname ~ 'key' or a.attname = 'sealed')"""
            ).fetchall()
            assert set(rows) == set(KEYS)
            for (table, column), readers in KEYS.items():
                found = {
                    process
                    for process in ALL
                    if db.execute(
                        "select has_column_privilege(%s, %s, %s, 'SELECT')",
                        (f"attending_{process}", f"attending.{table}", column),
                    ).fetchone()
                    == (True,)
                }
                assert found == readers, (table, column)

    def test_after_the_work_no_key_of_a_job_is_left(self, stack: Stack) -> None:
        case = CaseId(stack.rows("select id from attending.cases")[0][0])
        assert stack.state(str(case)) == "released"
        assert stack.rows("select * from attending.job_keys") == []
