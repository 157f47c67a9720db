# Everything a person does with a checkout. Needs Python 3.11 or later and nothing else; writes below this folder only.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= var
VENV := .venv
BIN := $(VENV)/bin
export CONFLICTDB_DATA_DIR = $(abspath $(DATA_DIR))
MANAGE = $(BIN)/python manage.py
# A variable so that a secret key of the caller's own wins.
KEY = $(if $(CONFLICTDB_SECRET_KEY)$(CONFLICTDB_SECRET_KEY_FILE),,CONFLICTDB_SECRET_KEY_FILE=$(CONFLICTDB_DATA_DIR)/secret_key)

.PHONY: help run test lint browser contract bench lock clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

run: $(VENV)/run $(CONFLICTDB_DATA_DIR)/secret_key ## start everything and serve (PORT=8000 HOST=127.0.0.1 DATA_DIR=var)
	@$(KEY) $(MANAGE) run --host $(HOST) --port $(PORT)

test: $(VENV)/dev lint ## run every test and check
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report --skip-covered --skip-empty

lint: $(VENV)/dev ## check style, types, imports, migrations and the deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	CONFLICTDB_DEBUG=true $(BIN)/mypy
	CONFLICTDB_DEBUG=true $(MANAGE) makemigrations --check --dry-run

contract: $(VENV)/dev ## write api/openapi.yaml and the examples in it anew
	CONFLICTDB_DEBUG=true $(MANAGE) write_contract

bench: $(VENV)/dev ## measure the API against bare SQL (N incidents)
	$(BIN)/python -m tests.bench

lock: $(VENV)/dev ## renew both locks from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade --constraint requirements.txt --group dev pyproject.toml --output-file requirements-dev.txt

clean: ## remove the environment; the data in var/ stays
	rm -rf $(VENV)

# An environment is made once and brought up to date when its lock changes.
$(VENV)/bin/python:
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "conflictdb needs Python 3.11 or later, not " + sys.version)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what conflictdb stands on …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests and checks need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(VENV)/run $@

# The demo's own key: made once, readable by its owner only.
$(CONFLICTDB_DATA_DIR)/secret_key: | $(VENV)/run
	@mkdir -p $(@D)
	@(umask 077; $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))' > $@)
