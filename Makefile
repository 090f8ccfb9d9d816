.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := .venv-peers
SEED ?= 1

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP)  ## create .venv with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-setup.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

$(PEERS)/.installed: requirements-peers.lock $(STAMP)
	test -x $(PEERS)/bin/python || $(BIN)/python -m venv --without-pip $(PEERS)
	$(BIN)/uv pip install --quiet --python $(PEERS)/bin/python --require-hashes --requirement requirements-peers.lock
	touch $@

lock:  ## pin every dependency anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml requirements-build.in --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group peers --output-file requirements-peers.lock
	printf 'uv\n' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - --output-file requirements-setup.lock

lint: $(STAMP)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(STAMP)  ## fast tests without services
	$(BIN)/pytest -q -n 2 tests/unit

build/prometheus:  # a real Prometheus for the tests of the alerts, where one can be had
	-sh tests/fetch_prometheus.sh $@

test: lint build/prometheus  ## everything: lint, types, unit, contract, traps, e2e on the real stack, a short chaos; ends with a table
	$(BIN)/python -m tests.suites

chaos: $(STAMP)  ## fifty rounds of faults under load, and fuzzing; each ends with a table (SEED=n for another run)
	$(BIN)/python -m tests.chaos --rounds 50 --seed $(SEED)
	$(MAKE) --no-print-directory fuzz

bench: $(PEERS)/.installed  ## speed and memory beside Quix Streams, Bytewax and vanilla Faust (about an hour; ROUNDS=1 is shorter)
	$(BIN)/python -m tests.bench --peers $(PEERS)/bin/python --rounds $(or $(ROUNDS),3) --json build/bench.json

fuzz: $(STAMP)  ## 100 000 arbitrary and damaged inputs at every door: a table, some minutes
	$(BIN)/python -m tests.fuzz --inputs $(or $(INPUTS),100000)

run: $(STAMP)  ## start the local stack, publish a simulated national day, show the tables
	$(BIN)/helsepuls demo

.PHONY: help setup lock lint unit test chaos fuzz bench run
