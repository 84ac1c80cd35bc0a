# Canh: `make` lists the targets. Needs python3 (3.11 or newer), make and the package registries.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS   ?=

.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE # tests start a thousand processes, which would all compile anew

.PHONY: help demo test check bench soak pictures reference docs lock format clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: $(VENV)/run.stamp ## a simulated province, monitored for real (ARGS="--headless --for 60")
	@$(BIN)/canh demo $(ARGS)

test: $(VENV)/dev.stamp ## all tests, against real agents where the machine has them
	@$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/dev.stamp ## format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/dev.stamp ## CPU per ping beside fping, per SNMP device-poll beside snmp_exporter
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/dev.stamp ## the long forms of the tests of crashes, loss, faults, damaged datagrams, the board and two hours, by hand
	@CANH_SOAK_MINUTES=120 CANH_SOAK_DEVICES=2000 CANH_KILLS=500 CANH_LOSS_MINUTES=30 CANH_TRAP_SECONDS=60 CANH_BOARD_MINUTES=60 CANH_BOARD_DEVICES=20000 \
		$(BIN)/python -m pytest tests/acceptance $(ARGS)
	@CANH_CORPUS=full $(BIN)/python -m pytest tests/probes/test_corpus_faults.py
	@CANH_API_EXAMPLES=100 $(BIN)/python -m pytest tests/web/test_described.py
	@for decoder in ber oid trap usm peer talk usual icmp; do \
		$(BIN)/python -m tests.fuzz $$decoder --count 10000000 || exit 1; done

pictures: $(VENV)/dev.stamp ## the pictures of the docs, anew (needs chromium, poppler-utils, fonts-noto-mono)
	@$(BIN)/python -m docs.make_pictures $(ARGS)

format: $(VENV)/dev.stamp ## put the code in its form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

reference: $(VENV)/dev.stamp ## write the pages of docs anew that the program itself knows
	@$(BIN)/python -m docs.reference

docs: $(VENV)/dev.stamp ## the site of the docs, in build/site: both languages, readable from a folder
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

lock: $(VENV)/dev.stamp ## write both lock files anew
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra pdf --extra postgres --extra build pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.txt

clean: ## remove the environment and what was built
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache

$(VENV)/pip.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Canh needs Python 3.11 or newer; try: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements.txt pyproject.toml $(VENV)/pip.stamp
	@echo "Setting up $(VENV) (once) ..." >&2
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt pyproject.toml $(VENV)/pip.stamp
	@echo "Setting up $(VENV) with the tools (once) ..." >&2
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/run.stamp
