# The commands of the project. Each makes its own virtual environment first; PYTHON names another.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.SILENT:
.DEFAULT_GOAL := help
# The folder of this file, wherever make was started; it may have spaces, which make cannot quote.
export MAKEFILE := $(MAKEFILE_LIST)
HERE := cd "$$(dirname "$${MAKEFILE\# }")"
PY := .venv/bin/python
MYPY := analytics core/contracts core/registry.py features/builders ingestion/connectors ingestion/formats ingestion/layout ingestion/rules \
	predictions/predictors predictions/learning.py recommendations/recommenders recommendations/candidates.py \
	recommendations/serving.py recommendations/tuning.py \
	segmentation/algorithms

.PHONY: help demo test check test-slow bench docs pictures

# This list.
help:
	$(HERE)
	awk '/^# /{said=substr($$0,3)} /^[a-z-]+:( |$$)/{sub(":.*",""); printf "make %-10s %s\n", $$0, said}' Makefile

# Bring everything up with a real grocer's year, and print the address and the logins.
demo:
	$(HERE)
	deploy/install requirements.txt
	exec $(PY) manage.py up --demo

# Everything that must always hold, Chromium journeys included.
test:
	$(HERE)
	deploy/install requirements-dev.txt
	exec $(PY) -m pytest -m "not slow" -n 2 --dist loadscope

# Format, lint, layers, migrations, types.
check:
	$(HERE)
	deploy/install requirements-dev.txt
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m mypy $(MYPY)

# Long kills, fuzz and seeded faults, before a release; writes docs/test-slow.md.
test-slow:
	$(HERE)
	deploy/install requirements-dev.txt
	exec $(PY) -m pytest -m slow -p tests.slow_report

# Benchmarks beside their peers: make bench ROW=import
bench:
	$(HERE)
	deploy/install requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	exec $(PY) -m benchmarks $(ROW)

# The docs as a site that needs no network, in site/.
docs:
	$(HERE)
	deploy/install requirements-dev.txt
	$(PY) -m docs.making

# The pictures of README and docs, anew, while a demo runs (DEMO_HOME names another than .cba).
pictures:
	$(HERE)
	deploy/install requirements-dev.txt
	exec $(PY) -m docs.making.pictures
