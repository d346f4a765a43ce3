#!/bin/sh
# Make .venv ready with what a lock file names: `ops/venv.sh requirements.lock`. Done already, it takes no time.
set -eu
cd "$(dirname "$0")/.."
lock=$1
venv=.venv
log=.venv.log

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

if is_ready; then
    exit 0
fi
say "Installing what $lock names into .venv (once, about a minute) ..."
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$lock" >"$log" 2>&1; then
    grep -v WARNING "$log" | tail -n 5 >&2
    give_up "The packages could not be installed; the whole story is in $log."
fi
# The locks as installed, so that the next start can tell at a glance.
cp requirements.lock "$venv/"
cp "$lock" "$venv/"
rm -f "$log"
