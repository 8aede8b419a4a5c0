"""``attending trust`` and ``attending tenant``: an administrator states what is trusted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from attending.adapters.ed25519 import CommandKey, FileKey, holds, make_key, public_half, public_key
from attending.adapters.storage.checkpoints import load_private_key, load_public_key
from attending.cli import cli
from attending.core.errors import InvalidInput, Misconfigured
from attending.core.identity import StaffRole
from tests.adapters.identity.authenticator import Authenticator
from tests.clinic import Clinic

SIGNER = """
import base64, sys
from pathlib import Path
from attending.adapters.ed25519 import FileKey
sys.stdout.write(base64.b64encode(FileKey.read(Path(sys.argv[1])).sign(sys.stdin.buffer.read())).decode())
"""


@pytest.fixture(autouse=True)
def _as_administrator(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    key = clinic.installation.trust_key
    monkeypatch.setenv("ATTENDING_ADMIN_URL", clinic.installation.admin_dsn)
    monkeypatch.setenv("ATTENDING_TRUST_KEY_FILE", str(key))
    monkeypatch.setenv("ATTENDING_TRUST_ROOT_FILE", str(public_half(key)))
    monkeypatch.setenv("ATTENDING_MASTER_KEY_FILE", str(clinic.installation.home / "master.key"))


def run(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done


def told(clinic: Clinic, *words: str) -> str:
    return " ".join(run("trust", *words, "--tenant", str(clinic.tenant)).output.split())


ENROL = ("add", "principal", "grace", "--issuer", "https://login.test", "--name", "Dr Grace [x]")


def test_a_person_is_enrolled_shown_and_revoked(clinic: Clinic) -> None:
    assert "Stated: principal" in told(clinic, *ENROL, "--role", "clinician", "--role", "auditor")
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        grace = unit.people.principal("https://login.test", "grace")
        assert grace is not None
        assert clinic.trust.standing(unit).principal(grace.id) == grace
    assert grace.roles == {StaffRole.CLINICIAN, StaffRole.AUDITOR}
    again = told(clinic, *ENROL, "--role", "auditor", "--role", "clinician")
    assert "It stood already" in again
    assert "Revoked" in told(clinic, "revoke", "principal", str(grace.id), "--reason", "She left.")
    shown = json.loads(run("trust", "show", "--json", "--tenant", str(clinic.tenant)).output)
    assert {"kind": "principal", "subject": str(grace.id), "reason": "She left."}.items() <= next(
        each for each in shown["revoked"] if each["subject"] == str(grace.id)
    ).items()
    assert shown["differing"] == []
    assert "She left." in told(clinic, "show")


def test_every_kind_can_be_stated(clinic: Clinic) -> None:
    told(clinic, "add", "issuer", "https://login.test", "--audience", "a", "--client-id", "c")
    told(clinic, "add", "target", "http://127.0.0.1:9/fhir", "--name", "Second EHR")
    told(clinic, "add", "egress", "large-model", "--address", "https://m.test", "--agreement",
         "DPA-7", "--region", "eu", "--purpose", "drafting")  # fmt: skip
    told(clinic, "add", "promotion", "infer/extractive", "--version", "2", "--evaluation", "ab")
    shown = told(clinic, "show")
    for word in ("https://login.test", "Second EHR", "DPA-7", "infer/extractive"):
        assert word in shown


def test_a_row_that_nobody_stated_ends_with_1(clinic: Clinic, neighbour: Clinic) -> None:
    from tests.attacks.test_trust import tampered

    safety = neighbour.person("demo-safety")
    change = "update attending.principals set name = %s where id = %s"
    tampered(neighbour, change, "Mallory", safety.id)
    shown = run("trust", "show", "--tenant", str(neighbour.tenant), code=1).output
    assert f"principal {safety.id}" in " ".join(shown.split())
    tampered(neighbour, change, safety.name, safety.id)
    run("trust", "show", "--tenant", str(neighbour.tenant))


def test_a_new_clinic_begins_with_nothing(clinic: Clinic) -> None:
    made = UUID(run("tenant", "add", "Clinic [on] the hill").output.split()[0])
    assert "Nothing is stated yet." in run("trust", "show", "--tenant", str(made)).output
    run("trust", *ENROL, "--role", "clinician", "--tenant", str(made))
    assert "1 statements hold" in run("trust", "show", "--tenant", str(made)).output


def test_a_command_signs_instead_of_a_file(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a KMS or a hardware key would: the private key is not read by us."""
    script = tmp_path / "kms.py"
    script.write_text(SIGNER)
    key = clinic.installation.trust_key
    monkeypatch.setenv("ATTENDING_TRUST_SIGNER", f"{sys.executable} {script} {key}")
    monkeypatch.setenv("ATTENDING_TRUST_KEY_FILE", str(public_half(key)))
    assert "Stated" in told(clinic, "add", "target", "http://127.0.0.1:9/r5", "--name", "R5")


