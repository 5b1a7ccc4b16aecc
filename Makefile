PORT ?= 8080
OPTIONS ?=
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: serve test audit bench pictures lint clean

serve: $(VENV)/.installed ## count on this machine
	@$(PYTHON) -m atomic_counter.local --port $(PORT) $(OPTIONS)

test: $(VENV)/.installed ## run every test
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile

audit: $(VENV)/.installed ## is any number repeated, how fast is it?
	@$(PYTHON) -m atomic_counter.audit --serve --plot audit.png

bench: $(VENV)/.installed ## how fast is it?
	@$(PYTHON) -m bench

pictures: $(VENV)/.installed ## the README's pictures, from real runs
	@$(PYTHON) -m pictures

lint: $(VENV)/.installed ## check style and types
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy

clean: ## remove what was installed and synthesized, not what was counted
	rm -rf $(VENV) node_modules cdk.out .local/cdk.out

$(VENV)/.installed: setup.py pyproject.toml constraints.txt requirements.txt requirements-dev.txt
	@echo "Installing what is needed into $(VENV); this takes a minute or two, once."
	@python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
