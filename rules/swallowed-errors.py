# at: src/attending/loop/planted.py
from contextlib import suppress


def tried(job):
    # ruleid: swallowed-errors
    try:
        job()
    except Exception:
        pass
    # ruleid: swallowed-errors
    with suppress(Exception):
        job()
    # ok: swallowed-errors
    with suppress(FileNotFoundError):
        job()
    # ok: swallowed-errors
    try:
        job()
    except Exception as error:
        give_up(job, error)
        raise
