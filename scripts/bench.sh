#!/usr/bin/env bash
# Fills a PostgreSQL and measures the product on it, each number beside its bar; fails when one is over. What can be chosen:
#   ROWS=small|medium|large       3,300 requests, a hundred times as many, or 3.3 million: that takes 40 GB of disk in /tmp
#   PAGES=regular-expression      of the pages, those whose names it finds
#   ONLY="pages http crowd watch proof data timers mails stop"   some of the parts
# It starts a server of its own and removes it; where DATABASE_URL is set, that database has to be empty.
set -euo pipefail
cd "$(dirname "$0")/.."
unset DEBUG DEMO HTTPS MAIL_URL CACHE_URL ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS SENTRY_DSN AUDIT_KEY
export PYTHONPATH=$PWD

if [ -n "${DATABASE_URL:-}" ]; then exec .venv/bin/python -m bench; fi
exec .venv/bin/python -m tests.postgres shared_buffers=2GB max_wal_size=20GB wal_level=minimal max_wal_senders=0 \
    .venv/bin/python -m bench
