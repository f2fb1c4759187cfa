# One word per chore; `make help` lists them. Needs Python 3.11 or newer, make and a package index.
# uv installs ten times faster and is used when it is there; pip does the same from the same lock.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
RUN := $(VENV)/.for-running
DEV := $(VENV)/.for-developing

# Every process of the portal loads the same modules: without their compiled form each start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint browser screens looks bench soak migration lock clean

help: ## List these chores
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

run: $(RUN) ## Start the whole portal here; Ctrl-C stops it. START=empty begins without the demo, PORT=… elsewhere
	@$(BIN)/python -m marketplace.stack

test: browser lint ## Lint and run every test, with what they need; `make test only=tests/ground` runs some
	@$(BIN)/python -m pytest -n 3 --dist worksteal --ignore=tests/bench --ignore=tests/soak $(only)

lint: $(DEV) ## Check style, types, import order and templates
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/djlint templates --lint --quiet

browser: $(DEV) ## See that there is a Chromium for the journeys, or get one
	@$(BIN)/python -m tests.chromium

screens: browser ## Write a screenshot of every screen to screens/; with=--pseudo in a language nobody speaks
	@$(BIN)/python -m tests.screens $(with)

looks: browser ## Pictures of what tests see: make looks only=tests/payments/test_money_pages.py
	@$(BIN)/python -m pytest -q -p tests.looks $(only)

bench: $(DEV) ## Measure speed and memory; prints a table
	@$(BIN)/python -m pytest tests/bench -q

soak: $(DEV) ## Every seed, every crash point, then the chaos run: 40 minutes at most; PAYOUTS=… of that run
	@status=0; \
	SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal tests/soak tests/house/test_bad_input.py || status=1; \
	$(BIN)/python -m tests.soak.chaos $(or $(PAYOUTS),1000) || status=1; \
	exit $$status

migration: $(DEV) ## Write the next migration from the models: make migration m="what it does"
	@$(BIN)/python -m migrations.new "$(m)"

lock: $(DEV) ## Pin the newest allowed release of every dependency
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip
	@test -n "$(UV)" -o -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	@uv=$$(test -x $(BIN)/uv && echo $(BIN)/uv || echo $(UV)); \
	compile="$$uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links pyproject.toml"; \
	$$compile --output-file requirements.lock && \
	$$compile --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove the virtual environment and caches; the data in instance/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache screens
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment, made anew only when a lock file changed.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; there is none on the PATH." >&2; exit 1; }
ifneq ($(UV),)
	@$(UV) venv --quiet --python "$$(command -v $(PYTHON))" $(VENV)
else
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment here; on Debian install python3-venv." >&2; exit 1; }
endif

ifneq ($(UV),)
INSTALL = $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --requirement
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement
endif

$(RUN): requirements.lock | $(BIN)/python
	@echo "Installing what the portal needs …"
	@$(INSTALL) requirements.lock
	@$(BIN)/python -m compileall -q app.py marketplace devstripe migrations
	@touch $@

$(DEV): requirements-dev.lock | $(BIN)/python
	@echo "Installing what the portal and its tests need …"
	@$(INSTALL) requirements-dev.lock
	@touch $@ $(RUN)
