#!/usr/bin/env bash
# Makes an environment (.venv, or the one named second) with the given Python and the pip of
# requirements.lock, which checks the hashes of constraints.
set -euo pipefail

python=$1
folder=${2:-.venv}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Python 3.11 or newer is needed, and '$python' is not one." >&2
  echo "Name another: make PYTHON=python3.12 …" >&2
  exit 1
fi

# Debian keeps the part that brings pip into an environment in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "This Python cannot make environments. On Debian or Ubuntu: apt-get install python3-venv" >&2
    exit 1
  fi
fi

echo "Making $folder with $("$python" --version)"
"$python" -m venv "$folder"
awk '/^[^ ]/ { is_pip = /^pip==/ } is_pip' requirements.lock >"$folder/pip.txt"
"$folder/bin/python" -m pip install -qq --require-hashes --requirement "$folder/pip.txt"
