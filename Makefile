# Every task of the project; `make` alone lists them. Only Python 3.11 or newer is needed to begin with.

.DEFAULT_GOAL := help
PY := .venv/bin/python
# Modules are compiled by the first process that imports them, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=
# One process more than two cores: some tests wait for servers and browsers.
JOBS ?= 3

# `make test-quick` leaves out what talks to Strava, starts programs, compares with a second implementation, or walks
# over every address, and PostgreSQL.
LEFT_OUT := accounts/test_partial_answers.py accounts/test_refusals.py integrations sync \
	fault_injection jobs journeys load ops test_buffering_worker.py test_migrations.py test_requests_at_once.py \
	end_to_end odds oracle scoring/test_agreement.py \
	privacy/test_asked_again.py privacy/test_crawl.py privacy/test_levels.py results/test_secrets.py \
	test_access.py test_hostile_requests.py test_only_post_acts.py test_permission_matrix.py
# `make check` runs these.
CHECKED := tests/test_architecture.py tests/test_prose.py
QUICK := -k "not postgresql" $(addprefix --ignore=tests/,$(LEFT_OUT)) $(addprefix --ignore=,$(CHECKED))

.PHONY: help run test test-quick test-postgresql tests-of check logs bench soak soak-short soak-notifications burst odds-report odds-fit capacity screenshots backup restore key lock packages clean venv venv-dev redis chromium types style compiled

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

run: venv ## start everything and say the address; Ctrl-C ends it
	@$(PY) -m ops.run --with-parent

test: venv-dev ## lint, types, architecture and every test, with PostgreSQL and a real browser
	@$(MAKE) --no-print-directory -j 3 types style redis chromium compiled
	@$(PY) -m pytest -n $(JOBS) --dist loadfile $(addprefix --ignore=,$(CHECKED))

test-quick: redis ## the tests of rules, services and pages alone, on SQLite (two minutes)
	@$(PY) -m pytest -n $(JOBS) --dist loadfile $(QUICK)

test-postgresql: redis chromium ## every test of the application on PostgreSQL, also those that `make test` runs on SQLite
	@$(PY) -m pytest -n $(JOBS) --dist loadfile --databases both -k postgresql

check: venv-dev ## lint, format, types, imports, architecture and prose only
	@$(MAKE) --no-print-directory -j 2 types style

types:
	@$(PY) -m mypy

# Otherwise each of the test processes compiles every test module. If one cannot be imported, they say so.
compiled: venv-dev
	@$(PY) -m pytest --collect-only >/dev/null || true

style:
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports --no-logo
	@$(PY) -m ops.package_graph --check || { echo "docs/design.md shows other packages: run make packages"; exit 1; }
	@$(PY) -m pytest $(CHECKED)

packages: venv-dev ## draw the packages and their imports into docs/design.md
	@$(PY) -m ops.package_graph

tests-of: venv-dev ## print where the tests of a module are: make tests-of FILE=webapp/chase/pair_queries.py
	@$(PY) -m ops.tests_of "$(FILE)"

logs: venv ## follow the logs of the running instance
	@folder=$$($(PY) -m ops.paths log) && tail -F -n 20 "$$folder"/*.log

bench: venv-dev ## measure, print a table and write build/bench.json
	@$(PY) -m tests.load.bench

burst: venv-dev ## post fifty events a second for a minute, print a table and write build/burst.json
	@$(PY) -m tests.load.burst

soak: venv-dev ## live through a month of 300 runners with everything going wrong, and write build/soak.json (half an hour)
	@$(PY) -m tests.load.soak $(SOAK)

soak-short: venv-dev redis ## the same in some minutes: a few days around the end of a month
	@$(PY) -m pytest tests/load/soak/short_month.py

soak-notifications: venv-dev redis ## tell a group of 200 a month of news while workers die and servers are away, and print the counts
	@$(PY) -m pytest -s -p no:logging tests/load/soak/notifications/long_month.py

odds-report: venv-dev ## measure the odds of chases on a log and write build/odds.json: make odds-report RUNS=path.csv.gz
	@$(PY) -m tests.odds.report $(if $(RUNS),"$(RUNS)")

odds-fit: venv-dev ## fit the constants of the odds to a log and print them (some minutes): make odds-fit RUNS=path.csv.gz
	@$(PY) -m tests.odds.fit $(if $(RUNS),"$(RUNS)")

capacity: venv ## print on paper how many runners an application and its machines carry
	@$(PY) -m ops.capacity

screenshots: venv-dev chromium ## fill a trial of its own and write docs/images/*.png
	@$(PY) -m ops.screenshots

backup: venv ## write database, keys and instance into one file under backups/
	@$(PY) -m ops.backup

restore: venv ## bring a backup back: make restore FILE=backups/....tar.gz
	@$(PY) -m ops.restore "$(FILE)"

key: venv ## print a fresh SECRET_KEY, TOKEN_KEYS and VAPID_KEY for .env
	@$(PY) -m ops.key

lock: venv ## pin every package again from pyproject.toml, and check that each has wheels
	@$(PY) -m ops.lock_dependencies

clean: ## remove what can be made again: .venv, caches, build (never the instance)
	@rm -rf .venv .venv.log build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@ops/venv.sh requirements.lock

venv-dev:
	@ops/venv.sh requirements-dev.lock

redis: venv-dev
	@$(PY) -m ops.redis_server >/dev/null

chromium: venv-dev
	@ops/chromium.sh
