#!/bin/sh
# Make .venv ready with what a lock file names: `ops/venv.sh requirements.lock`. Done already, it takes no time.
#
# uv installs the pinned packages in a fraction of pip's time. Where it is not to be had or fails, pip installs them, and
# also where pip is told of an index of its own, which uv does not know. Nothing is compiled here: the first process that
# imports a module compiles it, and many are never imported.
set -eu
cd "$(dirname "$0")/.."
lock=$1
venv=.venv
log=.venv.log
uv=uv==0.13.8

say() { printf '%s\n' "$1"; }
give_up() { printf '%s\n' "$1" >&2; exit 1; }

is_ready() {
    cmp -s requirements.lock "$venv/requirements.lock" && cmp -s "$lock" "$venv/$lock" &&
        "$venv/bin/python" -c '' 2>/dev/null
}

# For Python 3.11 to 3.13 every package has a wheel, Redis too; so these come first, whatever python3 is.
find_python() {
    found=
    for name in ${PYTHON:-} python3.12 python3.11 python3.13 python3 python3.14 python; do
        command -v "$name" >/dev/null 2>&1 || continue
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        found=${found:-$name}
        if "$name" -c 'import venv, ensurepip' >/dev/null 2>&1; then
            printf '%s' "$name"
            return
        fi
    done
    if [ -n "$found" ]; then
        give_up "$found has no venv module; install it (Debian and Ubuntu: apt-get install python3-venv)."
    fi
    give_up "Python 3.11 or newer is needed and was not found on the PATH (PYTHON=/path/to/python names one)."
}

make_venv() {
    python=$(find_python)
    "$python" -m venv --clear "$venv" >"$log" 2>&1 || give_up "$python could not make .venv: $(tail -n 1 "$log")"
}

pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }
pip_install() { pip install --quiet --no-compile "$@" >"$log" 2>&1; }

install_by_uv() {
    if pip config list 2>/dev/null | grep -qE '[.](index-url|no-index)='; then
        return 1
    fi
    pip_install --no-deps --only-binary :all: "$uv" || return 1
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" -r "$lock" >"$log" 2>&1
}

if is_ready; then
    exit 0
fi
say "Installing what $lock names into .venv (once, less than a minute) ..."
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
if ! install_by_uv && ! pip_install -r "$lock"; then
    grep -v WARNING "$log" | tail -n 5 >&2
    give_up "The packages could not be installed; the whole story is in $log."
fi
# The locks as installed, so that the next start can tell at a glance.
cp requirements.lock "$venv/"
cp "$lock" "$venv/"
rm -f "$log"
