#!/usr/bin/env bash
# Makes .venv hold exactly what requirements/dev.txt names, and the catalogues of locale/ ready to be read.
# Where both are so already, this takes no time.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=requirements/dev.txt

compile_messages() {
    local texts
    for texts in locale/*/LC_MESSAGES/django.po; do
        [ "${texts%.po}.mo" -nt "$texts" ] || exec .venv/bin/python scripts/messages.py compile
    done
}

if cmp -s "$lock" .venv/installed.txt && [ -x .venv/bin/python ]; then compile_messages && exit 0; fi

missing() {
    printf '\n%s\n\n' "$1" >&2
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }

find_python() {
    local wanted candidate
    wanted=$(cat .python-version)
    for candidate in "python$wanted" python3.13 python3.14 python3.12 python3 python \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$wanted"*/bin/python \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python \
        "$HOME"/.local/share/uv/python/cpython-3.1[2-9]*/bin/python3; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

find_uv() {
    if command -v uv >/dev/null 2>&1; then
        command -v uv
    elif [ -x .uv/bin/uv ] && cmp -s requirements/uv.txt .uv/installed.txt; then
        echo "$PWD/.uv/bin/uv"
    else
        install_uv >&2 && echo "$PWD/.uv/bin/uv"
    fi
}

# uv is not on the machine: a pinned one goes into .uv/ and touches nothing else.
install_uv() {
    rm -rf .uv
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .uv
        .uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --target .uv -r requirements/uv.txt
    else
        return 1
    fi
    cp requirements/uv.txt .uv/installed.txt
}

python=$(find_python) || missing "Python 3.12 or newer is missing ($(cat .python-version) is best). Install it with one of
    uv python install $(cat .python-version)
    pyenv install $(cat .python-version)
    apt-get install python3.13 python3.13-venv     (Debian 13 and later; Ubuntu 24.04 has python3.12)
    brew install python@3.13
and run this again."
uv=$(find_uv) || missing "uv is missing, and $python has neither pip nor venv to install it with. Install one of
    apt-get install python3-venv
    pipx install uv
and run this again."

echo "Installing what $lock names into .venv ($("$python" --version))"
rm -f .venv/installed.txt
new_enough .venv/bin/python || "$uv" venv --quiet --clear --python "$python" .venv
"$uv" pip sync --quiet --require-hashes --compile-bytecode --python .venv/bin/python "$lock"
cp "$lock" .venv/installed.txt
compile_messages
