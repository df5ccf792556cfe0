# Pakta.  `make` lists what there is; `make run` is all that a newcomer needs.

PORT ?= 5000
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,$(shell command -v $(name) 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
BUSY := $(shell expr $$(nproc) + 2)# processes of a test run: many tests wait
TESTS := $(BIN)/python -m pytest --dist loadscope --no-loadscope-reorder -n $(BUSY) --maxprocesses 5
export PAKTA_ORIGIN ?= http://localhost:$(PORT)
export PORT
unexport PYTHONDONTWRITEBYTECODE# else each process that a test starts compiles all of Pakta anew
.DEFAULT_GOAL := help
FOLDER ?= build/screenshots
.PHONY: help run test test-core test-others check vectors drills hostile bench bench-ledger bench-certificate bench-bulk bench-import bench-coverage bench-verify bench-page interop judges screenshots \
  pictures requirements translations

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run  ## install, migrate, fill the demonstration city, serve at http://localhost:5000 (PORT=5001 for another)
	@PAKTA_DEMO=1 exec $(BIN)/python -m pakta serve --demo --port $(PORT)

test: $(VENV)/.dev  ## every test on SQLite and what asks a database on PostgreSQL, journeys in a browser included (a slice of the rest, see `make drills`)
	@scripts/machine tests
	@$(if $(ARGS),$(TESTS) $(ARGS),$(MAKE) --no-print-directory --jobs 2 test-core test-others)

test-core:  # with its coverage
	@$(BIN)/python -m pytest tests/core --cov --cov-report=term-missing:skip-covered

test-others:
	@$(TESTS) --ignore tests/core

check: $(VENV)/.dev  ## lint, types, import directions, sizes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/architecture/test_sizes.py

vectors: $(VENV)/.dev  ## make the test vectors anew; leaves no difference where nothing changed
	@$(BIN)/python -m tests.vectors.generate
	@git diff --exit-code --stat -- tests/vectors

drills: $(VENV)/.dev  ## every test whole and on both databases: all that a thief or odd input can try, a kill at each write, each verdict and page for everybody
	@scripts/machine tests
	@PAKTA_WHOLE_DRILL=1 $(TESTS) --ignore tests/core $(ARGS)

bench: $(VENV)/.dev  ## measure, and write docs/measurements.md
	@scripts/machine tests
	@$(BIN)/python -m tests.bench

hostile: $(VENV)/.dev  ## hand in every hostile file there is (bombs, polyglots, false QR), and write docs/measurements-files.md
	@$(BIN)/python -m tests.hostile

interop: $(VENV)/.dev  ## let tools that no one here wrote follow the ledger, judge credentials and read QR codes (docs/readers.md), and check by hand
	@scripts/machine interop
	@$(BIN)/python -m tests.interop
	@$(BIN)/python -m tests.interop.readers $(ARGS)
	@$(BIN)/python -m tests.interop.byhand

judges: $(VENV)/.dev  ## let pdfsig, openssl, pyHanko and endesive judge 1,000 sealed documents, and changed ones (ARGS="--documents 100 --seed 7")
	@scripts/machine judges
	@$(BIN)/python -m tests.judges $(ARGS)

bench-ledger: $(VENV)/.dev  ## measure the ledger at 5,000,000 entries, and write docs/measurements-ledger.md
	@scripts/machine tests
	@$(BIN)/python -m tests.bench.ledger

bench-certificate: $(VENV)/.dev  ## measure documents and status list, and write docs/measurements-certificate.md
	@scripts/machine tests
	@$(BIN)/python -m tests.bench.certificate

bench-bulk: $(VENV)/.dev  ## measure 3,500 lembar as one job, kills included, and write docs/measurements-bulk.md
	@scripts/machine tests
	@$(BIN)/python -m tests.bench.bulk

bench-import: $(VENV)/.dev  ## measure imports of 100,000 people and a first load of 500,000 (ARGS="--load 5000000"), and write docs/measurements-import.md
	@scripts/machine tests
	@$(BIN)/python -m tests.bench.imports $(ARGS)

bench-coverage: $(VENV)/.dev  ## measure the views of coverage at 5,000,000 people in 60,000 units, and write docs/measurements-coverage.md
	@scripts/machine tests
	@$(BIN)/python -m tests.bench.coverage

bench-verify: $(VENV)/.dev  ## measure what a verdict needs against an empty route, and write docs/measurements-verify.md
	@scripts/machine tests
	@$(BIN)/python -m tests.bench.verify

bench-page: $(VENV)/.dev  ## measure how soon a verdict stands on the QR's page, slowed down too, into the same file
	@scripts/machine tests
	@$(BIN)/python -m tests.bench.qrpage

translations: $(VENV)/.dev  ## bring translations/en.po up to date with what pages say, and list what has no English yet
	@$(BIN)/python -m tests.web.messages

screenshots: $(VENV)/.dev  ## take every page that a person sees, at 360 and 1280 pixels, into FOLDER=build/screenshots
	@scripts/machine tests
	@$(BIN)/python -m tests.journeys.screenshots $(FOLDER)

pictures: $(VENV)/.dev  ## put some of those together as docs/pictures/
	@$(BIN)/python -m tests.journeys.montages $(FOLDER)

requirements: $(VENV)/.dev  ## pin requirements*.in anew, with hashes
	@for name in requirements requirements-dev; do $(BIN)/uv pip compile -q --generate-hashes --no-strip-extras \
	  --python-version 3.11 --no-emit-index-url --custom-compile-command "make requirements" $$name.in -o $$name.txt; done
	@$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url -c requirements.txt \
	  --custom-compile-command "make requirements" requirements-witness.in -o requirements-witness.txt

$(VENV)/bin/python:
	@scripts/machine run "$(PYTHON)"
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what requirements.txt names (once, about a minute) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what requirements-dev.txt names (once, about a minute) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run
