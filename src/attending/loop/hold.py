"""Hold: what goes wrong at a step's work says at which version the step had its subject.

A worker that was paused, and wakes after another took the subject up or a person dealt with
it, may then fail: its failure is of a version that is gone, and is nobody's any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attending.core.errors import AttendingError, Unexpected


@contextmanager
def holding(version: int) -> Iterator[None]:
    """Around the work on a subject that was taken up at this version."""
    try:
        yield
    except AttendingError as error:
        error.held = version
        raise
    except Exception as error:
        told = Unexpected(error)
        told.held = version
        raise told from error


def lost(error: AttendingError, version: int) -> bool:
    """Whether the subject, now at this version, went on without who raised the error.

    Never for an error from before the subject was taken up: it says how things stand.
    """
    return error.held not in (None, version)
