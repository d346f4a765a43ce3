#!/bin/sh
# Bring a Chromium for the tests in a browser: one on the PATH, Playwright's own download, or the system's package (as
# root, with apt).
set -eu
cd "$(dirname "$0")/.."
for name in chromium-headless-shell chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
# Playwright starts its own where there is none on the PATH. Downloaded, it may still lack libraries of the system.
starts() {
    .venv/bin/python - 2>/dev/null <<'END'
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    playwright.chromium.launch(args=["--no-sandbox"]).close()
END
}
if starts; then
    exit 0
fi
echo "Installing Chromium for the tests in a browser ..."
if .venv/bin/python -m playwright install chromium >/dev/null 2>&1 && starts; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1 || true
    for package in chromium-headless-shell chromium; do
        if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1; then
            exit 0
        fi
    done
fi
echo "The tests need Chromium: put one on the PATH (Debian: apt-get install chromium; Fedora: dnf install chromium)." >&2
exit 1
