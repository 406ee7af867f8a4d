#!/bin/sh
# Makes .venv with geist and the given extra in it. Does nothing when that is done already, so that
# everything works offline after the first time.
set -eu
cd "$(dirname "$0")/.."
extra="${1:-}"
stamp=".venv/.ready-${extra:-run}"
front() {
    case "$extra" in
    show | make | test)
        scripts/front.sh
        scripts/browser.sh
        ;;
    esac
}
if [ -f "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ] && .venv/bin/python -c "import geist" 2>/dev/null; then
    front
    exit 0
fi

# Debian's python3 comes without venv, and llama.cpp needs the system's OpenMP library.
missing=""
python=""
for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python="$candidate"
        break
    fi
done
if [ -z "$python" ]; then
    echo "geist: Python 3.11 or newer is needed; this machine has $(python3 --version 2>&1)" >&2
    exit 2
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing="python3-venv"
if [ "$(uname -s)" = Linux ] && ! "$python" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null; then
    missing="$missing libgomp1"
fi
missing="$(echo "$missing" | sed 's/^ *//')"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing Debian packages: $missing (about 10 MB)"
        apt-get update -qq
        # shellcheck disable=SC2086 # one word each
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "geist: this machine lacks $missing. Install them, then run make again:" >&2
        echo "  sudo apt-get install -y $missing" >&2
        exit 2
    fi
fi

case "$extra" in
test) echo "setting up .venv: geist, its libraries, PyTorch and the test tools (about 550 MB to download)" ;;
train) echo "setting up .venv: geist, its libraries and PyTorch (about 320 MB to download)" ;;
map) echo "adding statistics and pictures: scipy, vl-convert (about 70 MB to download)" ;;
show) echo "adding DuckDB, vl-convert and Playwright (about 110 MB to download)" ;;
make) echo "adding DuckDB, Playwright, bandit, schemathesis, ruff and ty (about 150 MB to download)" ;;
gym) echo "adding reasoning-gym, which is built with a C compiler (about 60 MB to download)" ;;
*) echo "setting up .venv: geist and its libraries (about 80 MB to download)" ;;
esac
[ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
.venv/bin/python -m pip install -q --disable-pip-version-check -e ".${extra:+[$extra]}"
front
touch "$stamp"
