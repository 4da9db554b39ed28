# Covey's commands. `make help` lists them; each one sets up what it needs by itself.

PYTHON := .venv/bin/python
MODULE := $(PYTHON) -m
ROSTER ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo stop test check bench bench-full bench-web faults screens package deploy-local setup-tests

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-14s %s\n", $$1, $$2}'

setup: ## create .venv, the slim wheels and the local AWS emulator
	@python=$$(infra/find-python) && "$$python" -m infra.setup

setup-tests:
	@python=$$(infra/find-python) && "$$python" -m infra.setup --tests

demo: setup ## run Covey from sign-up to mailed invites on this machine (ROSTER=people.csv for your own people)
	@$(MODULE) infra.demo $(if $(ROSTER),"$(ROSTER)")

deploy-local: setup ## start the cloud on this machine, deploy to it, and print the site's address
	@$(MODULE) infra.local up

stop: ## end what demo and deploy-local started, and nothing else
	@if [ -x $(PYTHON) ]; then $(MODULE) infra.local stop; else echo "Nothing is running."; fi

package: setup ## build exactly the zips that chalice deploy uploads into dist/, and weigh them
	@$(MODULE) infra.package

check: setup ## lint, format, types and the fast tests, in about a minute and a half
	@echo "[1/4] format"; $(MODULE) ruff format --check --quiet .
	@echo "[2/4] lint"; $(MODULE) ruff check --quiet .
	@echo "[3/4] types"; $(MODULE) mypy
	@echo "[4/4] fast tests"; $(MODULE) pytest -q -n 2 -m "not engine and not cloud and not browser and not slow" tests

test: setup-tests ## everything: set-up and all tests, with the local cloud, DynamoDB Local and a browser
	@$(MODULE) pytest -n 4 --dist loadgroup tests

screens: setup ## picture every page and state, phone and desk, light and dark, into docs/screens/
	@$(MODULE) infra.screens

bench: setup ## measure package, imports, letters, sign-ups, and matching beside its peers, in some twelve minutes
	@$(MODULE) infra.bench

bench-full: setup ## the same contest with up to a million people and long solver runs; takes hours
	@$(MODULE) infra.bench --full

bench-web: setup ## measure the pages (Lighthouse, bytes, slow 3G) and 1,000 people who sign up, in some twenty minutes
	@$(MODULE) infra.bench.web
	@$(MODULE) infra.bench.signups

faults: setup-tests ## inject faults into real engines, count copies, losses and leaks, and write docs/reliability.md
	@$(MODULE) infra.faults
