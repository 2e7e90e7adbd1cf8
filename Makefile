# Silkcast: `make up` runs everything on this machine, `make test` passes the tests. Python 3.11 or newer with venv is all they assume.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UI := src/silkcast/ui
# Node from the machine where there is one; otherwise from a Python package, installed beside ours.
export PATH := $(CURDIR)/$(BIN):$(PATH)
FRONT_END := $(shell find src/silkcast -path '*/node_modules' -prune -o -path '*/built' -prune -o \( -path '*/templates/*' -o -path '*/static/*' \) -type f -print) $(wildcard $(UI)/*.mjs $(UI)/styles/*.css $(UI)/package-lock.json)
WORDS := $(shell find src/silkcast -name '*.po')

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

.PHONY: up
up: setup ## Install what is missing, then start Silkcast with its demo base
	@exec $(BIN)/silkcast up

.PHONY: setup
setup: .venv/.installed $(UI)/static/ui/built/.stamp .venv/.words ## Install packages and build the front end

.venv/.installed: requirements.lock pyproject.toml
	@echo "Installing Python packages …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.node: .venv/.installed requirements-node.lock
	@if ! (command -v npm && node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)') >/dev/null 2>&1; then \
		echo "Installing Node.js into .venv …"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock; \
	fi
	@touch $@

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json | .venv/.node
	@echo "Installing front-end packages …"
	@cd $(UI) && npm ci --loglevel=error --no-progress
	@touch $@

$(UI)/static/ui/built/.stamp: $(UI)/node_modules/.package-lock.json $(FRONT_END)
	@echo "Building the front end …"
	@cd $(UI) && npm run --silent build
	@touch $@

.venv/.words: .venv/.installed $(WORDS)
	@$(BIN)/python -m silkcast.ui.catalogue compile
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: test
test: setup .venv/.installed-dev ## Run every test; those that need a server of the machine's own say so when it is missing
	@$(BIN)/python -m tools.suite test

.PHONY: quick
quick: setup .venv/.installed-dev ## Run the fast tests: a minute or two
	@$(BIN)/python -m tools.suite quick

.PHONY: affected
affected: setup .venv/.installed-dev ## Run the tests that a change touches: what differs from main, or from BASE=<commit>
	@$(BIN)/python -m tools.suite affected

.PHONY: soak
soak: setup .venv/.installed-dev ## Run what the tests only sample, in lanes; LANE="orders kills" names some, MINUTES=30 gives each more
	@$(BIN)/python -m tools.soak $(if $(MINUTES),--minutes $(MINUTES)) $(LANE)

.PHONY: lint
lint: setup .venv/.installed-dev ## Check style, types and walls
	@$(BIN)/ruff check src tests tools
	@$(BIN)/ruff format --check src tests tools
	@$(BIN)/mypy src tests tools
	@$(BIN)/lint-imports

.PHONY: docs
docs: setup ## Write docs/reference anew from the registries
	@$(BIN)/python -m silkcast.project.reference

.PHONY: bench
bench: setup .venv/.installed-dev ## Measure the hot paths beside an alternative; ARGS="room --json" names rows and a form
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: lock
lock: .venv/.installed-dev ## Resolve the lock files anew after a change of dependencies
	@$(BIN)/python tools/lock.py
