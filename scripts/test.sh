#!/usr/bin/env bash
# Runs the suites that are named: postgresql, sqlite, browser. All of them run; one failure fails the whole.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

suite() {
    printf '\n== %s\n' "$1"
    shift
    "$@" || failed+=("$*")
}

if [[ " $* " == *" browser "* ]]; then
    .venv/bin/python -m tests.browser.chromium || exit 1
fi
for name in "$@"; do
    case $name in
        postgresql) suite "tests on PostgreSQL" .venv/bin/pytest ;;
        sqlite) suite "tests on SQLite" env -u DATABASE_URL TEST_DB=sqlite .venv/bin/pytest ;;
        browser) suite "tests in a browser" env DJANGO_ALLOW_ASYNC_UNSAFE=true .venv/bin/pytest tests/browser ;;
        *) echo "There is no suite called $name." >&2 && exit 2 ;;
    esac
done
for command in ${failed[@]+"${failed[@]}"}; do
    echo "Failed: $command" >&2
done
[ ${#failed[@]} -eq 0 ]
