# The targets for people. `make help` lists them.

PYTHON ?= python3
VENV := .venv
MENAGERIE := $(VENV)/bin/menagerie
INSTALLED := $(VENV)/installed
DEVELOPED := $(VENV)/developed
WEB_PACKAGES := web/node_modules/.package-lock.json
WEB_BUILT := web/dist/index.html
BUDGETS_PACKAGES := web/budgets/node_modules/.package-lock.json
CHART := .cache/chart
CHART_TOOLS := $(CHART)/bin/built $(CHART)/schemas/made
export PIP_DISABLE_PIP_VERSION_CHECK := 1

WEB_SOURCES := $(shell find web/src web/schema web/public -type f 2>/dev/null) \
	$(wildcard web/index.html web/package.json web/vite.config.ts web/shellBuild.ts web/tsconfig.json)

.DEFAULT_GOAL := help
.PHONY: help run dev install reset web gallery pictures check test test-fast test-servers changelog audit bench bench-full soak bench-plots budgets schema requirements format chart chart-tools citus-test cluster-test compose-test python-present node-present go-present

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Run everything on this machine (PORT=9443 chooses another port)
	@$(MENAGERIE) run $(if $(PORT),--port $(PORT)) $(if $(WORKERS),--workers $(WORKERS))

dev: install ## Run everything, restarting when the code changes, with Vite for the storefront
	@$(MENAGERIE) run --dev $(if $(WORKERS),--workers $(WORKERS),--workers 1)

install: $(INSTALLED) $(WEB_BUILT) ## Install what's missing into this checkout and build the storefront

reset: $(INSTALLED) ## Delete the embedded servers' data
	@$(MENAGERIE) reset

web: $(WEB_BUILT) ## Build the storefront

gallery: $(WEB_PACKAGES) ## Show every component and every state of the storefront in a gallery
	@npm --prefix web run --silent gallery

pictures: $(DEVELOPED) $(WEB_PACKAGES) ## Take new pictures of the gallery and accept how it looks
	@cd tests && ../$(VENV)/bin/python -m gallery.accept

check: $(DEVELOPED) $(WEB_PACKAGES) ## Check format, lint, types, layers, schemas, tenancy, locks, licences, and the calls per request
	@$(VENV)/bin/ruff format --check --quiet
	@$(VENV)/bin/ruff check --quiet
	@$(VENV)/bin/basedpyright --warnings && $(VENV)/bin/basedpyright --warnings --project tests
	@$(VENV)/bin/lint-imports --no-logo
	@for check in tenancy sdl locks licences size exceptions; do $(VENV)/bin/python .ci/checks/$$check.py || exit 1; done
	@npm --prefix web run --silent check
	@$(VENV)/bin/pytest tests/api/test_way_of_a_request.py --disable-warnings
	@echo "All checks passed."

# One process per processor, each with its own servers. The tests of a file run in one process, in order.
AT_ONCE := --numprocesses=logical --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
# Tests also wait, so one process more than there are processors; not with coverage, which keeps them busy.
ONE_MORE = --numprocesses=$(shell $(VENV)/bin/python -c 'import os; print(min(4, os.cpu_count() or 1) + 1)')
test: $(DEVELOPED) install ## Run all tests against real servers and a real browser (COVERAGE=1 adds coverage and takes a quarter longer)
	@$(VENV)/bin/python .ci/checks/weights.py
	@npm --prefix web run --silent test
	@$(VENV)/bin/pytest $(AT_ONCE) $(if $(COVERAGE),--cov --cov-report=term-missing:skip-covered,$(ONE_MORE)) $(PYTEST)

# No browser, no command line, no whole installations, no races.
FAST := $(addprefix tests/,accounts carts database isolation pets purchases stores)
test-fast: $(DEVELOPED) install ## Run the feature tests against real servers, in less than a minute
	@$(VENV)/bin/pytest $(AT_ONCE) --quiet $(FAST) $(PYTEST)

# The tests that depend on the servers' versions.
ON_OTHER_SERVERS := $(addprefix tests/,database isolation concurrency)
test-servers: $(DEVELOPED) install ## Test on other servers: MENAGERIE_TEST_POSTGRES names a directory of programs, MENAGERIE_TEST_REDIS a program
	@$(VENV)/bin/pytest $(AT_ONCE) $(ON_OTHER_SERVERS) $(PYTEST)

