# Every target makes .venv by itself. PYTHON chooses the interpreter: make demo PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo run test coverage lint dist bench soak mutants pictures clean

demo: .venv/serve.stamp ## judge a day of messages in the terminal, without a Discord account
	@$(BIN)/python -m bot console bot/console/demo.txt

run: .venv/serve.stamp ## the bot on Discord, with DISCORD_TOKEN from .env
	@$(BIN)/python -m bot

test: .venv/all.stamp
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

coverage: .venv/all.stamp ## the same tests, and how much of the code they run, which may not fall: takes half as long again
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --cov --cov-report=term

lint: .venv/all.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

dist: .venv/all.stamp ## a wheel and an sdist, in dist; tests/test_distribution.py installs and tries them
	@$(BIN)/python -m build --no-isolation --outdir dist .

bench: .venv/all.stamp ## what is fast, measured side by side
	@$(BIN)/python -m benchmarks

soak: .venv/all.stamp ## ten minutes in which everything goes wrong, and what was lost or doubled by it
	@$(BIN)/python -m benchmarks.soak

MODULE ?= bot/storage/outbox.py
LIMIT ?= 30
MINUTES ?= 20
mutants: .venv/all.stamp ## small faults planted in MODULE, and which of them no test notices
	@nice $(BIN)/python -m tests.mutants $(MODULE) $(LIMIT) $(MINUTES)

pictures: .venv/all.stamp ## what Jigi sends, drawn for the READMEs as Discord shows it: needs Chromium and an emoji font
	@nice $(BIN)/python -m tests.pictures

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Jigi needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/serve.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing Jigi (without TensorFlow) ..."
	@$(PIP) --editable .
	@touch $@

.venv/all.stamp: .venv/serve.stamp
	@echo "Installing what training and the tests need ..."
	@$(PIP) --editable '.[train,test,dask]'
	@touch $@
