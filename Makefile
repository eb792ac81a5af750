# One verb a target; each runs alone in a fresh clone, on any machine with Python 3.11 or newer.

SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

RLDS := out/demo/rlds/tabletop/1.0.0
VLA := out/demo/vla
WEB := out/demo/web
PAIRS := out/demo/pairs
MIX := out/demo/mix

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types site bench fuzz crash mini-rt2 base extras dataflow

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED)  ## make .venv with everything that the tests need

$(INSTALLED): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("vladata needs Python 3.11 or newer: make setup PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(RLDS)/dataset_info.json $(WEB)  ## make a small robot dataset and a corpus of captions, convert, verify, mix and load them
	$(BIN)/vladata convert rlds2vla $(RLDS) $(VLA) --schema docs/demo/tabletop.yaml --recipe rt2-pali-x --overwrite
	$(BIN)/vladata verify $(VLA) --source $(RLDS)
	$(BIN)/vladata inspect $(VLA) --sheet out/demo/sheet.png
	$(BIN)/vladata convert web2vla '$(WEB)/*.tar' $(PAIRS) --schema docs/demo/blocks.yaml --recipe rt2-pali-x --overwrite
	$(BIN)/vladata verify $(PAIRS) --source '$(WEB)/*.tar'
	$(BIN)/vladata mix $(MIX) --mixture docs/demo/half-robot-half-web.yaml --materialize --overwrite
	$(BIN)/vladata verify $(MIX)
	$(BIN)/vladata inspect $(MIX) --sheet out/demo/mix.png
	$(BIN)/python -m docs.demo.load_batches $(MIX)

$(WEB): $(INSTALLED) $(wildcard docs/demo/*.py)
	rm -rf $(WEB)
	$(BIN)/python -m docs.demo.make_corpus $(WEB)

$(RLDS)/dataset_info.json: $(INSTALLED) $(wildcard docs/demo/*.py)
	rm -rf out/demo/rlds
	$(BIN)/python -m docs.demo.make_episodes out/demo/rlds

test: $(INSTALLED)  ## run the tests, in two processes
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: lint types test  ## what CI runs: format and lint, types, tests

lint: $(INSTALLED)  ## ruff: format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)  ## mypy
	$(BIN)/mypy

site: $(INSTALLED)  ## the documentation as a site, in out/site
	$(BIN)/python -m mkdocs build --strict

format: $(INSTALLED)  ## ruff: format, and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED)  ## measure, as ratios of one run (minutes; needs a quiet machine)
	$(BIN)/python -m benchmarks

fuzz: $(INSTALLED)  ## a million values, hostile texts and rows of logits of each codec, 200 epochs of a faulty server, ten million messages (an hour)
	VLADATA_FUZZ=all $(BIN)/python -m pytest -n 2 --timeout 0 tests/actions tests/remote tests/consumer/decoding
	$(BIN)/python -m pip install --quiet 'atheris>=3'
	$(BIN)/python -m tests.fuzz.messages out/fuzz/messages -runs=10000000

crash: $(INSTALLED)  ## kill and starve a small job at every system call that writes (needs strace)
	VLADATA_CRASH=all $(BIN)/python -m pytest tests/crash tests/web/test_random_kills.py

mini-rt2: $(INSTALLED)  ## RT-2 in miniature: generate, convert, mix, train, evaluate (needs torch: pip install -e '.[train,eval]')
	$(BIN)/python -m vladata.consumer.mini_rt2 out/mini

base: demo  ## build the wheel and try it on the demo in a fresh environment, without extras
	$(BIN)/python .ci/base_install.py

extras: $(INSTALLED)  ## each extra alone in a fresh environment, and there its page of docs (20 minutes, all; needs torch); EXTRAS="hdf5 video" names some
	$(BIN)/python .ci/extras.py $(EXTRAS)

dataflow: demo  ## make the graphs' Dataflow jobs without Google, and do the workers' half of them (a fresh environment)
	$(BIN)/python .ci/dataflow.py