changelog: $(DEVELOPED) ## Move the fragments of docs/changes into CHANGELOG.md, for VERSION=1.2.3
	@$(VENV)/bin/towncrier build --yes --version $(VERSION)

audit: $(DEVELOPED) ## Check all dependencies for known vulnerabilities
	@$(VENV)/bin/python .ci/checks/audit.py

# Each is a program in bench/ with its options. If one fails, the others still run.
BENCH := "run --seconds 6" "operations --seconds 4" visit "overload --seconds 6" "sign_ins --sign-ins 500 --seconds 8" \
	"uploads --seconds 10" "sizes --requests 100"
bench: $(DEVELOPED) install ## Measure baselines, each operation, a thousand customers, overload, bursts and sizes (ten minutes)
	@cd bench && failed=0; for each in $(BENCH); do \
		echo; echo "## $$each"; set -- $$each; program=$$1; shift; \
		../$(VENV)/bin/python $$program.py "$$@" || failed=1; done; exit $$failed

# Output file, program and options.
BENCH_FULL := "run run" "operations operations" "visit-100 visit --customers 100" "visit-250 visit --customers 250" \
	"visit-500 visit --customers 500" "visit-1000 visit" "overload overload" "sign_ins sign_ins" "uploads uploads" \
	"sizes sizes" "nuisances nuisances"
# Memory growth shows in one run: its ten minutes are measured only once.
BENCH_ONCE := "memory visit --customers 250 --pets 60000 --seconds 660 --uploads" "backends backends"
BENCH_FILES := .cache/bench
bench-full: $(DEVELOPED) install ## Run all benchmarks three times at full length, into .cache/bench (more than an hour)
	@rm -rf $(BENCH_FILES); cd bench && failed=0; measure() { \
		echo; echo "## $$*"; mkdir -p ../$(BENCH_FILES)/$$1; file=../$(BENCH_FILES)/$$1/$$2.json; program=$$3; shift 3; \
		../$(VENV)/bin/python $$program.py "$$@" --json $$file || failed=1; }; \
		for round in 1 2 3; do for each in $(BENCH_FULL); do measure $$round $$each; done; done; \
		for each in $(BENCH_ONCE); do measure once $$each; done; exit $$failed

soak: $(DEVELOPED) install ## Let customers shop for an hour while things are killed and clients misbehave, then look for what is left behind
	@cd bench && ../$(VENV)/bin/python soak.py

bench-plots: $(DEVELOPED) install ## Plot the results of bench-full, and flame graphs, into docs/pictures/performance
	@cd bench && ../$(VENV)/bin/python plots.py ../$(BENCH_FILES) && ../$(VENV)/bin/python flames.py

budgets: $(DEVELOPED) install $(BUDGETS_PACKAGES) ## Check the storefront's speed in a real browser, with Lighthouse
	@cd bench && ../$(VENV)/bin/python budgets.py

chart: $(DEVELOPED) $(CHART_TOOLS) ## Check the Helm chart: tests of what it renders, Kubernetes schemas, linters
	@$(VENV)/bin/pytest tests/chart $(PYTEST)

chart-tools: $(CHART_TOOLS) ## Build and install the chart's tools into .cache/chart, at the versions named in .ci/chart

cluster-test: $(DEVELOPED) ## Install into the current context's cluster, run the whole story there, remove it
	@$(VENV)/bin/pytest tests/cluster --timeout=1800 -rs $(PYTEST)

# Tests with their own database run last: it adds roles that Citus knows only in that database.
ON_CITUS := $(addprefix tests/,sharding accounts api cache carts concurrency database encryption isolation pets purchases \
	stores migrations/test_same_tables.py backups migrations)
citus-test: $(DEVELOPED) install ## Test on a temporary Citus cluster; MENAGERIE_CITUS names its PostgreSQL's bin directory
	@test -x "$$MENAGERIE_CITUS/postgres" || { echo "Set MENAGERIE_CITUS to the bin directory of a PostgreSQL that has Citus."; exit 1; }
	@$(VENV)/bin/pytest $(ON_CITUS) -rs $(PYTEST)

