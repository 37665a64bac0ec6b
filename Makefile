# Everything a newcomer needs, on a machine with Python >= 3.11, make and a package index. `make` lists it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 3000
ROLE ?= viewer
export PYTHONDONTWRITEBYTECODE :=
export DAGSTER_REDACT_USER_CODE_ERRORS := 1

.DEFAULT_GOAL := help
.PHONY: help install demo ui up keep down status login logout test coverage check bench lock format clean

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: $(VENV)/installed ## Environment with locked dependencies

$(VENV)/installed: requirements.lock pyproject.toml
	@echo "Installing the locked dependencies into $(VENV); about a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q $(VENV)/lib hr_pipeline >/dev/null || true
	@touch $@

demo: install ## Two providers, seven companies, one nightly sync through Dagster; again for the second night
	@$(BIN)/python -m hr_pipeline.demo

ui: install ## Dagster UI with the demo on loopback (PORT=3000)
	@$(BIN)/python -m hr_pipeline.demo --ui --port $(PORT)

up: install ## A deployment on this machine: PostgreSQL, Dagster's processes, a proxy with login (docs/deploying.md); again after changes
	@.ci/packages server
	@$(BIN)/python -m deploy up

keep: ## Bring it up if it should run and doesn't: for a crontab, after a reboot too
	@$(BIN)/python -m deploy keep

down: install ## Stop it; nothing is lost
	@$(BIN)/python -m deploy down

status: install ## What runs of it
	@$(BIN)/python -m deploy status || [ $$? -eq 3 ]

login: install ## Let somebody in, or give a new password (NAME=anna ROLE=viewer|engineer)
	@$(BIN)/python -m deploy login $(or $(NAME),$(error whom? make login NAME=anna ROLE=viewer)) --role $(ROLE)

logout: install ## Shut somebody out (NAME=anna)
	@$(BIN)/python -m deploy logout $(or $(NAME),$(error whom? make logout NAME=anna))

test: install ## The whole test suite with branch coverage
	.ci/packages
	$(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report=
	@echo "Branch coverage: $$($(BIN)/coverage report --format=total) %. Line by line: make coverage"

coverage: ## What the tests of the last `make test` did not reach
	@$(BIN)/coverage report

check: install ## Format, lint, types, tests, Dagster definitions: exactly what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/dagster definitions validate --workspace workspace.yaml --log-level warning
	$(MAKE) test

bench: install ## Benchmarks: each stage beside its floor, as ratios
	$(BIN)/python -m hr_pipeline_tests.benchmarks

lock: install ## Resolve dependencies anew (versions and hashes, no index address)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header --extra deploy --extra dev pyproject.toml -o requirements.lock

format: install ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove the environment and the demo's state; real companies in data/ are left alone
	@[ ! -e data/hr_pipeline.duckdb ] || HR_PIPELINE_HOME=data HR_PIPELINE_STORE= $(BIN)/python -m hr_pipeline.demo --check
	@[ ! -d data/deploy ] || HR_PIPELINE_HOME=data $(BIN)/python -m deploy remove
	rm -rf $(VENV) .coverage* data/*
