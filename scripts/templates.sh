#!/usr/bin/env bash
# Formats the templates; with --check it only says which need it.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -z --cached --others --exclude-standard 'templates/*.html' '*/templates/*.html' |
    xargs -0 .venv/bin/djade --target-version 6.1 "$@"
