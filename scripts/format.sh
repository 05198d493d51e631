#!/usr/bin/env bash
# Rewrites Python and templates in the house style.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check --fix .
.venv/bin/ruff format .
scripts/templates.sh || true # djade answers 1 where it rewrote something
