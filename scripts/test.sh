#!/usr/bin/env bash
# Runs the suites that are named: postgresql, sqlite, browser. All of them run; one failure fails the whole.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT
failed=()

run() {
    case $1 in
        postgresql) .venv/bin/pytest ;;
        sqlite) env -u DATABASE_URL TEST_DB=sqlite .venv/bin/pytest ;;
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
if [[ $wanted == *" browser "* ]]; then
    .venv/bin/python -m tests.browser.chromium || exit 1
fi

# Two suites at once where there is a second core; what the second says is shown when the first has ended.
if [[ $wanted == *" postgresql "* && $wanted == *" sqlite "* ]]; then
    run sqlite >"$folder/sqlite" 2>&1 &
    beside=$!
fi
for name in "$@"; do
    printf '\n== tests: %s\n' "$name"
    if [ "$name" = sqlite ] && [ -n "${beside:-}" ]; then
        wait "$beside" || failed+=("$name")
        cat "$folder/sqlite"
    else
        run "$name" || failed+=("$name")
    fi
done

if [ ${#failed[@]} -gt 0 ]; then
    printf '\nFailed: %s\n' "${failed[*]}" >&2
    exit 1
fi
