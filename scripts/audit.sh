#!/usr/bin/env bash
# Measures the demo site and prints each number beside its limit; fails when one is missed. What can be chosen:
#   ONLY="walk html lighthouse"   some of the three: the pages in a browser, the HTML checker, Lighthouse
#   PAGES=regular-expression      of the walk, those whose URL name, path and reader it finds
#   RUNS=5                        of Lighthouse, for each page
set -euo pipefail
cd "$(dirname "$0")/.."
unset DATABASE_URL DEBUG HTTPS MAIL_URL CACHE_URL ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS

missing=()
lacks() { ! command -v "$1" >/dev/null 2>&1; }
new_enough() { node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 18 || (major == 18 && minor >= 16) ? 0 : 1)'; }
if lacks node || ! new_enough; then missing+=("Node 18.16 or newer, for Lighthouse: apt-get install nodejs"); fi
if lacks npm; then missing+=("npm, which installs the tools: apt-get install npm"); fi
if lacks java || ! java -version >/dev/null 2>&1; then missing+=("Java 11 or newer, for the Nu HTML checker: apt-get install default-jre-headless"); fi
if ! .venv/bin/python -m scripts.chromium 2>/dev/null; then missing+=("Chromium: apt-get install chromium, or CHROMIUM=/path/to/it"); fi
if [ ${#missing[@]} -gt 0 ]; then
    echo "\`make audit\` lacks what the product and its tests do without:" >&2
    printf '    %s\n' "${missing[@]}" >&2
    exit 1
fi

if ! cmp -s audit/package-lock.json audit/node_modules/installed.json; then
    echo "Installing what audit/package-lock.json names into audit/node_modules"
    (cd audit && npm ci --silent --no-progress)
    cp audit/package-lock.json audit/node_modules/installed.json
fi

folder=$(mktemp -d)
demo=
end() {
    if [ -n "$demo" ]; then kill "$demo" 2>/dev/null && wait "$demo" 2>/dev/null; fi
    rm -rf "$folder"
}
trap end EXIT
PORT=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
CHROMIUM=$(.venv/bin/python -c 'from scripts import chromium; print(chromium.find())')
export PORT CHROMIUM CHROME_PATH=$CHROMIUM VAR_DIR=$folder/demo LOG_LEVEL=ERROR SITE_URL=http://127.0.0.1:$PORT
echo "Building a demo world of its own…"
scripts/demo.sh >"$folder/said" 2>&1 &
demo=$!
for _ in $(seq 240); do
    if .venv/bin/python -c "import urllib.request; urllib.request.urlopen('$SITE_URL/readyz')" 2>/dev/null; then break; fi
    if ! kill -0 "$demo" 2>/dev/null; then cat "$folder/said" >&2; exit 1; fi
    sleep 0.5
done
mkdir "$folder/html"
# shellcheck disable=SC2086  # the parts are words
DEMO=1 SECRET_KEY=$(cat "$VAR_DIR/secret_key") DJANGO_SETTINGS_MODULE=shoppartners.settings \
    .venv/bin/python -m audit "$SITE_URL" "$folder/html" ${ONLY:-}
