#!/usr/bin/env bash
# Runs the suites that are named: postgresql, sqlite, browser. All of them run; one failure fails the whole.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT

run() {
    case $1 in
        postgresql) on_postgresql "${again}not postgresql" ;;
        postgresql-alone) on_postgresql postgresql ;;
        sqlite) on_sqlite tests/requests_app ;;
        sqlite-rest) on_sqlite --ignore=tests/requests_app ;;
        browser) .venv/bin/pytest tests/browser ;;
    esac
}

on_postgresql() {
    PAGES_READ_ON=$pages .venv/bin/pytest -m "$1"
}

on_sqlite() {
    env -u DATABASE_URL TEST_DB=sqlite .venv/bin/pytest "${other[@]}" "$@"
}

wanted=" $* "
for name in "$@"; do
    case $name in
        postgresql | sqlite | browser) ;;
        *) echo "There is no suite called $name: postgresql, sqlite, browser." >&2 && exit 2 ;;
    esac
done
again="" other=() pages=postgresql  # what says nothing of the database runs on one of the two
if [[ $wanted == *" sqlite "* && $wanted == *" postgresql "* ]]; then
    again="not once and "
    other=(-m "not once_on_postgresql")
    pages=sqlite
fi
if [[ $wanted == *" browser "* ]]; then
    missing=()
    .venv/bin/python -m scripts.chromium 2>/dev/null || missing+=(chromium)
    PATH=$PATH:/usr/sbin command -v nginx >/dev/null || missing+=(nginx)
    if [ ${#missing[@]} -gt 0 ]; then
        echo "All tests need what is missing here: apt-get install ${missing[*]} (make test-fast does without)." >&2
        exit 1
    fi
fi

one() {
    printf '\n== tests: %s\n' "$1"
    run "$1" || { printf '\nFailed: %s\n' "$1" >&2 && return 1; }
}

suites=()  # in halves, so that no core is idle at the end: tests of PostgreSQL alone wait for each other, and for processes
for name in "$@"; do
    suites+=("$name")
    case $name in
        postgresql) suites+=(postgresql-alone) ;;
        sqlite) suites+=(sqlite-rest) ;;
    esac
done
set -- "${suites[@]}"

# All beside each other: each waits for something now and then. The first speaks at once, the others when they have ended.
failed=0
pids=()
for name in "${@:2}"; do
    one "$name" >"$folder/$name" 2>&1 &
    pids+=($!)
done
one "$1" || failed=1
for name in "${@:2}"; do
    wait "${pids[0]}" || failed=1
    pids=("${pids[@]:1}")
    cat "$folder/$name"
done
exit $failed
