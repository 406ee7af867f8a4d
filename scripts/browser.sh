#!/bin/sh
# A Chromium to try pages in: the system's, else Playwright's own. Does nothing where one is there.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -c 'import sys; from geist.canvas.browser import chromium; sys.exit(chromium() is None)' && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian packages: chromium (about 90 MB to download)"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null && exit 0
fi
echo "downloading Playwright's Chromium (about 110 MB)"
.venv/bin/python -m playwright install chromium-headless-shell && exit 0
echo "geist: there is no Chromium, and none could be installed. Views are then shown without being tried." >&2
echo "  sudo apt-get install -y chromium" >&2
