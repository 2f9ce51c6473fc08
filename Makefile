# Two commands are enough: `make run` shows Amparo at work, `make test` proves it.
# Everything else here is a piece of those two.

PORT   ?= 8400
DATA   ?= demonstration
PYTHON ?= python3
WORKERS ?= 4
BIN     = .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test compiled counterparts faults attack fuzz audit check bench texts addresses files schemas pictures lock clean

help: ## say what can be made
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z.]+):.*## (.*)/  make \1\t\2/' | expand -t 16

.venv: .venv/made ## the environment alone; then .venv/bin/amparo runs

.venv/made: requirements.lock pyproject.toml
	@echo "Setting up .venv (about a minute the first time) ..."
	@rm -f $@
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src
	@touch $@

run: .venv ## a demonstration: a made-up coalition to look at and take part in; prints the address
	$(BIN)/amparo serve --data $(DATA) --port $(PORT) --demo

.venv/extras: .venv/made requirements-extras.lock
	@echo "Adding Spark, Polars and pandas for the tests of the observatory (600 MB) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-extras.lock
	@touch $@

test: .venv .venv/extras ## every test, browser and Spark included, and the checks
	@sh tests/programs.sh
	$(MAKE) --no-print-directory -j 2 check audit compiled
	@sh tests/in_memory.sh $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

compiled: .venv .venv/extras # once beside the checks, or each of the workers does it for itself
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --collect-only > /dev/null

counterparts: .venv ## the connectors against real software made by others (1.8 GB, once), as a table
	$(BIN)/python -m tests.counterparts

faults: .venv .venv/extras ## every fault at every place (half an hour), where `make test` tries a part of them
	@sh tests/programs.sh
	@rm -f .faults
	AMPARO_FAULTS_EVERY=1 AMPARO_FAULTS_TALLY=$(CURDIR)/.faults $(BIN)/python -m pytest -n 2 tests/faults
	$(BIN)/python -m tests.faults.tally .faults

attack: .venv .venv/extras ## every attack at full size, as a table, where `make test` tries small ones
	@sh tests/programs.sh
	@rm -f .attacks
	AMPARO_ATTACK=full AMPARO_ATTACK_TALLY=$(CURDIR)/.attacks $(BIN)/python -m pytest tests/hostile
	$(BIN)/python -m tests.hostile.tally .attacks

fuzz: .venv .venv/extras ## a million bent inputs for every reader (hours), where `make test` tries 2,000
	AMPARO_FUZZ_RUNS=1000000 AMPARO_FUZZ_SEED=0 $(BIN)/python -m pytest -n 2 tests/fuzz

audit: .venv ## ask OSV for advisories about everything that is pinned
	$(BIN)/python tools/audit.py

check: .venv ## lint, format and types, as CI runs them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv ## the figures of docs/benchmarks.md, as ratios in one run
	$(BIN)/python -m bench

texts: .venv ## bring the catalogues of all languages up to date
	$(BIN)/python tools/catalogues.py

addresses: .venv ## bring the list of addresses in docs/web.md up to date
	$(BIN)/python tools/addresses.py

files: .venv ## bring the list of every file, docs/files.md, up to date
	$(BIN)/python tools/files.py

schemas: .venv ## write the JSON Schemas of files that travel between nodes anew
	$(BIN)/python tools/schemas.py

pictures: .venv ## take the README's pictures anew, in Chromium
	PYTHONPATH=. $(BIN)/python tools/pictures.py

LOCKED = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-header --group dev pyproject.toml

lock: ## renew the two lock files (needs uv)
	$(LOCKED) -o requirements.lock
	$(LOCKED) --all-extras --constraint requirements.lock -o requirements-extras.lock

clean: ## remove the environment and what tests left
	rm -rf .venv .counterparts .pytest_cache .mypy_cache .ruff_cache .hypothesis
