#!/usr/bin/env bash
# What production runs, with DEMO=1 and an SQLite file in var/:
#   demo.sh               set the world up where it is missing, and serve it
#   demo.sh manage …      manage.py in the demo's environment
#   demo.sh reset         throw the world away
set -euo pipefail
cd "$(dirname "$0")/.."
unset DATABASE_URL DEBUG HTTPS MAIL_URL CACHE_URL ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS
export DEMO=1 HOST=127.0.0.1 PORT=${PORT:-8000} VAR_DIR=${VAR_DIR:-$PWD/var} LOG_LEVEL=${LOG_LEVEL:-WARNING}
export SITE_URL=http://127.0.0.1:$PORT DJANGO_SETTINGS_MODULE=shoppartners.settings
python=.venv/bin/python
database=$VAR_DIR/shoppartners.sqlite3
seeded=$VAR_DIR/seeded

manage() { "$python" manage.py "$@"; }

secret_key() {
    if ! mkdir -p "$VAR_DIR" 2>/dev/null || [ ! -w "$VAR_DIR" ]; then
        echo "$(id -un) may not write to $VAR_DIR: run this as its owner, or give it to them (chown -R)." >&2
        exit 1
    fi
    if [ ! -s "$VAR_DIR/secret_key" ]; then
        (umask 077 && "$python" -c 'import secrets; print(secrets.token_urlsafe(50))' >"$VAR_DIR/secret_key")
    fi
    SECRET_KEY=$(cat "$VAR_DIR/secret_key")
    export SECRET_KEY
}

reset() {
    if kill -0 "$(cat "$VAR_DIR/demo.pid" 2>/dev/null)" 2>/dev/null; then
        echo "The demo is running. End it first (Ctrl-C where it was started)." >&2
        exit 1
    fi
    rm -rf "$database" "$database-shm" "$database-wal" "$seeded" "$VAR_DIR/demo_mail" "$VAR_DIR/demo_clock"
    echo "The demo world is gone; \`make demo\` builds a new one."
}

port_is_free() {
    "$python" - <<'PYTHON'
import os, socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(os.environ["PORT"])))
    except (OSError, OverflowError, ValueError):
        sys.exit(1)
PYTHON
}

static_files_are_fresh() {
    local collected=staticfiles/staticfiles.json
    [ -e "$collected" ] && [ -z "$(find static shoppartners .venv/installed.txt -newer "$collected" -not -name '*.pyc' -not -name __pycache__ -print -quit)" ]
}

serve() {
    if ! port_is_free; then
        echo "Port $PORT is taken, or not for you. Choose another one: make demo PORT=8001" >&2
        exit 1
    fi
    if [ ! -e "$database" ]; then
        rm -f "$seeded"
        echo "Building the demo's database…"
    fi
    manage migrate --no-input --verbosity 0
    static_files_are_fresh || manage collectstatic --no-input --verbosity 0
    if [ ! -e "$seeded" ]; then
        echo "Building the demo world…"
        manage seed_demo
        touch "$seeded"
    fi
    cat <<TEXT

Shop Partners runs on http://127.0.0.1:$PORT (Ctrl-C ends it, the data stays)

  seller@example.com         owner of the shop Lumen Skincare
  editor@example.com         editor there
  other-seller@example.com   another shop
  partner@example.com        owner of the partner Northlight Commerce
  reviewer@example.com       reviewer there
  other-partner@example.com  another partner
  staff@example.com          staff, at http://127.0.0.1:$PORT/admin/
  password of each           shop-partners-demo

  accounts, mails and clock  http://127.0.0.1:$PORT/demo/
  every mail "sent"          http://127.0.0.1:$PORT/demo/mail/
  a week later               make demo-days DAYS=7
  a new world                make demo-reset

TEXT
    echo $$ >"$VAR_DIR/demo.pid"
    exec "$python" scripts/together.py \
        -- .venv/bin/gunicorn shoppartners.wsgi \
        -- "$python" manage.py run_timers --loop
}

case ${1:-serve} in
    serve) secret_key && serve ;;
    manage) secret_key && shift && manage "$@" ;;
    reset) reset ;;
esac
