# serve, test and report need nothing but Debian, Python 3.11 and make; the environment is kept in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Tests store a great deal, and each commit waits for the disk: where there is room in memory, their files lie there.
IN_MEMORY := $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 8000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)
ARGS ?=

.PHONY: help serve report simulate pilot guides test bench check docs gallery picture images clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

serve: .venv/run ## serve the look-alike study to workers, print their links, stay up (ARGS="--port 9000")
	$(BIN)/imgloop serve notebooks/look_alike $(ARGS)

report: .venv/run ## make the report of what happened, under results/reports/
	$(BIN)/imgloop report notebooks/look_alike $(ARGS)

simulate: .venv/run ## let 200 synthetic workers play the study
	$(BIN)/imgloop simulate notebooks/look_alike --workers 200 $(ARGS)

pilot: .venv/run ## open the pilot notebook in JupyterLab
	$(BIN)/jupyter lab $(if $(AS_ROOT),,--allow-root) notebooks/pilot.ipynb

guides: .venv/run ## open the guides in JupyterLab, the first study first
	$(BIN)/jupyter lab $(if $(AS_ROOT),,--allow-root) notebooks/guide/1_first_study.ipynb

test: .venv/test ## install what the tests need (browser, PostgreSQL and nginx too) and run them all
	$(IN_MEMORY) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

bench: .venv/test ## measure pages, memory and a crowd beside plain Voilà, Gradio, Streamlit and Solara
	$(BIN)/python -m tests.bench $(ARGS)
	$(BIN)/python -m tests.bench.forms $(ARGS)
	$(BIN)/python -m tests.bench.generation $(ARGS)
	$(BIN)/python -m tests.bench.crowd
	$(BIN)/python -m tests.bench.peers

check: .venv/test ## all that a change must pass: format, lint, types, layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

docs: .venv/run ## make docs/reference anew from the code
	$(BIN)/python docs/make_reference.py

gallery: .venv/test ## take the pictures of docs/gallery.md anew, from the running pages
	PYTHONPATH=tests $(BIN)/python tests/browser/gallery.py

picture: .venv/test ## take the pictures in README anew
	PYTHONPATH=tests $(BIN)/python tests/browser/picture.py

images: .venv/run ## make images/ anew from its prompts
	$(BIN)/python images/make.py

clean: ## remove the environment; results stay
	rm -rf .venv

# Debian keeps the part of Python that makes environments in a package of its own.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; $(AS_ROOT) apt-get update -q && $(AS_ROOT) apt-get install -y -q python3-venv && $(PYTHON) -m venv .venv; }

.venv/run: .venv/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e '.[analysis]'
	touch $@

.venv/test: .venv/run
	$(BIN)/pip install -q -c constraints.txt -e '.[test]'
	command -v chromium >/dev/null || { $(AS_ROOT) apt-get update -q && $(AS_ROOT) apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core; }
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { $(AS_ROOT) apt-get update -q && $(AS_ROOT) apt-get install -y -q --no-install-recommends postgresql; }
	test -x /usr/sbin/nginx || { $(AS_ROOT) apt-get update -q && $(AS_ROOT) apt-get install -y -q --no-install-recommends nginx-light; }
	touch $@
