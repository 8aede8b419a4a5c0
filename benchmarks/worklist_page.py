"""The worklist over HTTP: 500 cases of 500 patients, as a clinician's browser asks for it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil

from attending.core.errors import EngineFailed
from attending.demo.commands import CLINICIAN
from attending.demo.installation import Installation
from benchmarks.bench import Bench, Figure, median, spread
from benchmarks.ready_clinic import ReadyClinic
from benchmarks.running import serving

ROWS = 500
WARM = 2  # pages before it is measured
_GOAL = 300.0  # ms
_FIRST_PAGE = 150.0  # KB
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_ASSET = re.compile(r'(?:href|src)="(/assets/[^"]+)"')


def measure(bench: Bench) -> list[Figure]:
    cases, rounds = bench.pick((ROWS, 30), (ROWS, 10), (3, 2))
    installation = bench.installation("worklist", "ready_line")
    with serving(installation, "web") as processes:
        with ReadyClinic.opened(installation) as clinic:
            for number in range(cases):
                bench.tell(f"worklist: preparing case {number + 1} of {cases}")
                clinic.of_patient(number).in_review()
        with _logged_in(installation) as browser:
            shown = _asked(browser, f"/?rows={ROWS}").text.count('<li id="case-')
            if shown != cases:
                raise EngineFailed(f"The page shows {shown} cases of {cases}.")
            web = psutil.Process(processes.pid("web"))
            before = _worked(web)
            every = _timed(browser, f"/?rows={ROWS}", rounds)
            worked = (_worked(web) - before) / (rounds + WARM)
            first = _timed(browser, "/", rounds)
            size = _first_page(browser)
    return [
        Figure.at_most(
            f"worklist: {cases} cases on one page",
            median(every),
            "ms",
            _GOAL,
            f"{spread(every)}; processor time of the web process {worked:.0f} ms",
        ),
        Figure("worklist: the first 50 of them", median(first), "ms", spread(first)),
        Figure.at_most(
            "worklist: first page, script and style, over the wire", size, "KB", _FIRST_PAGE
        ),
    ]


def _worked(process: psutil.Process) -> float:
    """Milliseconds of processor time so far."""
    times = process.cpu_times()
    return 1_000 * (times.user + times.system)


def _timed(browser: httpx.Client, path: str, rounds: int) -> list[float]:
    """Milliseconds from the request to the last byte of the page."""
    took = []
    for _ in range(rounds + WARM):
        started = time.perf_counter()
        _asked(browser, path)
        took.append(1_000 * (time.perf_counter() - started))
    return took[WARM:]


def _first_page(browser: httpx.Client) -> float:
    page = _asked(browser, "/")
    parts = [page, *(_asked(browser, address) for address in _ASSET.findall(page.text))]
    return sum(part.num_bytes_downloaded for part in parts) / 1_000


def _asked(browser: httpx.Client, path: str) -> httpx.Response:
    answer = browser.get(path)
    if answer.status_code != httpx.codes.OK:
        raise EngineFailed("The console refused the measurement.", status=answer.status_code)
    return answer


@contextmanager
def _logged_in(installation: Installation) -> Iterator[httpx.Client]:
    """By the issuer's own page, so that the session is one of the console."""
    with httpx.Client(
        base_url=installation.web_url, follow_redirects=True, trust_env=False, timeout=60
    ) as browser:
        form = dict(_FIELD.findall(browser.get("/login").text))
        secret = installation.secrets[CLINICIAN]
        browser.post(
            f"{installation.issuer_url}/authorize",
            data={**form, "username": CLINICIAN, "password": secret},
        )
        yield browser
