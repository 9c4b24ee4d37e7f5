# `make` lists the targets; `make demo` and `make test` need no preparation.

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
PAGES := $(addprefix src/rushes/widgets/static/,studio.js studio.css compare.js compare.css player.css board.js board.css vote.js vote.css vote-page.js)
JS_SOURCES := $(shell find js/src -type f) js/build.mjs js/tsconfig.json

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
export npm_config_audit := false
export npm_config_fund := false
export npm_config_loglevel := error
export npm_config_update_notifier := false
# The tests start hundreds of processes, which then share what one of them compiled.
export PYTHONDONTWRITEBYTECODE :=

# --- for everybody ---------------------------------------------------------------------------

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: .venv/.demo $(STATIC) ## Run the quickstart notebook without a key
	@$(PY) scripts/demo.py

.PHONY: lab
lab: .venv/.lab $(STATIC) ## Open the notebooks in JupyterLab, on the preview
	RUSHES_BACKEND=preview $(PY) -m jupyterlab notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: watch
watch: .venv/.lab $(STATIC) ## Like lab, and rebuild and reload the widgets when their sources change
	@npm --prefix js run --silent watch & trap "kill $$!" EXIT; \
	ANYWIDGET_HMR=1 RUSHES_BACKEND=preview $(PY) -m jupyterlab notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: gateway-demo
gateway-demo: .venv/.test $(STATIC) ## Kill a worker of a gateway on PostgreSQL and see its take finished
	@PYTHONPATH=tests $(PY) -m gateway.demo

# --- checks ----------------------------------------------------------------------------------

CHECKS := ruff biome mypy tsc js-test docs

# Most of these tests wait for other processes, so there are more workers than cores.
WORKERS := --numprocesses 6 --dist worksteal

# Its rounds run side by side and are shared by its tests, so it stays in one process.
KILLS := tests/reliability/test_kill.py

# A test that fails beside others has a second chance alone, and is named if it passes then.
TWICE := $(PY) scripts/twice.py

# What plays on the screen frame by frame runs alone.
ALONE := tests/page/test_compare_sync.py

# Browsers leave the other tests too little of two cores, so those run after them. Whatever fails,
# the rest runs as well; what failed stands in the last line.
.PHONY: test
test: .venv/.test $(STATIC) ## Run every check and every test, as CI does
	@failed=; \
	$(MAKE) --jobs=2 --keep-going --output-sync=target $(CHECKS) pythons || failed="$$failed checks"; \
	$(MAKE) browser-test || failed="$$failed browser-test"; \
	$(MAKE) --jobs=2 --keep-going --output-sync=target other-test kill-test || failed="$$failed tests"; \
	if [ -n "$$failed" ]; then echo "FAILED, see above:$$failed"; exit 1; fi

# What takes patience or many processes, or drives a browser, a kernel or another client, is left
# out: neither Node.js nor any of these is needed.
FAST := -m "not slow and not browser" --numprocesses 4 --dist worksteal \
  $(addprefix --ignore=tests/,emulators guarantees hosts kernel lab notebooks page reliability)

.PHONY: test-fast
test-fast: .venv/.fast page-files ## Run the quick tests, without Node.js, a browser or Jupyter
	@$(PY) -m pytest $(FAST)

.PHONY: comfyui-proof
comfyui-proof: .venv/.fast ## Hold the emulated ComfyUI against a real server: make comfyui-proof URL=http://...
	@PYTHONPATH=src:tests $(PY) -m emulators.comfyui_proof "$(URL)"
	@COMFYUI_PROOF_URL="$(URL)" $(PY) -m pytest -k RealComfyUI tests/backends/test_conformance.py

.PHONY: test-pythons
test-pythons: .venv/.fast pythons ## Run the fast tests and the README on every supported Python that is installed
	@failed=; \
	for python in $(PY) .venv-3.*/bin/python; do \
	  if [ ! -x "$$python" ]; then continue; fi; \
	  echo "$$("$$python" --version)"; \
	  "$$python" -m pytest $(FAST) || failed="$$failed $$python"; \
	done; \
	$(PY) -m pytest tests/docs/test_pythons.py tests/guarantees/test_script_ends.py || failed="$$failed README"; \
	if [ -n "$$failed" ]; then echo "FAILED, see above:$$failed"; exit 1; fi

.PHONY: pythons
pythons: .venv/.made page-files
	@scripts/pythons.sh

# The kernel's half reads these files, and its tests do not mind what is in them. They are older than
# all sources, so what needs the front end builds it.
.PHONY: page-files
page-files:
	@mkdir -p $(dir $(STATIC))
	@for file in $(PAGES); do if [ ! -e "$$file" ]; then touch -t 200001010000 "$$file"; fi; done

.PHONY: lint
lint: ruff biome ## Check the style: ruff, Biome

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
	@scripts/browsers.sh
	@failed=0; \
	$(TWICE) alone $(ALONE) || failed=1; \
	$(MAKE) --jobs=2 --keep-going --output-sync=target page-test lab-test || failed=1; \
	exit $$failed

