#!/usr/bin/env bash
# Sees to it that there are Firefox and WebKit for the tests that drive other browsers than Chromium.
set -euo pipefail

if command -v firefox-esr >/dev/null && command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null; then
  exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-cache show firefox-esr >/dev/null 2>&1; then
  echo "Installing Firefox and WebKit"
  apt-get update -qq
  # WebKit decodes with GStreamer; libav has H.264.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    firefox-esr webkit2gtk-driver xvfb gstreamer1.0-libav gstreamer1.0-plugins-good \
    gstreamer1.0-plugins-bad >/dev/null
else
  echo "Firefox and WebKit are not tested: they are missing. On Debian: apt-get install firefox-esr" \
    "webkit2gtk-driver xvfb gstreamer1.0-libav gstreamer1.0-plugins-good gstreamer1.0-plugins-bad" >&2
fi
