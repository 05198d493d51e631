#!/usr/bin/env bash
# Asks the advisory database what is known of each release that the locks name; fails where something is known, and
# where the database says nothing of one.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .uv/bin/uv) # scripts/setup.sh puts one there where the machine has none
exec "$uv" tool run 'pip-audit>=2.9' --strict --disable-pip --require-hashes --progress-spinner off \
    -r requirements/production.txt -r requirements/dev.txt -r requirements/uv.txt
