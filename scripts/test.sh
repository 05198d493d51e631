#!/usr/bin/env bash
# Runs the suites that are named: postgresql, sqlite, browser. All of them run; one failure fails the whole.
set -uo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || { echo "Which suites? postgresql, sqlite, browser." >&2 && exit 2; }

run() {
    printf '\n== tests: %s\n' "$1"
    [ -z "${DATABASE_URL:-}" ] || export TEST_SUITE=$1  # each has a database of its own there
    case $1 in
        postgresql) on_postgresql ${again[@]+"${again[@]}"} ;;
        postgresql-shared) on_postgresql -m "${shared}not postgresql" ;;
        postgresql-alone) on_postgresql -m postgresql ;;
        sqlite) on_sqlite ;;
        sqlite-requests) on_sqlite tests/requests_app ;;
        sqlite-rest) on_sqlite --ignore=tests/requests_app ;;
        browser) exec .venv/bin/pytest tests/browser ;;
    esac
}

# The suite takes the place of its shell, so that a signal reaches it.
on_postgresql() {
    exec env "PAGES_READ_ON=$pages" .venv/bin/pytest "$@"
}

on_sqlite() {
    exec env -u DATABASE_URL TEST_DB=sqlite .venv/bin/pytest ${other[@]+"${other[@]}"} "$@"
}

wanted=" $* "
for name in "$@"; do
    case $name in
        postgresql | sqlite | browser) ;;
        *) echo "There is no suite called $name: postgresql, sqlite, browser." >&2 && exit 2 ;;
    esac
done
again=() shared="" other=() pages=postgresql  # what says nothing of the database runs on one of the two
if [[ $wanted == *" sqlite "* && $wanted == *" postgresql "* ]]; then
    again=(-m "not once or postgresql")
    shared="not once and "
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

# Whole suites run in halves, so that no core is idle at the end: tests of locks, races and processes mostly wait. What is
# chosen by PYTEST_ADDOPTS runs as one, and so does what runs on a server that is not our own.
suites=()
for name in "$@"; do
    case $name${PYTEST_ADDOPTS:+ chosen}${DATABASE_URL:+ elsewhere} in
        postgresql) suites+=(postgresql-shared postgresql-alone) ;;
        sqlite | "sqlite elsewhere") suites+=(sqlite-rest sqlite-requests) ;;
        *) suites+=("$name") ;;
    esac
done

[ ${#suites[@]} -gt 1 ] || run "${suites[0]}"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'trap - INT TERM; kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM

# One more at a time than there are cores, since some wait; with all at once each took longer.
# The first speaks at once, the others when they have ended.
most=$(($(getconf _NPROCESSORS_ONLN) + 1))
pids=()
for name in "${suites[@]}"; do
    while [ "$(jobs -pr | wc -l)" -ge "$most" ]; do sleep 1; done
    if [ ${#pids[@]} -eq 0 ]; then run "$name" & else run "$name" >"$folder/$name" 2>&1 & fi
    pids+=($!)
done
failed=0
for number in "${!pids[@]}"; do
    name=${suites[$number]}
    wait "${pids[$number]}"
    ended=$?
    [ "$number" -eq 0 ] || cat "$folder/$name"
    [ $ended -eq 0 ] || { failed=1 && printf '\nFailed: %s\n' "$name" >&2; }
done
exit $failed
