#!/usr/bin/env bash
# Sees to it that there is a Chromium for the tests that drive a browser.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium"
  apt-get update -qq
  # The font is for pages that are looked at; Chromium recommends none that it needs.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium fonts-dejavu-core >/dev/null
else
  echo "The tests drive Chromium, and there is none. On Debian or Ubuntu: apt-get install chromium" >&2
  exit 1
fi
