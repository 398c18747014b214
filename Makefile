# Every target is one line of what it does; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev rebuild apply destroy plan rehearse doctor permissions test slow e2e browser image check checkov provider6 workflows audit licences format lock base bench

ENV ?= dev
ARGS ?=
REHEARSED ?= staging
# The first interpreter that is new enough; PYTHON=/path/to/python overrides.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
RUN := .venv/bin/python
# Much of a command's time, and of a test's, is the start of a program: what was compiled is kept.
unexport PYTHONDONTWRITEBYTECODE
# What apply needs, and what the tests and the checks need besides.
READY := .venv/.installed
READY_DEV := .venv/.installed-dev
# A Python that was removed since takes its environments along.
BROKEN := $(shell test -x $(RUN) || echo rebuild)
# The tests of one file share what they make; they are in the order that tests/conftest.py gives them.
# Some tests wait, so three keep two cores busy; each more would start again what the tests of a process share.
WORKERS := 3
SIDE_BY_SIDE := --dist loadfile --no-loadscope-reorder
# Tests write tens of thousands of small files: into memory, where it has room (in Docker it has 64 MB).
MEMORY := $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000 { print "/dev/shm" }')
CHECKOV := .venv-checkov/.installed
COMPILE := uv pip compile -q pyproject.toml --universal --generate-hashes --no-header --no-annotate --python-version 3.11

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) ## Make the virtual environment with what apply needs

setup-dev: $(READY_DEV) ## Add to it what the tests and the checks need

$(READY): requirements/wrapper.lock $(BROKEN)
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer on PATH. Install one, or pass PYTHON=/path/to/python3.11." >&2; exit 1; }
	@test -w . || { echo "error: $(CURDIR) is not writable. Clone into a folder of your own." >&2; exit 1; }
	@$(PYTHON) requirements/install.py .venv $<
	@touch $@

$(READY_DEV): requirements/dev.lock $(BROKEN) | $(READY)
	@$(RUN) requirements/install.py .venv $<
	@$(RUN) -m pytest --collect-only -qq >/dev/null || true # compiles the tests once, not in each of their processes
	@touch $@

apply: $(READY) ## Deploy ENV (default dev) and check that it answers
	@$(RUN) -m wrapper apply $(ENV) $(ARGS)

plan: $(READY) ## Show what apply would do
	@$(RUN) -m wrapper plan $(ENV) $(ARGS)

destroy: $(READY) ## Take ENV down to nothing, and prove it
	@$(RUN) -m wrapper destroy $(ENV) $(ARGS)

rehearse: $(READY) ## Try REHEARSED (default staging) as on AWS, in a sandbox of its own (needs node 20 or newer)
	@$(RUN) -m wrapper rehearse $(REHEARSED) $(ARGS)

doctor: $(READY) ## Check the tools, the ports and the credentials
	@$(RUN) -m wrapper doctor $(ENV) $(ARGS)

test slow e2e: export TMPDIR := $(or $(TMPDIR),$(MEMORY),/tmp)

test: $(READY_DEV) ## Run the fast tests
	@$(RUN) -m pytest -n $(WORKERS) $(SIDE_BY_SIDE) $(ARGS)

# An environment that comes up mostly waits: more of them than cores.
slow: $(READY_DEV) ## Run the slow tests
	@$(RUN) -m pytest -n 4 $(SIDE_BY_SIDE) -m "slow and not e2e" --timeout 900 $(ARGS)

e2e: $(READY_DEV) ## Run the life cycle's tests in the sandbox
	@$(RUN) -m pytest -n 6 $(SIDE_BY_SIDE) -m e2e --timeout 900 $(ARGS)

browser: $(READY_DEV) ## Open the review's pages in headless Chromium (needs root to install it)
	@.ci/browser

image: $(READY_DEV) ## Build the image, run it, push it and pull it back (needs root)
	@.ci/image

check: $(READY_DEV) ## Lint, types, words, HCL format and validity, import direction
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check .
	@$(RUN) -m mypy wrapper service emulator tests benchmarks requirements/install.py
	@.venv/bin/lint-imports
	@$(RUN) -m tests.prose
	@.venv/bin/hadolint Dockerfile
	@$(RUN) -m wrapper.image.base --check
	@terraform fmt -check -recursive terraform examples
	@$(RUN) -m wrapper.terraform

permissions: $(READY) ## Judge the recorded calls by IAM policies and AWS's models (needs node 20 or newer)
	@$(RUN) -m wrapper.aws.judge $(dir $(wildcard tests/recordings/*/calls.jsonl))

checkov: $(CHECKOV) ## Look for known weaknesses in the Terraform code and the Dockerfile
	@.ci/checkov

$(CHECKOV): requirements/checkov.lock | $(READY)
	@$(RUN) requirements/install.py .venv-checkov $<
	@touch $@

provider6: $(READY_DEV) ## Compare the table of the AWS provider 6 with its schema
	@.ci/provider6 $(ARGS)

workflows: $(READY_DEV) ## Lint the workflows (needs node 20 or newer)
	@.ci/workflows

audit: $(READY_DEV) ## Ask OSV for known vulnerabilities of all that is locked (needs the network)
	@$(RUN) .ci/audit.py $(ARGS)

licences: $(READY_DEV) ## List the licence of each package that apply and the image need
	@$(RUN) -m piplicenses --from mixed --order license --with-urls \
		--packages $$(sed -n 's/^\([a-z0-9._-]*\)==.*/\1/p' requirements/wrapper.lock)

format: $(READY_DEV) ## Format Python and HCL
	@$(RUN) -m ruff check --fix . && $(RUN) -m ruff format .
	@terraform fmt -recursive terraform examples

lock: ## Pin every dependency anew, with hashes (needs uv)
	@$(COMPILE) --extra service -o requirements/service.lock
	@$(COMPILE) --extra service --extra train -o requirements/train.lock
	@$(COMPILE) --extra sandbox -o requirements/sandbox.lock
	@$(COMPILE) --extra service --extra bench -o requirements/bench.lock
	@$(COMPILE) --extra checkov -o requirements/checkov.lock
	@$(COMPILE) --extra wrapper --extra service --extra train --extra dev -o requirements/dev.lock
	@$(COMPILE) --extra wrapper --extra service --extra train -c requirements/dev.lock -o requirements/wrapper.lock

base: $(READY) ## Pin the image's base to the digest that its tag has now (needs the network)
	@$(RUN) -m wrapper.image.base $(ARGS)

bench: $(READY) ## Print how long apply takes beside bare Terraform
	@$(RUN) benchmarks/lifecycle.py
