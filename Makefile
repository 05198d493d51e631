# Every target sets up what it needs first; a second run finds it there.
.DEFAULT_GOAL := help
PORT ?= 8000
DAYS ?= 1
BACKUPS ?= var/backups
ENVIRONMENT ?= /etc/shoppartners/environment
INTO ?= var/deployment
FOLDER ?= $(CURDIR)
export PORT
unexport PYTHONDONTWRITEBYTECODE # tests start many processes, each of which would compile the product anew

.PHONY: help setup demo demo-days demo-reset serve test test-fast faults fresh check audit bench vulnerabilities
.PHONY: format messages lock sbom backup restore restore-drill deployment

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

setup: ## .venv with exactly what requirements/dev.txt names
	@scripts/setup.sh

demo: setup ## the demo world on http://127.0.0.1:$PORT; run again, it keeps its data
	@scripts/demo.sh

demo-days: setup ## move the demo's clock: make demo-days DAYS=7
	@scripts/demo.sh manage demo_days $(DAYS)

demo-reset: ## throw the demo world away; the next `make demo` builds a new one
	@scripts/demo.sh reset

serve: setup ## web server and worker on the PostgreSQL that DATABASE_URL names
	@scripts/serve.sh

test: setup ## every test: on PostgreSQL, on SQLite, in a browser
	@scripts/test.sh postgresql sqlite browser

test-fast: setup ## the tests on SQLite alone
	@scripts/test.sh sqlite

faults: setup ## break what can break, ROUNDS=… times (200), and print what came of it; about 40 minutes
	@.venv/bin/python -m tests.faults

fresh: setup ## try the demo and the tests on bare Debian machines; root, with debootstrap; ONLY=… suites, trials
	@.venv/bin/python -m tests.fresh $(ONLY)

check: setup ## style, types, templates, migrations, diagrams, deployment settings, locks, licences
	@scripts/check.sh

audit: setup ## accessibility, speed, HTML and size of every page of the demo, in a browser; needs Node and Java
	@scripts/audit.sh

bench: setup ## fill a PostgreSQL (ROWS=small, large), measure pages and jobs on it beside their bars; ONLY=… a part
	@scripts/bench.sh

vulnerabilities: setup ## what is known against the releases that requirements/*.txt name; asks the advisory database
	@.venv/bin/python -m scripts.vulnerabilities

format: setup ## rewrite Python and templates in the house style
	@scripts/format.sh

messages: setup ## take new texts of the code into locale/*, where they wait for their translation
	@.venv/bin/python -m scripts.messages update

backup: setup ## dump the PostgreSQL that DATABASE_URL names into $BACKUPS (var/backups)
	@.venv/bin/python manage.py backup "$(BACKUPS)"

restore: setup ## restore and prove a backup, into the empty database that DATABASE_URL names: make restore BACKUP=….dump
	@.venv/bin/python manage.py restore "$(BACKUP)"

restore-drill: setup ## prove that a backup of the PostgreSQL that DATABASE_URL names can be restored
	@.venv/bin/python manage.py restore_drill

deployment: ## systemd's units and nginx's configuration for ENVIRONMENT=… (a file), INTO=/ for this machine, FOLDER=… of the product
	@.venv/bin/python -m scripts.deployment "$(ENVIRONMENT)" "$(INTO)" "$(FOLDER)"

lock: setup ## recompile requirements/*.txt from pyproject.toml, and say which platform lacks a wheel of something
	@.venv/bin/python scripts/lock.py
	@.venv/bin/python -m scripts.platforms

sbom: setup ## the bill of materials (CycloneDX) in var/sbom/, and the licences of all dependencies in docs/licences.md
	@.venv/bin/python -m scripts.sbom
