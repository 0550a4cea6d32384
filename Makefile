# What one does with this project; `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PORT ?= 8000
DATABASE ?= sqlite
DB_SCRATCH := build/migrations
PARALLEL := -n 3 --dist loadscope --no-loadscope-reorder
AGAIN := $(addprefix tests/exchange/test_,concurrency.py season.py services.py) \
	$(wildcard tests/contracts/test_mass*.py) $(addprefix tests/contracts/test_,holidays.py \
	jokers.py parallel.py services.py signing.py swaps.py twelve_products.py waiting.py)

.DEFAULT_GOAL := help
.PHONY: help run test bench check format db docs

help: ## lists these tasks
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

run: $(STAMP) ## makes the demo AMAP of today and serves it (PORT=8000, or the next free one)
	@$(BIN)/amapress demo --renew
	@$(BIN)/amapress run --demo --port $(PORT) --find-port

test: check ## checks, then runs all tests (DATABASE=postgres: on a real PostgreSQL server)
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
		echo 'A Chromium is missing: run .ci/run, or "apt-get install chromium" as root.' >&2; exit 1; }
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || \
		echo 'An nginx is missing, its tests are left out: run .ci/run, or "apt-get install nginx-light".' >&2
	$(BIN)/pytest $(PARALLEL) --database=$(DATABASE)
	@test $(DATABASE) = postgres || { echo 'Again on PostgreSQL, what writes most:'; \
		$(BIN)/pytest $(PARALLEL) --database=postgres $(AGAIN); }

check: $(STAMP) ## ruff, its format, mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP) ## rewrites the code as ruff wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## measures pages, mails and the engine; writes build/bench.json
	$(BIN)/python -m tests.bench

db: $(STAMP) ## writes a migration for changed models (M="add joker count")
	@test -n "$(M)" || { echo 'Say what changes: make db M="add joker count"' >&2; exit 1; }
	@rm -rf $(DB_SCRATCH) && mkdir -p $(DB_SCRATCH)
	@AMAPRESS_DATA_FOLDER=$(DB_SCRATCH) AMAPRESS_DATABASE_URL= AMAPRESS_SECRET_KEY=unused \
		sh -c '$(BIN)/amapress db upgrade && $(BIN)/amapress db revision "$(M)"'

docs: $(STAMP) ## writes docs/shortcodes.md, the screenshots of docs/images (needs Chromium), the guide's PDF
	@mkdir -p build docs
	$(BIN)/amapress shortcodes > build/shortcodes.md
	@mv build/shortcodes.md docs/shortcodes.md
	$(BIN)/python -m docs.screenshots
	$(BIN)/python -m docs.composing
	$(BIN)/python -m docs.contracts
	$(BIN)/python -m docs.pdf

# Made anew when setup.cfg changes; a venv without pip (Debian without python3-venv) is completed.
$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { \
		echo 'Python cannot make environments: run .ci/run, or "apt-get install python3-venv".' >&2; \
		exit 1; }
	@echo 'Installing (the first time takes a minute or two) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)
