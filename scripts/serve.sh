#!/usr/bin/env bash
# Web server and worker on PostgreSQL, as in production; both stop together. Readers come through deploy/nginx.conf.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in DATABASE_URL SECRET_KEY; do
    if [ -z "${!name:-}" ]; then
        echo "$name is not set. docs/operations.md lists every variable; the least is" >&2
        echo "    SECRET_KEY=… DATABASE_URL=postgres://user:password@host/name make serve" >&2
        exit 1
    fi
done
case $DATABASE_URL in
    postgres*) ;;
    *) echo "DATABASE_URL must name a PostgreSQL: the worker's queue lives in it. \`make demo\` runs on SQLite." >&2; exit 1 ;;
esac

bin=.venv/bin
export DJANGO_SETTINGS_MODULE=shoppartners.settings
"$bin/python" manage.py migrate --no-input
"$bin/python" manage.py createcachetable
"$bin/python" manage.py collectstatic --no-input --verbosity 0
echo "Shop Partners runs on http://${HOST:-127.0.0.1}:${PORT:-8000} (Ctrl-C ends it)"
exec "$bin/python" scripts/together.py \
    -- "$bin/gunicorn" shoppartners.wsgi \
    -- "$bin/python" manage.py procrastinate worker --concurrency "${WORKER_CONCURRENCY:-4}"
