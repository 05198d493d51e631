#!/usr/bin/env bash
# Everything a machine can say about the code without running the product. All checks run; one failure fails the whole.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
failed=()

check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        printf 'ok      %s\n' "$name"
    else
        printf 'FAILED  %s\n%s\n\n' "$name" "$output"
        failed+=("$name")
    fi
}

# A production environment as docs/operations.md describes it; the model checks ask a real PostgreSQL.
production=(env -u AUDIT_KEY_FALLBACKS -u DEMO -u DEBUG -u HTTPS -u MAIL_URL -u CACHE_URL -u SENTRY_DSN -u OTEL_EXPORTER_OTLP_ENDPOINT
    "SECRET_KEY=$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(50))')"
    "AUDIT_KEY=$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(50))')"
    ALLOWED_HOSTS=partners.example.com SITE_URL=https://partners.example.com
    SUPPORT_EMAIL=help@partners.example.com BEHIND_PROXY=1 TRUSTED_PROXY_COUNT=1 MAIL_URL=smtp+tls://mail.example.com:587 VAR_DIR="$folder" "$bin/python" -m tests.postgres)
development=(env -u DATABASE_URL SECRET_KEY=check VAR_DIR="$folder")

check "style (ruff check)" "$bin/ruff" check .
check "format (ruff format)" "$bin/ruff" format --check .
check "imports (import-linter)" env "PYTHONPATH=$PWD" "$bin/lint-imports" --no-cache
check "templates (djade)" scripts/templates.sh --check
check "types (mypy)" "${development[@]}" "$bin/mypy" .
check "migrations are complete" "${development[@]}" PLATFORM_NAME=Elsewhere "$bin/python" manage.py makemigrations --check --dry-run
check "status diagrams are fresh" "${development[@]}" "$bin/python" manage.py status_diagram --check
check "deployment settings" "${production[@]}" "$bin/python" manage.py check --deploy --fail-level WARNING
check "locks are fresh" "$bin/python" scripts/lock.py --check
check "licences are fresh" "$bin/python" scripts/licences.py --check
check "the dashboard is fresh" "$bin/python" scripts/dashboard.py --check

if [ ${#failed[@]} -gt 0 ]; then
    printf '\n%s of the checks failed.\n' "${#failed[@]}" >&2
    exit 1
fi
