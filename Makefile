PORT ?= 8080
CONTEXT ?=
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: serve test lint clean

serve: $(VENV)/.installed ## count on this machine
	@$(PYTHON) -m atomic_counter.local --port $(PORT) $(CONTEXT)

test: $(VENV)/.installed ## run every test
	@$(PYTHON) -m pytest

lint: $(VENV)/.installed ## check style and types
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy

clean: ## remove what was installed and synthesized, not what was counted
	rm -rf $(VENV) node_modules cdk.out

$(VENV)/.installed: setup.py pyproject.toml constraints.txt requirements.txt requirements-dev.txt
	@echo "Installing what is needed into $(VENV); this takes a minute or two, once."
	@python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
