#!/usr/bin/env bash
# Makes .venv-3.12 and so on: rushes and what its fast tests need, for each supported Python that is
# here besides the one of .venv. A test that has to hold on all of them finds them there.
set -euo pipefail

own=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)

# pyenv leaves a python3.12 on the path that runs only where that version is chosen.
find_python() {
  for python in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
    if [ "$("$python" -c 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$1" ]; then
      echo "$python"
      return
    fi
  done
}

make_environment() {
  local python=$1 folder=$2
  rm -rf "$folder"
  scripts/venv.sh "$python" "$folder" >/dev/null || return
  scripts/install.sh "$folder" fast || return
  touch "$folder/.made"
}

for version in 3.11 3.12 3.13 3.14; do
  folder=.venv-$version
  if [ "$version" = "$own" ]; then continue; fi
  if [ "$folder/.made" -nt pyproject.toml ] && [ "$folder/.made" -nt requirements.lock ]; then
    continue
  fi
  python=$(find_python "$version")
  if [ -z "$python" ]; then
    continue
  fi
  echo "Installing Python packages into $folder"
  if ! make_environment "$python" "$folder"; then
    echo "Python $version is left out of the tests: its packages could not be installed." >&2
    rm -rf "$folder"
  fi
done
