"""Guard: every check of a line over a draft; worst findings first."""

from __future__ import annotations

from collections.abc import Iterable

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import Check

_ORDER = {Severity.SERIOUS: 0, Severity.CAUTION: 1, Severity.INFO: 2}


def guard(checks: Iterable[Check], rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
    """Pure. A check that raises stops the draft: an unguarded draft is not shown."""
    found = [finding for check in checks for finding in check.examine(rendition, draft)]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))
