#!/usr/bin/env bash
# Makes .venv hold exactly what requirements/dev.txt names, and the catalogues of locale/ ready to be read.
# Where both are so already, this takes no time. What it cannot do is said in one line.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=requirements/dev.txt
wanted=$(cat .python-version)

missing() {
    printf '%s\n' "$1" >&2
    exit 1
}

compile_messages() {
    local texts
    for texts in locale/*/LC_MESSAGES/django.po; do
        [ "${texts%.po}.mo" -nt "$texts" ] || exec .venv/bin/python scripts/messages.py compile
    done
}

# Whether all that the last set-up installed is still there. Programs of .venv hold the path at which it was made.
is_whole() {
    local folder files
    { read -r folder && read -r files; } 2>/dev/null <.venv/whole.txt || return 1
    [ -x .venv/bin/python ] && [ "$folder" = "$PWD" ] && [ "$(count)" -ge "$files" ]
}

count() { find .venv -name __pycache__ -prune -o -print | wc -l; }

if is_whole && cmp -s "$lock" .venv/installed.txt; then compile_messages && exit 0; fi

for place in . .venv .uv; do
    [ ! -e "$place" ] || [ -w "$place" ] ||
        missing "$(id -un) may not write to $PWD/$place: run this as its owner, or give it to them (chown -R)."
done
if [ -z "${HOME:-}" ]; then
    unset HOME
    export HOME=~ # what the list of users says
fi
[ -w "$HOME" ] || export UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1
pythons_of_uv=${UV_PYTHON_INSTALL_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/uv/python}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in "python$wanted" python3.13 python3.14 python3.12 python3 python \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/{"$wanted",3.1[2-9]}*/bin/python \
        "$pythons_of_uv"/cpython-{"$wanted",3.1[2-9]}*/bin/python3; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

system() { # "debian:13"
    local ID='' VERSION_ID=''
    # shellcheck disable=SC1091
    [ ! -r /etc/os-release ] || . /etc/os-release
    echo "$ID:${VERSION_ID%%.*}"
}

how_to_get_python() {
    if command -v uv >/dev/null 2>&1; then echo "uv python install $wanted" && return; fi
    case $(system) in
        debian:9 | debian:1[0-2] | ubuntu:1? | ubuntu:2[0-3]) # their own python3 is older; uv downloads a newer one
            echo "apt-get install python3-venv && python3 -m venv .uv && .uv/bin/pip install uv &&" \
                ".uv/bin/uv python install $wanted" ;;
        debian:* | ubuntu:*) echo "apt-get install python3-venv" ;;
        fedora:*) echo "dnf install python3" ;;
        *) echo "brew install python@$wanted, or pyenv install $wanted, or uv python install $wanted" ;;
    esac
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
        missing "uv is missing, and $python has neither venv nor pip for it. Do this, then run it again: $(how_to_get_venv)"
    fi || missing "uv could not be installed (pip says above why). Run it again when PyPI can be reached."
    cp requirements/uv.txt .uv/installed.txt
}

how_to_get_venv() {
    case $(system) in debian:* | ubuntu:*) echo "apt-get install python3-venv" ;; *) echo "pipx install uv" ;; esac
}

python=$(find_python) ||
    missing "Python 3.12 or newer is missing ($wanted is best). Do this, then run it again: $(how_to_get_python)"
uv=$(find_uv)

echo "Installing what $lock names into .venv ($("$python" --version))"
rm -f .venv/installed.txt
if ! is_whole || ! new_enough .venv/bin/python; then
    rm -rf .venv
    "$uv" venv --quiet --python "$python" .venv
fi
rm -f .venv/whole.txt
"$uv" pip sync --quiet --require-hashes --compile-bytecode --python .venv/bin/python "$lock" ||
    missing "The packages could not be installed (uv says above why). Run it again when PyPI can be reached."
printf '%s\n' "$PWD" "$(count)" >.venv/whole.txt
cp "$lock" .venv/installed.txt
compile_messages
