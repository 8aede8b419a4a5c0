"""The log of signed statements: it holds as a whole, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from attending.adapters.ed25519 import FileKey, holds
from attending.core.errors import InvalidInput, TrustBroken, Untrusted
from attending.core.identity import StaffRole
from attending.core.ids import PrincipalId, TargetId, TenantId, fresh
from attending.core.trust import (
    Act,
    AdminBody,
    Body,
    EgressBody,
    IssuerBody,
    PasskeyBody,
    PrincipalBody,
    PromotionBody,
    SignedStatement,
    Statement,
    StatementKind,
    TargetBody,
    Trusted,
    canonical,
    digest,
    following,
    key_id,
    message,
    read,
    replay,
)

TENANT = TenantId(uuid4())
ROOT, STRANGER = (FileKey(Ed25519PrivateKey.generate()) for _ in range(2))
ADA, EHR = PrincipalId(fresh()), TargetId(fresh())
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA_BODY = PrincipalBody("https://login", "ada", "Dr Ada", ("clinician",))
BODIES: dict[StatementKind, Body] = {
    StatementKind.ADMIN: AdminBody(STRANGER.public.hex()),
    StatementKind.PRINCIPAL: ADA_BODY,
    StatementKind.ISSUER: IssuerBody("attending", "console", keys=('{"kty":"EC"}',)),
    StatementKind.TARGET: TargetBody("fhir-r4", "http://ehr/fhir", "EHR"),
    StatementKind.EGRESS: EgressBody("https://models", "DPA-1", "eu", "drafting"),
    StatementKind.PROMOTION: PromotionBody("2", "ab" * 32),
    StatementKind.PASSKEY: PasskeyBody(str(ADA), "a2V5", "localhost", "http://localhost:8400"),
}


class Log:
    """A log as an administrator writes it."""

    def __init__(self, key: FileKey = ROOT, tenant: TenantId = TENANT) -> None:
        self.key, self.tenant = key, tenant
        self.statements: list[SignedStatement] = []

    def says(
        self, kind: StatementKind, subject: object, body: Body | None = None, key: FileKey = ROOT
    ) -> Log:
        act = Act.ADD if body else Act.REVOKE
        now = self.standing()
        said = following(now, act, kind, str(subject), key_id(key.public), NOW, body, "why")
        return self.signs(said, key)

    def signs(self, said: Statement, key: FileKey = ROOT) -> Log:
        text = canonical(said)
        self.statements.append(SignedStatement(text, key.sign(message(text))))
        return self

    def standing(self) -> Trusted:
        return replay(self.tenant, self.key.public, self.statements, holds)


def usual() -> Log:
    log = Log()
    for kind, body in BODIES.items():
        subject = {StatementKind.PRINCIPAL: ADA, StatementKind.TARGET: EHR}.get(kind, f"a {kind}")
        log.says(kind, subject, body)
    return log


def test_what_was_stated_stands() -> None:
    now = usual().standing()
    assert now.principal(ADA).roles == {StaffRole.CLINICIAN}
    assert now.target(EHR).address == "http://ehr/fhir"
    assert [issuer.client_id for issuer in now.issuers] == ["console"]
    assert now.passkey("a passkey").principal == ADA
    assert now.head.number == len(BODIES)
    assert set(BODIES) == set(StatementKind)


def test_what_nobody_stated_is_no_signer_and_no_target() -> None:
    now = usual().standing()
    for ask in (lambda: now.principal(PrincipalId(fresh())), lambda: now.target(TargetId(fresh()))):
        with pytest.raises(Untrusted, match="No statement"):
            ask()
    with pytest.raises(Untrusted):  # an id of another kind
        now.principal(PrincipalId(EHR))


def test_what_was_revoked_says_so_and_can_be_stated_again() -> None:
    log = usual().says(StatementKind.PRINCIPAL, ADA)
    with pytest.raises(Untrusted, match="was revoked at 2026-11-21"):
        log.standing().principal(ADA)
    assert log.says(StatementKind.PRINCIPAL, ADA, ADA_BODY).standing().principal(ADA)


def test_nothing_is_revoked_that_does_not_stand() -> None:
    with pytest.raises(InvalidInput, match="No target"):
        usual().says(StatementKind.TARGET, ADA)


def test_admin_keys_are_changed_without_a_stop() -> None:
    second = FileKey(Ed25519PrivateKey.generate())
    log = Log().says(StatementKind.PRINCIPAL, ADA, ADA_BODY)
    log.says(StatementKind.ADMIN, key_id(second.public), AdminBody(second.public.hex()))
    log.says(StatementKind.ADMIN, key_id(ROOT.public), key=second)
    log.says(StatementKind.TARGET, EHR, BODIES[StatementKind.TARGET], key=second)
    assert log.standing().principal(ADA)
    assert log.standing().admins == {second.public.hex()}
    log.signs(following(log.standing(), Act.REVOKE, StatementKind.PRINCIPAL, str(ADA),
                        key_id(ROOT.public), NOW))  # fmt: skip
    with pytest.raises(TrustBroken, match="not signed by an admin key"):
        log.standing()


def test_the_last_admin_key_stays() -> None:
    log = Log()
    said = following(log.standing(), Act.REVOKE, StatementKind.ADMIN, key_id(ROOT.public),
                     key_id(ROOT.public), NOW)  # fmt: skip
    with pytest.raises(TrustBroken, match="leaves no admin key"):
        log.signs(said).standing()


FORGED = {
    "by a stranger": lambda now, said: (said, STRANGER),
    "in another's name": lambda now, said: (replace(said, by=key_id(STRANGER.public)), ROOT),
    "for another clinic": lambda now, said: (replace(said, tenant=str(uuid4())), ROOT),
    "with a gap": lambda now, said: (replace(said, number=said.number + 1), ROOT),
    "in an old place": lambda now, said: (replace(said, number=1, previous=""), ROOT),
    "after another": lambda now, said: (replace(said, previous="00" * 32), ROOT),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_statement_that_does_not_follow_breaks_the_log(name: str) -> None:
    log = Log().says(StatementKind.PRINCIPAL, ADA, ADA_BODY)
    now = log.standing()
    said = following(now, Act.ADD, StatementKind.TARGET, str(EHR), key_id(ROOT.public), NOW,
                     BODIES[StatementKind.TARGET])  # fmt: skip
    forged, key = FORGED[name](now, said)
    with pytest.raises(TrustBroken, match="Statement 2"):
        log.signs(forged, key).standing()


@given(data=st.data())
def test_no_log_holds_once_it_was_touched(data: st.DataObject) -> None:
    """One character changed, one statement left out, doubled, or moved."""
    log = usual()
    at = data.draw(st.integers(0, len(log.statements) - 2))
    match data.draw(st.sampled_from(["edit", "drop", "double", "swap", "signature"])):
        case "edit":
            text = log.statements[at].text
            place = data.draw(st.integers(0, len(text) - 1))
            other = data.draw(st.characters(codec="ascii").filter(lambda c: c != text[place]))
            text = text[:place] + other + text[place + 1 :]
            log.statements[at] = replace(log.statements[at], text=text)
        case "drop":
            del log.statements[at]
        case "double":
            log.statements.insert(at, log.statements[at])
        case "swap":
            pair = log.statements[at : at + 2]
            log.statements[at : at + 2] = pair[::-1]
        case _:
            log.statements[at] = replace(log.statements[at], signature=b"\0" * 64)
    with pytest.raises(TrustBroken):
        log.standing()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ANY_BODY = st.one_of(
    st.builds(AdminBody, TEXT),
    st.builds(PrincipalBody, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple)),
    st.builds(IssuerBody, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple)),
    st.builds(TargetBody, TEXT, TEXT, TEXT),
    st.builds(EgressBody, TEXT, TEXT, TEXT, TEXT),
    st.builds(PromotionBody, TEXT, TEXT),
)


@given(body=ANY_BODY, subject=TEXT, reason=TEXT, number=st.integers(1, 2**31))
def test_every_statement_is_read_as_it_was_said(
    body: Body, subject: str, reason: str, number: int
) -> None:
    said = Statement("t", number, "p", Act.ADD, body.kind, subject, "by", "at", reason, body)
    assert read(canonical(said)) == said
    revoked = replace(said, act=Act.REVOKE, body=None)
    assert read(canonical(revoked)) == revoked
    assert digest(canonical(said)) != digest(canonical(revoked))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "superuser"}, {"act": "grant"}, {"body": None}, {"body": {}}, {"body": []},
        {"act": "revoke"}, {"extra": 1}, {"body": {"kind": "x"}},
        {"body": {**vars(BODIES[StatementKind.TARGET]), "name": 1}},
        {"body": {**vars(BODIES[StatementKind.TARGET]), "more": "x"}},
        {"body": {**vars(BODIES[StatementKind.TARGET]), "name": ["x"]}},
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused(change: dict[str, object]) -> None:
    body = BODIES[StatementKind.TARGET]
    said = Statement("t", 1, "", Act.ADD, StatementKind.TARGET, "x", "by", "at", "", body)
    told = json.loads(canonical(said)) | change
    with pytest.raises(InvalidInput):
        read(json.dumps(told, sort_keys=True, separators=(",", ":")))


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(json.dumps)))  # fmt: skip
def test_no_text_at_all_makes_reading_fail_otherwise(text: str) -> None:
    with pytest.raises(InvalidInput):
        read(text)
