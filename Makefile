# Everything a newcomer, an operator trying things out and the CI type.
# Needs only: Python 3.11 to 3.13 with venv and pip, and make.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# All paths are relative, so the checkout may stand in a folder with spaces in its name.
VENV := .venv
PY := $(VENV)/bin/python
# The first of these that is new enough; `make PYTHON=/path/to/python3.12 test` overrides.
PYTHON ?=
PYTHONS := python3.11 python3.12 python3.13 python3
PIP := $(PY) -m pip --disable-pip-version-check --quiet --quiet --no-input install \
       --require-hashes --no-warn-script-location
PYTEST := $(PY) -m pytest
# One worker a core; a file of tests stays on one worker, with what it opened.
PARALLEL := -n auto --dist loadfile
SLOW := slow or postgres or browser
# Further arguments: make test ARGS="-k feeds -x"
ARGS ?=
# make torture KILLS=20 DATABASE=sqlite; without them, the full measure of each.
KILLS ?=
READERS ?=
CONNECTIONS ?=
WORKERS ?=
DATABASE ?=
EVIDENCE ?=
SEED ?=
# make lock UPGRADE=--upgrade takes the newest releases that pyproject.toml allows.
UPGRADE ?=

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14

# ---------------------------------------------------------------- environment

# Three stamps: the environment with its build tools, what the service needs, and
# everything for development. Each goes stale when its lock file changes.
$(VENV)/.created: requirements-build.lock
	@chosen="$(PYTHON)"; \
	if [ -z "$$chosen" ]; then \
	  for candidate in $(PYTHONS); do \
	    if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	      2>/dev/null; then chosen="$$candidate"; break; fi; \
	  done; \
	elif ! "$$chosen" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  2>/dev/null; then \
	  echo "make: $$chosen is not a Python 3.11, 3.12 or 3.13." >&2; exit 1; \
	fi; \
	if [ -z "$$chosen" ]; then \
	  echo "make: found no Python 3.11, 3.12 or 3.13 (tried $(PYTHONS))." >&2; \
	  echo "make: install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; \
	fi; \
	if ! "$$chosen" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "make: $$chosen has no venv module (on Debian and Ubuntu: apt-get install python3-venv)." >&2; \
	  exit 1; \
	fi; \
	echo "setting up $(VENV) with $$("$$chosen" --version)"; \
	"$$chosen" -m venv $(VENV)
	@$(PIP) -r requirements-build.lock
	@touch $@

$(VENV)/.runtime: $(VENV)/.created requirements.lock
	@echo "installing what the service needs (requirements.lock)"
	@$(PIP) --no-build-isolation -r requirements.lock
	@touch $@

# The development lock contains the runtime lock, so both stamps are fresh afterwards.
$(VENV)/.ready: $(VENV)/.created requirements.lock requirements-dev.lock
	@echo "installing what development needs (requirements-dev.lock)"
	@$(PIP) --no-build-isolation -r requirements-dev.lock
	@touch $(VENV)/.runtime $@

.PHONY: setup
setup: $(VENV)/.ready ## only set up .venv for development

# ------------------------------------------------------------------------ use

.PHONY: run
run: $(VENV)/.runtime ## start the whole service on config.toml with the sample newsroom
	@$(PY) -m publisher serve --demo $(ARGS)

# ---------------------------------------------------------------------- tests

.PHONY: test test-slow
test: $(VENV)/.ready ## the fast tests (under 3 minutes)
	@$(PYTEST) $(PARALLEL) -m "not ($(SLOW))" $(ARGS)

test-slow: $(VENV)/.ready ## the slow tests, and those on a real PostgreSQL, mail server or browser
	@$(PYTEST) $(PARALLEL) -m "$(SLOW)" $(ARGS)

.PHONY: torture
torture: $(VENV)/.ready ## kill workers while they send: KILLS READERS CONNECTIONS WORKERS DATABASE EVIDENCE
	@KILLS="$(KILLS)" READERS="$(READERS)" CONNECTIONS="$(CONNECTIONS)" SEED="$(SEED)" \
	  WORKERS="$(WORKERS)" DATABASE="$(DATABASE)" EVIDENCE="$(EVIDENCE)" $(PY) -m tests.torture

.PHONY: golden
golden: $(VENV)/.ready ## rewrite the golden files and show what changed
	@REWRITE_GOLDEN=1 $(PYTEST) -k golden $(ARGS)
	@git --no-pager diff --stat -- tests

.PHONY: docs
docs: $(VENV)/.ready ## the tests of the documentation: links and reference
	@$(PYTEST) tests/architecture/test_docs_links.py $(wildcard tests/docs) $(ARGS)

.PHONY: bench
bench: $(VENV)/.ready ## measure: python -m benchmarks
	@$(PY) -m benchmarks $(ARGS)

# --------------------------------------------------------------------- checks

.PHONY: check
check: format-check lint types floors docs test ## all of it, as the CI does, except the slow tests

.PHONY: format format-check lint types floors
format: $(VENV)/.ready ## format the code and apply the safe repairs
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --fix --quiet --exit-zero .

format-check: $(VENV)/.ready
	@$(PY) -m ruff format --check --output-format concise . || \
	  { echo "make: run 'make format'." >&2; exit 1; }

lint: $(VENV)/.ready ## ruff
	@$(PY) -m ruff check --output-format concise .

types: $(VENV)/.ready ## mypy, strict, over the package and its tests
	@$(PY) -m mypy

floors: $(VENV)/.ready ## who may import whom (import-linter)
	@$(VENV)/bin/lint-imports --no-cache --no-logo

# ---------------------------------------------------------------------- upkeep

.PHONY: lock
lock: ## compile the lock files anew from pyproject.toml (UPGRADE=--upgrade for newer releases)
	@[ -x .venv-lock/bin/uv ] || { \
	  $(MAKE) VENV=.venv-lock .venv-lock/.created; \
	  .venv-lock/bin/python -m pip --disable-pip-version-check --quiet --quiet install uv; }
	@for lock in \
	  "--group pyproject.toml:build -o requirements-build.lock" \
	  "pyproject.toml -o requirements.lock" \
	  "pyproject.toml --all-extras --group dev -c requirements.lock -o requirements-dev.lock"; do \
	  .venv-lock/bin/uv pip compile --quiet $(UPGRADE) --generate-hashes --no-emit-index-url \
	    --no-header --universal --python-version 3.11 $$lock; \
	done

.PHONY: clean
clean: ## remove what the above created (not var/, where the service keeps its data)
	@rm -rf .venv .venv-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
