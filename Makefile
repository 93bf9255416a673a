# The doors to everything. Needs Python 3.11 or newer and make; the rest is set up here.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
STATIC := lms/static
VNU := 26.9.27

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export FLASK_APP := wsgi

.PHONY: help demo demo-reset test check check-static serve worker bench mutants lock translations screenshots clean
help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

.venv/.runtime: requirements.lock
	@echo "Setting up .venv (about a minute, once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Setting up the tools for tests …"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

.venv/.assets: .venv/.runtime $(wildcard $(STATIC)/*.css $(STATIC)/*.js $(STATIC)/*.svg) $(shell find lms/translations -name '*.po')
	@$(BIN)/pybabel -q compile -d lms/translations 2>/dev/null
	@$(BIN)/python -m lms.core.assets
	@touch $@

demo: .venv/.assets ## set everything up and serve the demonstration on http://127.0.0.1:8000 (PORT=… for another)
	@$(BIN)/flask db upgrade
	@$(BIN)/flask demo load
	@PORT=$(PORT) $(BIN)/flask demo welcome
	@LMS_PUBLIC_URL=http://127.0.0.1:$(PORT) $(BIN)/gunicorn --config gunicorn.conf.py --bind 127.0.0.1:$(PORT) wsgi:app

demo-reset: .venv/.assets ## throw the demonstration away and begin anew
	@rm -rf instance
	@$(MAKE) --no-print-directory demo

serve: .venv/.assets ## serve with the settings of the environment (see docs/operations.md)
	@$(BIN)/flask db upgrade
	@$(BIN)/gunicorn --config gunicorn.conf.py wsgi:app

worker: .venv/.assets ## run the recurring jobs in a process of their own
	@$(BIN)/flask worker

test: .venv/.dev .venv/.assets ## run all tests (TEST_DATABASE_URL=postgresql://… to run them on PostgreSQL)
	@$(BIN)/pytest -n 2

build/checker: ## fetch the W3C's checker of HTML, which one test uses (needs npm and Java)
	@npm install --silent --no-audit --no-fund --no-save --prefix $@ vnu-jar@$(VNU)

check: check-static test ## everything CI runs: lint, types, contracts, templates, dependencies, packs, tests

check-static: .venv/.dev .venv/.assets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet lms/templates
	$(BIN)/deptry .
	$(BIN)/flask courses check packs/reintegration

bench: .venv/.dev .venv/.assets ## run the benchmarks, one line a figure
	@$(BIN)/python -m bench

mutants: .venv/.dev ## change the rules of grading step by step, and see that a test notices (docs/mutation-testing.md)
	@$(BIN)/mutmut run

lock: .venv/.dev ## write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile -q --generate-hashes --universal --no-header --no-emit-index-url --python-version 3.11 --extra production pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --generate-hashes --universal --no-header --no-emit-index-url --python-version 3.11 --extra production --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

# One string a line, in the order of the alphabet. The heads of the catalogues stay as they are: they hold the rules of plurals.
CATALOGUES := $(wildcard lms/translations/*/LC_MESSAGES/messages.po)
translations: .venv/.dev ## collect the interface's strings into the catalogues (docs/translating.md)
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k _l --no-location --sort-output --no-wrap --omit-header -o lms/translations/messages.pot lms
	@for po in $(CATALOGUES); do sed '/^$$/q' $$po > $$po.head; done
	$(BIN)/pybabel -q update -i lms/translations/messages.pot -d lms/translations --no-fuzzy-matching --no-wrap --ignore-obsolete --omit-header
	@for po in $(CATALOGUES); do cat $$po.head $$po > $$po.whole; mv $$po.whole $$po; rm $$po.head; done

screenshots: .venv/.dev .venv/.assets ## take the README's screenshots anew from the demonstration
	$(BIN)/python docs/take_screenshots.py

clean: ## remove what was set up, the demonstration's data included
	rm -rf .venv instance
