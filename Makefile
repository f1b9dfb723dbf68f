# smsc: the menu. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test fmt check unit conversations interop kill bench fuzz soak lock clean

help: ## this menu
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(STAMP) ## .venv with smsc and everything it needs

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "smsc needs Python 3.11 or newer; set PYTHON=python3.x"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python venv failed; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: $(STAMP) ## the Swiss flow on the terminal, then a handset in the browser
	@$(BIN)/smsc demo

test: $(STAMP) ## every check that CI runs
	@$(BIN)/python tests/run_all.py

fmt: $(STAMP) ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

check: $(STAMP) ## lint, types, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

unit: $(STAMP) ## the tests of single rooms
	@$(BIN)/pytest tests --ignore tests/conversations --ignore tests/kill --ignore tests/interop

conversations: $(STAMP) ## handset, carrier, server and merchant talking
	@$(BIN)/pytest tests/conversations

interop: $(STAMP) ## other people's SMPP implementations judge ours
	@$(BIN)/pytest tests/interop

kill: $(STAMP) ## SIGKILL at every step, and start again
	@$(BIN)/pytest tests/kill

bench: $(STAMP) ## the MO->MT benchmark on this machine
	@$(BIN)/smsc bench

fuzz: $(STAMP) ## garbage at the codec and the session, 5,000 examples a property; an hour at most
	@SMSC_SOAK=1 timeout 60m $(BIN)/pytest tests/smpp

soak: $(STAMP) ## the long versions of fuzz, load, resets, replays, kills; three hours at most
	@SMSC_SOAK=1 timeout 180m $(BIN)/pytest tests/smpp tests/flood tests/resets tests/pipeline tests/http/test_v1_contract.py tests/kill tests/conversations

lock: $(STAMP) ## refresh requirements.lock from pyproject.toml
	@$(BIN)/python -m pip install --quiet pip-tools
	@$(BIN)/pip-compile --quiet --extra dev --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate --output-file requirements.lock pyproject.toml && sed -i "/^smsc @/d" requirements.lock

clean: ## remove .venv and caches
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
