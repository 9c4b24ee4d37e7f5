#!/usr/bin/env bash
# Says what to install when there is no Node.js that can build the front end.
set -euo pipefail

if ! command -v npm >/dev/null || ! node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))'; then
  echo "Node.js 20 or newer, with npm, is needed to build the front end: https://nodejs.org" >&2
  exit 1
fi
