"""What may happen to one case, said a second time: plainly, and from the design alone.

Nothing of the product is used here. Each ``*_refusal`` gives the code with which the API
must refuse, or None if it must not; each verb without it is the effect of what was allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CONFLICT = "case.conflict"
NOT_SEEN = "review.not_seen"
NO_PROOF = "signature.proof_refused"
INVALID = "input.invalid"
ABSENT = "resource.not_found"
STATUS = {CONFLICT: 409, NOT_SEEN: 403, NO_PROOF: 403, INVALID: 422, ABSENT: 404}


@dataclass
class SectionModel:
    key: str
    title: str
    lines: dict[str, str]  # statement id: its text, in order
    serious: frozenset[str]
    revision: int = 0
    decided: str | None = None  # the last decision's kind

    @property
    def text(self) -> str:
        return "\n".join(self.lines.values())

    def rewritten(self, text: str) -> dict[str, str]:
        """A line that stays keeps its id; any other is a new statement."""
        ids = {line: statement for statement, line in self.lines.items()}
        kept = [line.strip() for line in text.splitlines() if line.strip()]
        return {
            ids.get(line, f"{self.key}.r{self.revision + 1}.{number}"): line
            for number, line in enumerate(kept, 1)
        }


@dataclass
class SignatureModel:
    by: str
    action: str  # write, amend or retract
    text: str
    digest: str
    version: int  # of the case that was signed
    reviewed: bool  # every section decided, and seen by the signer
    touched: bool = False  # given up, while something of it may stand in the record
    release: str = "pending"  # its state; the job's steps in between are "pending" too


@dataclass
class Entry:
    """A prepared entry, as a client keeps it."""

    by: str
    version: int
    retract: bool
    digest: str
    prepared_at: str
    text: str


@dataclass
class CaseModel:
    sections: dict[str, SectionModel]
    version: int
    state: str = "in_review"
    shown: set[tuple[str, str, int]] = field(default_factory=set)
    opened: set[tuple[str, str, str]] = field(default_factory=set)
    signatures: list[SignatureModel] = field(default_factory=list)

    def seen(self, who: str, key: str) -> bool:
        section = self.sections[key]
        opened = {statement for by, k, statement in self.opened if (by, k) == (who, key)}
        return (who, key, section.revision) in self.shown and section.serious <= opened

    def reviewed(self, who: str) -> bool:
        return all(s.decided and self.seen(who, s.key) for s in self.sections.values())

    def text(self) -> str:
        """What would stand in the record."""
        kept = (s for s in self.sections.values() if s.decided != "reject")
        return "\n\n".join(f"{section.title}\n{section.text}" for section in kept)

    def has_content(self) -> bool:
        return any(s.lines and s.decided != "reject" for s in self.sections.values())

    def notes(self) -> list[SignatureModel]:
        """The signatures whose release was written, in order."""
        return [each for each in self.signatures if each.release == "written"]

    def _move(self, state: str) -> None:
        self.state, self.version = state, self.version + 1

    def view_refusal(self, key: str, revision: int, statement: str | None) -> str | None:
        if key not in self.sections:
            return ABSENT
        section = self.sections[key]
        if revision != section.revision:
            return CONFLICT
        known = {None, *section.lines, *section.serious}
        return None if statement in known else ABSENT

    def view(self, who: str, key: str, statement: str | None) -> None:
        self.shown.add((who, key, self.sections[key].revision))
        if statement is not None:
            self.opened.add((who, key, statement))

    def decision_refusal(
        self, who: str, version: int, key: str, revision: int, kind: str, reason: str, text: str
    ) -> str | None:
        if version != self.version or self.state != "in_review":
            return CONFLICT
        if key not in self.sections:
            return ABSENT
        section = self.sections[key]
        if revision != section.revision:
            return CONFLICT
        if not self.seen(who, key):
            return NOT_SEEN
        silent = kind == "reject" and not reason.strip()
        same = kind == "edit" and section.rewritten(text) == section.lines
        return INVALID if silent or same else None

    def decide(self, who: str, key: str, kind: str, text: str) -> None:
        section = self.sections[key]
        section.decided = kind
        if kind == "edit":
            section.lines = section.rewritten(text)
            section.revision += 1
            self.shown.add((who, key, section.revision))
        self._move("in_review")

    def rejection_refusal(self, version: int, reason: str) -> str | None:
        if version != self.version or self.state != "in_review":
            return CONFLICT
        if not reason.strip():
            return INVALID
        clean = all(s.release == "failed" and not s.touched for s in self.signatures)
        return None if clean else CONFLICT

    def reject(self) -> None:
        self._move("rejected")

    def amendment_refusal(self, version: int) -> str | None:
        return None if (version, self.state) == (self.version, "released") else CONFLICT

    def amend(self) -> None:
        self._move("in_review")

    def entry_refusal(self, who: str, *, retract: bool) -> str | None:
        if retract:
            return None if self.state == "released" else CONFLICT
        if self.state != "in_review" or not all(s.decided for s in self.sections.values()):
            return CONFLICT
        if not self.reviewed(who):
            return NOT_SEEN
        return None if self.has_content() else INVALID

    def signature_refusal(
        self, who: str, version: int, entry: Entry, *, retract: bool, proven: bool
    ) -> str | None:
        if version != self.version:
            return CONFLICT
        refusal = self.entry_refusal(who, retract=retract)
        if refusal is not None:
            return refusal
        if (entry.by, entry.version, entry.retract) != (who, self.version, retract):
            return CONFLICT  # it is not the entry that the digest is of
        return None if proven else NO_PROOF

    def sign(self, entry: Entry) -> None:
        action = "retract" if entry.retract else "amend" if self.notes() else "write"
        reviewed = entry.retract or self.reviewed(entry.by)
        self.signatures.append(
            SignatureModel(entry.by, action, entry.text, entry.digest, self.version, reviewed)
        )
        self._move("signed")

    def deliverable(self, number: int) -> bool:
        """Whether a job for this signature's release may write."""
        is_last = number == len(self.signatures) - 1
        return is_last and self.state == "signed" and self.signatures[number].release == "pending"

    def write(self) -> None:
        last = self.signatures[-1]
        last.release = "written"
        self._move("retracted" if last.action == "retract" else "released")

    def fail(self, *, touched: bool) -> None:
        self.signatures[-1].release = "failed"
        self.signatures[-1].touched = touched
        self._move("failed")

    def retry(self) -> None:
        self.signatures[-1].release = "pending"
        self._move("signed")

    def reopen(self) -> None:
        self._move("in_review")