# Two halves of about the same length; each is one process, as its tests share servers and browsers.
JUPYTER := tests/lab tests/hosts/test_voila.py tests/hosts/test_marimo.py \
  $(patsubst %,tests/page/test_%.py,batch board compare player)

.PHONY: page-test
page-test:
	@$(TWICE) page -m "browser and not soak" $(addprefix --ignore=,$(ALONE) $(JUPYTER))

.PHONY: lab-test
lab-test:
	@$(TWICE) lab -m "not soak" $(JUPYTER)

.PHONY: other-test
other-test:
	@scripts/postgres.sh
	@$(TWICE) other -m "not browser and not soak" --ignore $(KILLS) $(WORKERS)

.PHONY: kill-test
kill-test:
	@$(PY) -m pytest $(KILLS)

# Watching them takes a third more of the processor, so this is not part of `make test`. A process
# that a test kills while it writes what it covered leaves half a file.
.PHONY: coverage
coverage: .venv/.test $(STATIC) ## Say which lines and branches the tests run that need no browser
	@$(PY) -W "ignore:Couldn't use data file" -m pytest -m "not browser" --ignore $(KILLS) $(WORKERS) --cov --cov-report=
	@mkdir -p artifacts && $(PY) -m coverage report > artifacts/coverage.txt
	@echo "Lines and branches covered: $$($(PY) -m coverage report --format=total) %, listed in artifacts/coverage.txt"

.PHONY: format
format: .venv/.test $(NODE_MODULES) ## Format everything and apply automatic fixes
	@$(PY) -m ruff format
	@$(PY) -m ruff check --fix
	@npm --prefix js run --silent format

# --- measuring -------------------------------------------------------------------------------

.PHONY: bench
bench: .venv/.test $(STATIC) ## Run the benchmarks
	@$(PY) -m benchmarks $(BENCH)

.PHONY: soak
soak: .venv/.test $(STATIC) ## Kill processes, and spoil replies, for a long time and count the jobs
	@PYTHONPATH=tests $(PY) -m reliability.soak $(SOAK)
	@PYTHONPATH=tests $(PY) -m reliability.soak_replies $(SOAK_REPLIES)
	@$(PY) -m pytest -m soak

.PHONY: soak-gateway
soak-gateway: .venv/.test $(STATIC) ## Kill a gateway's processes and stop its database for a long time
	@PYTHONPATH=tests $(PY) -m gateway.storm --jobs 1000
	@PYTHONPATH=tests $(PY) -m gateway.shares
	@PYTHONPATH=tests $(PY) -m gateway.crowd --jobs 600 --workers 1 2
	@$(PY) -m pytest -m soak tests/gateway

# --- building --------------------------------------------------------------------------------

.PHONY: js
js: $(STATIC) ## Build the front end

.PHONY: wheel
wheel: .venv/.test $(STATIC) ## Build the sdist and, from it, the wheel
	@$(PY) -m build --no-isolation

# The site has an environment of its own, and needs no network once that is installed.
DOCS_PY := .venv-docs/bin/python
DOCS_OUT := artifacts/docs

.PHONY: docs
docs: .venv-docs/.docs ## Build the documentation into artifacts/docs; a dead link is an error
	@$(DOCS_PY) -m sphinx --quiet --fail-on-warning --keep-going --nitpicky --fresh-env \
	  --builder html docs $(DOCS_OUT)
	@echo "The documentation is in $(DOCS_OUT)/index.html"

.venv-docs/.docs: pyproject.toml requirements.lock
	@scripts/venv.sh "$(PYTHON)" .venv-docs
	@echo "Installing Sphinx and the package into .venv-docs"
	@scripts/install.sh .venv-docs docs
	@touch $@

# What these commands install, with the versions and hashes of all Pythons and systems. A version
# changes only where pyproject.toml asks for it, or with UPGRADE=1.
.PHONY: lock
lock: .venv-lock/.made ## Update requirements.lock after a change of pyproject.toml
	@.venv-lock/bin/uv pip compile pyproject.toml --output-file requirements.lock --quiet \
	  --universal --python-version 3.11 --generate-hashes --no-annotate --all-extras \
	  $(patsubst %,--group %,build docs lint lock test) \
	  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.venv-lock/.made:
	@scripts/venv.sh "$(PYTHON)" .venv-lock
	@.venv-lock/bin/python -m pip install -qq --require-hashes --constraint requirements.lock --group lock
	@touch $@

.PHONY: clean
clean: ## Remove everything that these commands create
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

# Sets of packages in one environment; each stamp stands for one of them.
.venv/.made: scripts/venv.sh
	@scripts/venv.sh "$(PYTHON)"
	@touch $@

.venv/.demo: PACKAGES := notebook
.venv/.lab: PACKAGES := lab notebook
.venv/.fast: PACKAGES := fast
.venv/.test: PACKAGES := gateway lab postgres test lint
.venv/.demo .venv/.lab .venv/.fast .venv/.test: .venv/.made pyproject.toml requirements.lock hatch_build.py src/rushes/_version.py
	@echo "Installing Python packages into .venv"
	@scripts/install.sh .venv $(PACKAGES)
	@touch $@