def test_a_strangers_key_states_nothing(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.pem"
    assert "keep it off these machines" in " ".join(run("trust", "init", str(own)).output.split())
    assert own.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("ATTENDING_TRUST_KEY_FILE", str(own))
    with pytest.raises(InvalidInput, match="no admin key"):
        told(clinic, "revoke", "principal", str(clinic.person().id), "--reason", "x")
    with pytest.raises(Misconfigured, match="stands already"):
        run("trust", "init", str(own))


@pytest.mark.parametrize("command", ["false", "echo no", "echo AAAA", "/nowhere", "cat"])
def test_a_signer_that_does_not_sign_is_told(tmp_path: Path, command: str) -> None:
    public = public_key(make_key(tmp_path / "a.pem"))
    with pytest.raises(Misconfigured, match="signing command"):
        CommandKey(command, public).sign(b"message")


def test_a_key_file_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    for content in (
        b"",
        b"no key",
        b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----",
    ):
        path.write_bytes(content)
        for read in (FileKey.read, public_key):
            with pytest.raises(Misconfigured):
                read(path)
    with pytest.raises(Misconfigured):
        public_key(tmp_path / "absent.pem")
    made = FileKey.read(tmp_path / make_key(tmp_path / "b.pem").name.replace(".pub", ""))
    assert holds(made.public, made.sign(b"m"), b"m")
    assert not holds(made.public, made.sign(b"m"), b"n")


def test_a_checkpoint_key_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pem"
    path.write_bytes(b"no key")
    for read in (load_private_key, load_public_key):
        with pytest.raises(Misconfigured):
            read(path)
        with pytest.raises(Misconfigured):
            read(tmp_path / "absent.pem")


class TestPasskeys:
    """What waits is listed with its fingerprint, and stated by it."""

    @staticmethod
    def enrolled(clinic: Clinic, name: str) -> str:
        by = clinic.person()
        made = Authenticator().enrolled(by.id, name)
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            unit.passkeys.add(made)
        return made.public.fingerprint

    def test_it_is_stated_by_its_fingerprint(self, clinic: Clinic) -> None:
        first, second = self.enrolled(clinic, "[bold]ring"), self.enrolled(clinic, "ward")
        listed = told(clinic, "add", "passkey")
        for words in (first, second, "[bold]ring", "Dr Ada Lindqvist (demo)"):
            assert words in listed
        assert "Stated: passkey" in told(clinic, "add", "passkey", first)
        listed = told(clinic, "add", "passkey")
        assert first not in listed
        assert second in listed
        shown = json.loads(run("trust", "show", "--json", "--tenant", str(clinic.tenant)).output)
        [stated] = [each for each in shown["standing"] if each["kind"] == "passkey"]
        assert stated["body"]["principal"] == str(clinic.person().id)
        assert shown["differing"] == []
        revoked = told(clinic, "revoke", "passkey", stated["subject"], "--reason", "lost")
        assert "Revoked: passkey" in revoked
        assert first not in told(clinic, "add", "passkey")

    @pytest.mark.parametrize("fingerprint", ["0000-0000", "x", "*"])
    def test_another_fingerprint_states_nothing(self, clinic: Clinic, fingerprint: str) -> None:
        whole = self.enrolled(clinic, "another")
        for wrong in (fingerprint, whole[:-1], whole.upper() + "0", whole.replace("-", "")):
            with pytest.raises(InvalidInput, match="No passkey"):
                told(clinic, "add", "passkey", wrong)

    def test_one_that_was_withdrawn_waits_no_more(self, clinic: Clinic) -> None:
        fingerprint, by = self.enrolled(clinic, "withdrawn"), clinic.person()
        with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
            [made] = [p for p in unit.passkeys.of(by.id) if p.name == "withdrawn"]
            unit.passkeys.withdraw(made.id, by.id)
        assert fingerprint not in told(clinic, "add", "passkey")
        with pytest.raises(InvalidInput, match="No passkey"):
            told(clinic, "add", "passkey", fingerprint)
