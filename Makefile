# The commands of the project. Each makes its own virtual environment first.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
PYTHON ?= $(shell command -v python3.11 || command -v python3)
MYPY := analytics core/contracts core/registry.py features/builders segmentation/algorithms

.PHONY: demo test check test-slow bench runtime dev

# Bring everything up with a real grocer's year, and print the address and the logins.
demo: runtime
	@cd "$(HERE)"
	exec .venv/bin/python manage.py up --demo

# Everything that must always hold, Chromium journeys included.
test: dev
	@cd "$(HERE)"
	exec .venv/bin/python -m pytest -m "not slow" -n 2 --dist loadscope

# Format, lint, layers, migrations, types.
check: dev
	@cd "$(HERE)"
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/python manage.py makemigrations --check --dry-run
	.venv/bin/mypy $(MYPY)

# Long kills, fuzz and seeded faults, before a release.
test-slow: dev
	@cd "$(HERE)"
	exec .venv/bin/python -m pytest -m slow

# Benchmarks beside their peers: make bench ROW=import
bench: dev
	@cd "$(HERE)"
	exec .venv/bin/python -m benchmarks $(ROW)

runtime:
	@"$(HERE)deploy/install" "$(PYTHON)" requirements.txt

dev:
	@"$(HERE)deploy/install" "$(PYTHON)" requirements-dev.txt
