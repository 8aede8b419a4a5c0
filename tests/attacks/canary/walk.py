"""`make canary`: so many random steps, shared by some processes, and what came of them.

Each process has its own clinics, its own EHR and its own seed, on one database server.
Ends with 0 if no canary was found where none may be, and else with 1.
"""

from __future__ import annotations

import argparse
import gc
import logging
import multiprocessing
import queue
import secrets
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from attending.adapters.storage.embedded import EmbeddedPostgres
from attending.demo.ehr import StandInEhr
from tests.attacks.canary.world import World, worlds

_SILENT = 60  # above every level of a log
_TELLS = 20.0  # seconds between two lines of progress


@dataclass
class Share:
    """What one process did. ``failed``: the story of what went wrong, or nothing."""

    seed: int
    steps: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    made: int = 0
    allowed: int = 0
    seen: int = 0
    scanned: int = 0
    requests: int = 0
    cases: int = 0
    failed: str = ""


def walked(server: Path, seed: int, goes_on: Callable[[int], bool], *, sekmet: bool) -> Share:
    """One world, as long as ``goes_on``, which is told the steps so far, says so.

    sekmet: its EHR keeps what it is sent on a sekmet-fhir server.
    Never raises but for a broken installation.
    """
    share = Share(seed)
    with ExitStack() as stack:
        ehr = StandInEhr(server / f"ehr-{seed}", persistent=False) if sekmet else None
        behind = stack.enter_context(ehr).url if ehr else ""
        world = stack.enter_context(worlds(server, seed, behind))
        started = time.monotonic()
        try:
            while goes_on(world.count):
                world.act()
            world.settle()
        except Exception:  # noqa: BLE001 - whatever it was, it is the verdict
            share.failed = f"{traceback.format_exc()}\n{_stories(world)}"
        share.seconds = time.monotonic() - started
        _counted(world, share)
    return share


def _counted(world: World, share: Share) -> None:
    share.steps, share.kinds = world.count, world.steps + world.told
    share.made, share.allowed = len(world.marks.made), len(world.allowed)
    share.seen, share.scanned, share.requests = len(world.seen), world.scanned, world.requests
    share.cases = len(world.left) + len(world.working) + len(world.arriving)


def _stories(world: World) -> str:
    """The last acts on the cases in work."""
    return "\n".join(
        f"{driver.case} ({driver.model.state}): " + "\n    ".join(driver.story[-8:])
        for driver in world.working
    )


@dataclass
class Pace:
    """What the processes know of each other: how far they are together, and who waits."""

    steps: int
    ends: float  # by the machine's clock
    done: Any  # a number that they share
    sekmet: int  # so many of the processes have sekmet-fhir behind their EHR
    own: int = 0

    def goes_on(self, count: int) -> bool:
        parent = multiprocessing.parent_process()
        if parent is None or not parent.is_alive():
            sys.exit("Nobody waits for this any more.")
        with self.done.get_lock():
            self.done.value += count - self.own
            self.own = count
            return bool(self.done.value < self.steps) and time.monotonic() < self.ends


def _process(server: str, seed: int, number: int, pace: Pace, told: Any) -> None:
    _hush()
    gc.freeze()  # what was imported stays; most of a step's work is short-lived
    gc.set_threshold(100_000, 20, 100)
    try:
        told.put(walked(Path(server), seed, pace.goes_on, sekmet=number < pace.sekmet))
    except Exception:  # noqa: BLE001 - the one who waits for it must learn of its end
        told.put(Share(seed, failed=traceback.format_exc()))


def _hush() -> None:
    """The product's logs say what was refused, and that is nearly everything here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(_SILENT)


def main() -> int:
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Told to stop."))
    print(f"seed {asked.seed}: {asked.steps} steps, {asked.processes} processes", flush=True)
    server = Path(tempfile.mkdtemp(prefix="attending-canary-"))
    server.chmod(0o755)  # the database server's account must reach its data below
    try:
        EmbeddedPostgres(server / "postgres", fsync=False).start()
        shares = _shares(server, asked)
    finally:
        EmbeddedPostgres(server / "postgres").stop()
        shutil.rmtree(server, ignore_errors=True)
    return _report(shares, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make canary ARGS=…")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--minutes", type=float, default=24 * 60, help="at most so long")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--sekmet", type=int, default=0, help="processes in front of sekmet-fhir")
    return parser.parse_args()


def _shares(server: Path, asked: argparse.Namespace) -> list[Share]:
    context = multiprocessing.get_context("spawn")
    told, done = context.Queue(), context.Value("q", 0)
    pace = Pace(asked.steps, time.monotonic() + 60 * asked.minutes, done, asked.sekmet)
    processes = [
        context.Process(
            target=_process,
            args=(str(server), asked.seed + number, number, pace, told),
            daemon=True,
        )
        for number in range(asked.processes)
    ]
    for process in processes:
        process.start()
    shares = _awaited(told, done, len(processes))
    for process in processes:
        process.join()
    return shares


def _awaited(told: Any, done: Any, wanted: int) -> list[Share]:
    """Until every process told of its end; their progress is said meanwhile."""
    shares: list[Share] = []
    started = time.monotonic()
    while len(shares) < wanted:
        try:
            share = told.get(timeout=_TELLS)
        except queue.Empty:
            seconds = time.monotonic() - started
            print(f"{done.value:>8} steps, {done.value / seconds:.0f}/s", flush=True)
            continue
        shares.append(share)
        print(f"seed {share.seed}: {'FAILED' if share.failed else 'ended'}", flush=True)
    return shares


def _report(shares: list[Share], asked: argparse.Namespace) -> int:
    kinds = sum((share.kinds for share in shares), Counter())
    for name, times in sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])):
        print(f"{times:>8}  {name}")
    total = {
        name: sum(getattr(share, name) for share in shares)
        for name in ("steps", "cases", "made", "allowed", "seen", "requests", "scanned")
    }
    longest = max(share.seconds for share in shares)
    print(f"{total['steps']} steps on {total['cases']} cases in {longest:.0f} s", end=", ")
    print(f"{total['steps'] / longest:.0f} a second; steps by seed:", end=" ")
    print(", ".join(f"{s.seed}: {s.steps}" for s in sorted(shares, key=lambda s: s.seed)))
    print(
        f"{total['made']} canaries made, {total['allowed']} signed, {total['seen']} of these seen"
    )
    print(f"{total['requests']} requests at the EHR and the webhook, {total['scanned']} bytes read")
    failed = [share for share in shares if share.failed]
    for share in failed:
        print(f"--- seed {share.seed} after {share.steps} steps\n{share.failed}", file=sys.stderr)
    print("FAILED" if failed else "No canary where none may be.", f"(seed {asked.seed})")
    return 1 if failed else 0
