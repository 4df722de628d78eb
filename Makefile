# Synapse Field Guide. `make` lists the commands; they only call tools: inside .venv,
# `mkdocs serve`, `mkdocs build` and `pytest` work as usual.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help serve build test test-releases quick update record follow bench bench-site audit mutants lint lock clean

PYTHON ?= python3
BIN := .venv/bin
export NO_MKDOCS_2_WARNING := 1
unexport PYTHONDONTWRITEBYTECODE # otherwise each process of pytest compiles all tests again: 3 s
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11.5 --generate-hashes --no-header

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: .venv/site ## Serve the site with live reload at http://127.0.0.1:8000
	@echo "Building the site; it reloads as you write. Stop with Ctrl+C."
	@$(BIN)/mkdocs serve

build: .venv/site ## Build the site into site/, as it is published
	@echo "Building the site into site/"
	@$(BIN)/mkdocs build --strict --quiet

test: .venv/test ## Set up the real programs, then run every test
	@$(BIN)/python -m tests.real
	@echo "Running every test"
	@$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term

test-releases: .venv/test ## Run every minor release since 1.79, and compare with the recording
	@EVERY_RELEASE=1 $(BIN)/pytest -n auto tests/upgrade_notes tests/*/test_releases.py \
		tests/streams/test_token_*.py tests/application_services/test_registration.py

quick: .venv/test ## Run pages and core in a few seconds, as you write
	@$(BIN)/pytest -q -n auto --dist worksteal -m "not slow"

update: .venv/test ## Rewrite the outputs and generated tables on the pages
	@$(BIN)/python -m tests.docs.update

record: .venv/test ## Run the real programs and rewrite their recordings
	@$(BIN)/python -m tests.streams.record
	@$(BIN)/python -m tests.streams.bench --record
	@$(BIN)/python -m tests.configuration.record
	@$(BIN)/python -m tests.configuration.bench --record
	@$(BIN)/python -m tests.federation_backoff.record
	@$(BIN)/python -m tests.federation_backoff.bench --record
	@$(BIN)/python -m tests.reverse_proxies.record
	@$(BIN)/python -m tests.reverse_proxies.record_probe
	@$(BIN)/python -m tests.application_services.record
	@$(BIN)/python -m tests.upgrade_notes.record
	@$(BIN)/python -m tests.site.bench --record
	@$(BIN)/python -m tests.errors.record
	@$(BIN)/pytest -q -n auto --dist worksteal --record-started

follow: .venv/test ## Make a release of Synapse the newest one that is run: RELEASE=1.164.0
	@$(BIN)/python -m tests.follow "$(RELEASE)"

bench: .venv/test ## Measure our generators, our limiter and our checker against Synapse's
	@$(BIN)/python -m tests.streams.bench
	@$(BIN)/python -m tests.configuration.bench
	@$(BIN)/python -m tests.federation_backoff.bench

bench-site: .venv/test ## Measure how long a reader waits for the first line of a block
	@$(BIN)/python -m tests.site.bench

audit: .venv/test ## Measure the built site in several minutes; ARGS="--pictures FOLDER" shows it
	@$(BIN)/python -m tests.audit $(ARGS)

mutants: .venv/test ## Make small errors in snippets/, and count how many the tests notice
	@nice -n 19 $(BIN)/python -m tests.mutants $(MUTANTS)

lint: .venv/test ## Check style and types, and the English of the pages
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m tests.docs.english

lock: .venv/test ## Choose and pin new versions; edit pyproject.toml first
	@$(LOCK) --upgrade --group site --group services --group test -o requirements-test.txt
	@$(LOCK) --upgrade --group site -c requirements-test.txt -o requirements.txt
	@cd tests/real && for release in synapse-1*.in; do \
		echo "Locking $$release"; ../../$(LOCK) --upgrade $$release -o $${release%.in}.txt; done
	@cd tests/real && for release in $$(grep -v '^#' synapse-wheels.in); do echo "Hashing $$release" >&2; \
		echo "matrix-synapse==$$release" | ../../$(LOCK) --no-deps --no-annotate - || exit; done > wheels && \
		mv wheels synapse-wheels.txt

clean: ## Remove what the other commands created here
	rm -rf .venv .cache site .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

# The environment: created once, and again if a lock changes.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' || { echo \
		"$(PYTHON) is missing or older than 3.11.5; name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/site: requirements.txt | $(BIN)/python
	$(install)

.venv/test: requirements-test.txt | $(BIN)/python
	$(install)

# pip's own output goes to a log: a line for every tenth package, and on failure its last error.
define install
@echo "Installing $$(grep -c '^[^ ]*==' $<) packages from $< into .venv (once, about a minute)"
@$(BIN)/python -m pip install --disable-pip-version-check --no-input --retries 2 --no-deps \
	--require-hashes -r $< 2>&1 | tee .venv/install.log \
	| awk '/^(Collecting|Processing)/ && ++n % 10 == 0 { print "  " n " packages"; fflush() }' || { \
	echo "$< could not be installed: is the network there? $$(grep -m1 ^ERROR .venv/install.log)" >&2; \
	echo "The full output is in .venv/install.log." >&2; exit 1; }
@touch $@ .venv/site
endef
