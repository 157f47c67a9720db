# Everything a person does with a checkout. Needs Python 3.11 or later and nothing else; writes below this folder only.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= var
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# The locks are whole: pip has nothing to look up, and would want what an extra adds pinned once more.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
export CONFLICTDB_DATA_DIR = $(DATA_DIR)

# The demo's own key, made once and readable by its owner only; a key of the caller's wins.
define DEMO_KEY
if [ -z "$$CONFLICTDB_SECRET_KEY$$CONFLICTDB_SECRET_KEY_FILE" ]; then \
	key="$$CONFLICTDB_DATA_DIR/secret_key"; \
	[ -s "$$key" ] || { mkdir -p "$$CONFLICTDB_DATA_DIR" && (umask 077; $(BIN)/python -c \
		'import secrets; print(secrets.token_urlsafe(50))' > "$$key"); } \
	|| { echo "Cannot write to $$CONFLICTDB_DATA_DIR. Name a folder of your own: make run DATA_DIR=…" >&2; exit 1; }; \
	export CONFLICTDB_SECRET_KEY_FILE="$$key"; \
fi
endef

# Settings as a server on the internet has them, for `check --deploy`; nothing here is used anywhere.
PRODUCTION = CONFLICTDB_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') CONFLICTDB_HTTPS=true \
	CONFLICTDB_ALLOWED_HOSTS=conflicts.example.org DATABASE_URL=postgresql://conflictdb@localhost/conflictdb

.PHONY: help run manage test lint contract bench bench-exports bench-ingest lock clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: $(VENV)/run ## start everything and serve (PORT=8000 HOST=127.0.0.1 DATA_DIR=var)
	@$(DEMO_KEY); exec $(MANAGE) run --host "$(HOST)" --port "$(PORT)"

manage: $(VENV)/run ## run a command of manage.py on the same data (DO="changepassword admin")
	@$(DEMO_KEY); exec $(MANAGE) $(DO)

test: $(VENV)/dev lint ## run every test and check
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --cov --cov-report=term:skip-covered

lint: $(VENV)/dev ## check style, types, imports, migrations and the deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	CONFLICTDB_DEBUG=true $(BIN)/mypy
	CONFLICTDB_DEBUG=true $(MANAGE) makemigrations --check --dry-run
	@$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

contract: $(VENV)/dev ## write api/openapi.yaml and the examples in it anew
	CONFLICTDB_DEBUG=true $(MANAGE) write_contract

bench: $(VENV)/bench ## measure the API against bare SQL, plain DRF and others (N=400000; N=40000 for a quick look)
	$(BIN)/python -m tests.bench

bench-exports: $(VENV)/bench ## measure files of whole lists against psql and COPY (N=400000; N=40000 for a quick look)
	$(BIN)/python -m tests.bench.exports

bench-ingest: $(VENV)/dev ## measure imports against a bare COPY (ROWS=418000)
	$(BIN)/python -m tests.bench.ingest

lock: $(VENV)/dev ## renew the locks from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade --constraint requirements.txt --group dev pyproject.toml --output-file requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade --constraint requirements-dev.txt --group bench pyproject.toml --output-file requirements-bench.txt

clean: ## remove the environment; the data in var/ stays
	rm -rf $(VENV)

# An environment is made once, whole or not at all, and brought up to date when its lock changes.
$(VENV)/bin/python:
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "conflictdb needs Python 3.11 or later, and \
	$(PYTHON) is " + sys.version.split()[0] + ". Name another: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what conflictdb stands on …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests and checks need …"
	@$(PIP) -r requirements-dev.txt
	@touch $(VENV)/run $@

$(VENV)/bench: requirements-bench.txt $(VENV)/dev
	@echo "Installing what the API is measured against …"
	@$(PIP) -r requirements-bench.txt
	@touch $@
