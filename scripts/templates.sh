#!/usr/bin/env bash
# Formats the templates; with --check it only says which need it.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m scripts.files 'templates/*.html' '*/templates/*.html' |
    xargs -0 .venv/bin/djade --target-version 6.1 "$@"
