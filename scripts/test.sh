#!/usr/bin/env bash
# Runs the suites that are named: postgresql, sqlite, browser. All of them run; one failure fails the whole.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT

run() {
    case $1 in
        postgresql) .venv/bin/pytest "${again[@]}" ;;
        sqlite) env -u DATABASE_URL TEST_DB=sqlite .venv/bin/pytest "${other[@]}" ;;
        browser) .venv/bin/pytest tests/browser ;;
    esac
}

wanted=" $* "
for name in "$@"; do
    case $name in
        postgresql | sqlite | browser) ;;
        *) echo "There is no suite called $name: postgresql, sqlite, browser." >&2 && exit 2 ;;
    esac
done
again=() other=()  # what says nothing of the database runs on one of the two
if [[ $wanted == *" sqlite "* && $wanted == *" postgresql "* ]]; then
    again=(-m "not once or postgresql")
    other=(-m "not once_on_postgresql")
fi
if [[ $wanted == *" browser "* ]]; then
    .venv/bin/python -m scripts.chromium || exit 1
fi

# Two lanes, one a core: each takes the next suite that none has taken. The second speaks when it has ended.
lane() {
    local failed=0
    for name in "$@"; do
        mkdir "$folder/$name" 2>/dev/null || continue
        printf '\n== tests: %s\n' "$name"
        run "$name" || { printf '\nFailed: %s\n' "$name" >&2 && failed=1; }
    done
    return $failed
}

lane "${@:2}" >"$folder/second" 2>&1 &
second=$!
lane "$@"
first=$?
wait "$second"
second=$?
cat "$folder/second"
exit $((first || second))
