# Commands for contributors. `make demo` and `make test` set everything up themselves.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev
PEERS := .venv-peers
STAMP_PEERS := $(PEERS)/.installed

# begins with the longest files and keeps a file in one process, which reads the demo company once
SPREAD := --numprocesses auto --dist loadfile --no-loadscope-reorder
QUICK := tests/kpi_engine tests/bot/render tests/bot/rights tests/bot/runtime tests/bot/test_slack_limits.py tests/test_house.py

.PHONY: help demo quick test spark check fix fuzz differential peers bench bench-m bench-quiet bench-alarms bench-flood bench-ack bench-deliveries faults pictures clean

help: ## list these commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /	/'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kpi-bot needs Python 3.11 or newer; set PYTHON, for example PYTHON=python3.12."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(STAMP_DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch $@ $(STAMP)

$(STAMP_PEERS): pyproject.toml constraints.txt | $(BIN)/python
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group peers
	@touch $@

demo: $(STAMP) ## build the demo company and open the playground at http://127.0.0.1:8020
	$(BIN)/kpi-bot demo

quick: $(STAMP_DEV) ## run the quick tests of the engine, of rendering and of rights (no server, no browser)
	$(BIN)/python -m pytest $(SPREAD) --lines 1000 -m "not slow and not browser and not mysql and not postgresql" $(QUICK)

test: $(STAMP_DEV) ## run every test that this machine can run, in about fifteen minutes on two cores
	$(BIN)/python -m pytest $(SPREAD)

spark: $(STAMP_DEV) ## run the tests on a Spark server of two executors (downloads Spark; needs Java 17)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group spark
	$(BIN)/python -m pytest tests/dialects/test_spark.py

check: $(STAMP_DEV) ## check lint, formatting, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP_DEV) ## fix lint and formatting where that can be automated
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(STAMP_DEV) ## read 100,000 mistyped lines (the tests read 10,000) and try new examples of each property
	$(BIN)/python -m pytest -q tests/kpi_engine/language/test_mistyped_lines.py --lines 100000
	$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile=fuzz tests

differential: $(STAMP_DEV) ## ask two companies, which differ only in hidden rows, 20,000 questions (the tests ask 2,000)
	$(BIN)/python -m pytest -q tests/bot/rights/test_two_companies.py --triples 20000

peers: $(STAMP_PEERS) ## install the tools that the benchmark compares with into .venv-peers

bench: $(STAMP_DEV) $(STAMP_PEERS) ## measure answers of a small company beside hand-written SQL and other tools (docs/performance.md)
	$(BIN)/python -m benchmarks.lines
	$(BIN)/python -m benchmarks --size S --database duckdb --memory --keep --peers $(PEERS)/bin/python
	$(BIN)/python -m benchmarks --size S --database postgresql --memory --keep
	$(BIN)/python -m benchmarks --size S --database sqlite --memory --keep
	$(BIN)/python -m benchmarks.report

bench-m: $(STAMP_DEV) $(STAMP_PEERS) ## the same with 38 million rows, in DuckDB and PostgreSQL
	$(BIN)/python -m benchmarks --size M --database duckdb --memory --keep --peers $(PEERS)/bin/python
	$(BIN)/python -m benchmarks --size M --database postgresql --memory --keep
	$(BIN)/python -m benchmarks.report

bench-quiet: $(STAMP_DEV) ## count what is said of companies in which nothing happens, and what is told of planted stories (docs/false-alarms.md)
	$(BIN)/python -m benchmarks.quiet_company --write
	$(BIN)/python -m benchmarks.quiet_company --tables --write
	$(BIN)/python -m benchmarks.quiet_company --stories --write

bench-alarms: $(STAMP_DEV) ## count alerts where nothing happens, and how soon a fall is told (docs/alerts.md)
	$(BIN)/python -m benchmarks.alarms --write

bench-flood: $(STAMP_DEV) ## measure what people notice of a flood, and many questions at once (docs/performance.md)
	$(BIN)/python -m benchmarks.flood

bench-ack: $(STAMP_DEV) ## measure how soon commands are acknowledged when many come at once (docs/performance.md)
	$(BIN)/python -m benchmarks.acknowledging

faults: $(STAMP_DEV) ## kill and stop delivering processes at every step, 5,000 deliveries on two stores (docs/deliveries.md)
	$(BIN)/python -m tests.faults

bench-deliveries: $(STAMP_DEV) ## measure ten thousand subscriptions that are due in one minute (docs/performance.md)
	$(BIN)/python -m benchmarks.due_at_once

pictures: $(STAMP_DEV) ## retake the screenshots in the docs (needs Chromium)
	$(BIN)/python docs/pictures.py

clean: ## remove the virtual environments
	rm -rf $(VENV) $(PEERS)
