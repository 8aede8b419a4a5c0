"""What is typed in an emergency loads no line: its words alone are read for a second."""

from __future__ import annotations

import subprocess
import sys

_LOADED = """
import sys
from typer.testing import CliRunner
from attending.cli import cli
assert CliRunner().invoke(cli, ["model", "rollback", "--help"]).exit_code == 0
print([name for name in sys.modules if name.startswith("attending.lines.")])
"""


def test_a_rollback_imports_no_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
