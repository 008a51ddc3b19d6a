# make run   sets up an environment and plans the flood of July 2016
# make test  sets up an environment and passes every test
# make check does what the continuous integration does: lint, types, imports, wheel, tests

VENV ?= .venv
BIN := $(VENV)/bin
# The first interpreter on the path that runs and is new enough.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check lint wheel clean

run: $(VENV)/.ready
	$(BIN)/relief plan 2016-meiyu --out out/2016-meiyu

test: $(VENV)/.ready-to-test
	$(BIN)/python -m pytest

check: lint wheel test

lint: $(VENV)/.ready-to-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache

# The wheel is built once, installed in an environment of its own, and runs the main job elsewhere.
wheel: $(VENV)/.ready-to-test
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist . >/dev/null
	$(BIN)/python -m tests.wheel_job dist

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found on the path."; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing (about a minute) ..."
	@$(PIP) install -c constraints.txt -e .
	@echo "Compiling the searches (once, one to two minutes) ..."
	@$(BIN)/python -m solvers.routing.fleet_warming
	@touch $@

$(VENV)/.ready-to-test: $(VENV)/.ready
	@echo "Installing what the tests need ..."
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis
