# Commands for contributors. `make demo` and `make test` set everything up themselves.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev

# begins with the longest files and keeps a file in one process, which reads the demo company once
SPREAD := --numprocesses auto --dist loadfile --no-loadscope-reorder
QUICK := tests/kpi_engine tests/bot/render tests/bot/rights tests/bot/runtime tests/bot/test_slack_limits.py tests/test_house.py

.PHONY: help demo quick test spark check fix fuzz bench pictures clean

help: ## list these commands
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /	/'

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

demo: $(STAMP) ## build the demo company and open the playground at http://127.0.0.1:8020
	$(BIN)/kpi-bot demo

quick: $(STAMP_DEV) ## run the quick tests of the engine, of rendering and of rights (no server, no browser)
	$(BIN)/python -m pytest $(SPREAD) --lines 1000 -m "not slow and not browser and not mysql and not postgresql" $(QUICK)

test: $(STAMP_DEV) ## run every test that this machine can run, in less than seven minutes on two cores
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

fuzz: $(STAMP_DEV) ## read 100,000 mistyped lines (the tests read 10,000)
	$(BIN)/python -m pytest -q tests/kpi_engine/language/test_mistyped_lines.py --lines 100000

bench: $(STAMP_DEV) ## measure how fast lines are read and questions answered
	$(BIN)/python -m benchmarks.lines
	$(BIN)/python -m benchmarks.answers

pictures: $(STAMP_DEV) ## retake the screenshots in the docs (needs Chromium)
	$(BIN)/python docs/pictures.py

clean: ## remove the virtual environment
	rm -rf $(VENV)