compose-test: $(DEVELOPED) ## Start everything with docker compose, run the whole story there, remove it
	@$(VENV)/bin/pytest tests/compose --timeout=1800 -rs $(PYTEST)

format: $(DEVELOPED) $(WEB_PACKAGES) ## Format everything
	@$(VENV)/bin/ruff format --quiet && $(VENV)/bin/ruff check --fix --quiet
	@npm --prefix web run --silent format

schema: $(DEVELOPED) $(WEB_PACKAGES) ## Export the schemas, and generate the storefront's types from them
	@$(VENV)/bin/python .ci/checks/sdl.py --write
	@npm --prefix web run --silent schema

LOCK := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --no-header --python-version 3.11 pyproject.toml
requirements: $(DEVELOPED) ## Lock the Python packages again (UPGRADE=1 takes the newest that fit)
	@$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements/runtime.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) --extra local -o requirements/local.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) --extra local --extra development -o requirements/development.txt
	@$(subst pyproject.toml,--group chart,$(LOCK)) $(if $(UPGRADE),--upgrade) -o requirements/chart.txt
	@$(subst pyproject.toml,--group inventory,$(LOCK)) $(if $(UPGRADE),--upgrade) -o requirements/inventory.txt

# Everything is pinned by version and hash, dependencies of dependencies included, so pip resolves nothing: older versions
# of it would fail on extras of pinned packages. The project itself is editable, so that changes take effect at once.
$(INSTALLED): requirements/local.txt pyproject.toml | python-present
	@echo "Installing the Python packages …"
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/local.txt
	@$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPED): requirements/development.txt $(INSTALLED)
	@echo "Installing the tools that check and test …"
	@$(VENV)/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/development.txt
	@touch $@

$(WEB_PACKAGES): web/package-lock.json | node-present
	@echo "Installing the storefront's packages …"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUDGETS_PACKAGES): web/budgets/package-lock.json | node-present
	@cd web/budgets && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The chart's tools: programs from Go modules, which Go's checksum database verifies, and a virtual environment of their
# own, because checkov's dependencies conflict with the server's.
GO_INSTALL := GOBIN=$(CURDIR)/$(CHART)/bin CGO_ENABLED=0 go install -trimpath -ldflags "-s -w"
$(CHART)/bin/built: .ci/chart/programs .ci/chart/programs-wanted | go-present
	@echo "Building the chart's tools …"
	@while read -r program; do $(GO_INSTALL) "$$program" || exit 1; done <.ci/chart/programs
	@# Not every module proxy has these; their tests report that they're missing.
	@while read -r program; do $(GO_INSTALL) "$$program" || echo "NOT BUILT, and so not run: $$program" >&2; done <.ci/chart/programs-wanted
	@touch $@

$(CHART)/python/installed: requirements/chart.txt | python-present
	@echo "Installing the chart's linters …"
	@test -x $(CHART)/python/bin/python || $(PYTHON) -m venv $(CHART)/python
	@$(CHART)/python/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/chart.txt
	@touch $@

$(CHART)/schemas/made: .ci/chart/schemas.py .ci/chart/definitions $(CHART)/python/installed | go-present
	@$(CHART)/python/bin/python .ci/chart/schemas.py $(CHART)/schemas
	@touch $@

$(WEB_BUILT): $(WEB_PACKAGES) $(WEB_SOURCES) | node-present
	@echo "Building the storefront …"
	@cd web && npm run --silent build -- --logLevel warn
	@touch $@

python-present:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, but $(PYTHON) wasn't found. Install it, or name another: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, but $(PYTHON) is $$($(PYTHON) --version). Name another: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }

node-present:
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Node 20.19 or newer with npm is needed, but wasn't found. Install it from https://nodejs.org" >&2; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || { echo "Node 20.19 or newer is needed, but this is $$(node --version)." >&2; exit 1; }

go-present:
	@command -v go >/dev/null || { echo "Go 1.24 or newer is needed for the chart's tools, but wasn't found. Install it from https://go.dev/doc/install" >&2; exit 1; }
	@go version | awk '{ split(substr($$3, 3), v, "."); exit v[1] + 0 > 1 || v[2] + 0 >= 24 ? 0 : 1 }' || { echo "Go 1.24 or newer is needed for the chart's tools, but this is $$(go version)." >&2; exit 1; }
