# What one runs here. `make` lists the targets; `make demo` and `make test` need nothing prepared.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# Paths stay relative, so that the folder may have spaces in its name.
PY := .venv/bin/python
NODE_MODULES := js/node_modules/.package-lock.json
STATIC := src/rushes/widgets/static/studio.js
JS_SOURCES := $(shell find js/src -type f) js/build.mjs js/tsconfig.json

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
export npm_config_audit := false
export npm_config_fund := false
export npm_config_loglevel := error
export npm_config_update_notifier := false

# --- for everybody ---------------------------------------------------------------------------

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: .venv/.demo $(STATIC) ## Run the quickstart notebook without a key and say where its videos are
	@$(PY) scripts/demo.py

.PHONY: lab
lab: .venv/.lab $(STATIC) ## Open the notebooks in JupyterLab, on the preview
	RUSHES_BACKEND=preview $(PY) -m jupyterlab notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

# --- checks ----------------------------------------------------------------------------------

CHECKS := ruff biome mypy tsc js-test docs

# Most of these tests wait for other processes, so there are more workers than cores.
WORKERS := --numprocesses 5 --dist worksteal

# What plays on the screen frame by frame runs alone.
ALONE := tests/page/test_compare_sync.py

# Whatever fails, the rest runs as well; what failed stands in the last line.
.PHONY: test
test: .venv/.test $(STATIC) pythons ## Run every check and every test, as CI does
	@failed=; \
	$(MAKE) --jobs=2 --keep-going --output-sync=target $(CHECKS) || failed="$$failed checks"; \
	$(MAKE) browser-test || failed="$$failed browser-test"; \
	$(PY) -m pytest -m "not browser" $(WORKERS) --cov --cov-report= || failed="$$failed tests"; \
	mkdir -p artifacts && $(PY) -m coverage report > artifacts/coverage.txt && \
	echo "Lines and branches covered: $$($(PY) -m coverage report --format=total) %, listed in artifacts/coverage.txt"; \
	if [ -n "$$failed" ]; then echo "FAILED, see above:$$failed"; exit 1; fi

.PHONY: test-fast
test-fast: .venv/.test $(STATIC) ## Run the tests that need neither a browser nor patience
	@$(PY) -m pytest -m "not slow and not browser"

.PHONY: test-pythons
test-pythons: .venv/.test pythons ## Run what depends on the version on every Python that is here
	@$(PY) -m pytest tests/guarantees/test_script_ends.py

.PHONY: pythons
pythons: .venv/.test
	@scripts/pythons.sh

.PHONY: lint
lint: ruff biome ## Look for faults of style: ruff, Biome

.PHONY: typecheck
typecheck: mypy tsc ## Check the types: mypy, tsc

.PHONY: ruff
ruff: .venv/.test
	@formatted=0; $(PY) -m ruff format --check --output-format concise || formatted=1; \
	$(PY) -m ruff check --no-fix --output-format concise; exit $$formatted

.PHONY: mypy
mypy: .venv/.test
	@$(PY) -m mypy

.PHONY: biome
biome: $(NODE_MODULES)
	@npm --prefix js run --silent lint

.PHONY: tsc
tsc: $(NODE_MODULES)
	@npm --prefix js run --silent typecheck

.PHONY: js-test
js-test: $(NODE_MODULES) ## Run the tests of the front end
	@npm --prefix js run --silent test

.PHONY: browser-test
browser-test: .venv/.test $(STATIC) ## Run the tests that drive a browser
	@scripts/chromium.sh
	@$(PY) -m pytest $(ALONE)
	@$(MAKE) --jobs=2 --keep-going --output-sync=target page-test lab-test

# Two halves of about the same length; each is one process, as its tests share servers and browsers.
.PHONY: page-test
page-test:
	@$(PY) -m pytest -m browser --ignore $(ALONE) --ignore tests/lab

.PHONY: lab-test
lab-test:
	@$(PY) -m pytest tests/lab

.PHONY: format
format: .venv/.test $(NODE_MODULES) ## Format everything and mend what can be mended
	@$(PY) -m ruff format
	@$(PY) -m ruff check --fix
	@npm --prefix js run --silent format

# --- measuring -------------------------------------------------------------------------------

.PHONY: bench
bench: .venv/.test $(STATIC) ## Run the benchmarks
	@$(PY) -m benchmarks $(BENCH)

.PHONY: soak
soak: .venv/.test $(STATIC) ## Kill processes at random for a long time, and count the jobs
	@PYTHONPATH=tests $(PY) -m reliability.soak $(SOAK)

# --- building --------------------------------------------------------------------------------

.PHONY: js
js: $(STATIC) ## Build the front end

.PHONY: wheel
wheel: .venv/.test $(STATIC) ## Build the sdist and, from it, the wheel
	@$(PY) -m build --no-isolation

# The site has an environment of its own, and asks no network once that is there.
DOCS_PY := .venv-docs/bin/python
DOCS_OUT := artifacts/docs

.PHONY: docs
docs: .venv-docs/.docs ## Build the documentation into artifacts/docs; a dead link is an error
	@$(DOCS_PY) -m sphinx --quiet --fail-on-warning --keep-going --nitpicky --fresh-env \
	  --builder html docs $(DOCS_OUT)
	@echo "The documentation is in $(DOCS_OUT)/index.html"

.venv-docs/.docs: pyproject.toml
	@scripts/venv.sh "$(PYTHON)" .venv-docs
	@echo "Installing Sphinx and the package into .venv-docs"
	@SKIP_JS_BUILD=1 $(DOCS_PY) -m pip install -qq --editable . --group docs
	@touch $@

.PHONY: clean
clean: ## Remove all that was built, installed or written by runs
	rm -rf .venv .venv-* js/node_modules src/rushes/widgets/static dist build artifacts notebooks/rushes-media
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(NODE_MODULES): js/package.json js/package-lock.json
	@scripts/node.sh
	@echo "Installing the front end's tools into js/node_modules"
	@npm --prefix js ci
	@touch $@

$(STATIC): $(NODE_MODULES) $(JS_SOURCES)
	@npm --prefix js run --silent build
	@touch $@

# Three sets of packages in one environment; each stamp stands for one of them.
.venv/.made:
	@scripts/venv.sh "$(PYTHON)"
	@touch $@

.venv/.demo: EXTRAS := --editable . --group notebook
.venv/.lab: EXTRAS := --editable .[lab] --group notebook
.venv/.test: EXTRAS := --editable .[lab] --group test --group lint
.venv/.demo .venv/.lab .venv/.test: .venv/.made pyproject.toml hatch_build.py src/rushes/_version.py
	@echo "Installing Python packages into .venv"
	@SKIP_JS_BUILD=1 $(PY) -m pip install -qq $(EXTRAS)
	@touch $@
