#!/usr/bin/env bash
# The tests in a real browser, with what they need beside the project's own
# packages: Playwright, axe-core and, where there is none, Debian's Chromium.
# usage: tests/browser.sh [PYTEST ARGUMENT …]
set -euo pipefail
cd "$(dirname "$0")/.."
packages=.venv/browser

if ! cmp -s tests/browser.lock "$packages/installed.lock"; then
    echo "Setting up the browser's driver; only the first time waits."
    rm -rf "$packages"
    .venv/bin/uv pip install --quiet --require-hashes --only-binary :all: \
        --python .venv/bin/python --target "$packages" \
        --default-index "${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-${PIP_INDEX_URL:-https://pypi.org/simple}}}" \
        --requirements tests/browser.lock
    cp tests/browser.lock "$packages/installed.lock"
fi
if ! command -v chromium chromium-browser google-chrome >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "There is no Chromium; install it: apt-get install chromium" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends chromium >/dev/null
fi
OMP_NUM_THREADS=1 .venv/bin/pytest --quiet -rs --numprocesses 2 \
    --dist loadfile tests/test_*_in_browser.py "$@"
