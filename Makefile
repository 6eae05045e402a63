# `make demo` and `make test` do all set-up themselves: git, make, python3 >= 3.11 and python3-venv are enough.
# The system's interpreter first: distributions build theirs optimised, one built by hand often is not (three times slower at a plain loop here).
FITS := -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(or $(shell for python in /usr/bin/python3 python3; do $$python $(FITS) && echo $$python && break; done),python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test lint types check faults bench train compiled plain schemas lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## the virtual environment, from the lock file

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; say make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(READY) ## a marketplace with counterfeiters, screened before your eyes; ends by itself when stdin is closed
	$(BIN)/screener demo

test: $(READY) ## all tests, on a real embedded Kafka; no root, nothing installed by hand
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --durations 12

lint: $(READY) ## ruff, and the generated schemas against the contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/screener topics schemas --check

types: $(READY) ## mypy --strict
	$(BIN)/mypy

check: lint types test ## what CI runs

faults: $(READY) ## every fault on a real broker (about 25 minutes), then the table in deploy/reliability.md
	rm -rf fault-results
	SCREENER_FAULT_RESULTS=fault-results $(BIN)/python -m pytest -q -n 0 -m "faults or faults_short" --durations 0 tests/faults; \
	  status=$$?; $(BIN)/python -m tests.faults.table && exit $$status

bench: $(READY) ## latency, throughput, engines side by side, restore, memory: printed, about ten minutes on a quiet machine
	$(BIN)/python -m tests.bench.throughput
	$(BIN)/python -m tests.bench.latency
	$(BIN)/python -m tests.bench.engines --latency
	$(BIN)/python -m tests.bench.restore
	$(BIN)/python -m tests.bench.memory
	$(BIN)/python -m tests.bench.judge
	$(BIN)/python -m tests.bench.quality

train: $(READY) ## fit the shipped scorecard anew to the demo's invented markets (about a minute)
	$(BIN)/screener train --out screener/judge/rulebook.toml

compiled: $(READY) ## the core compiled to C in place, a third less CPU; needs a C compiler and Python's headers (about two minutes)
	@command -v cc >/dev/null || { echo "error: no C compiler; install one (Debian: gcc and python3-dev), or go on without: everything works as it is" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "setuptools>=80"
	$(BIN)/python deploy/compiled.py --quiet build_ext --inplace
	$(BIN)/python -m tests.bench.compiled

plain: ## the compiled core removed again
	find screener -name '*.so' -print -delete
	rm -rf build *.so

schemas: $(READY) ## regenerate topics/schemas and topics/asyncapi.yaml from the contracts
	$(BIN)/screener topics schemas

lock: ## write requirements.lock anew from pyproject.toml
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --extra embedded --extra dev --extra bench --output-file requirements.lock pyproject.toml

clean: ## remove what was built
	rm -rf $(VENV) dist demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis
