#!/usr/bin/env bash
# Installs rushes with sets of packages into an environment: install.sh .venv lab test
# A set is a dependency group or an extra of pyproject.toml. Versions and hashes are those of
# requirements.lock, and a package without one is refused; nothing else is fetched, not even to build.
set -euo pipefail

folder=$1
shift
python=$folder/bin/python

"$python" - build "$@" >"$folder/wanted.txt" <<'EOF'
import sys
import tomllib

with open("pyproject.toml", "rb") as file:
    settings = tomllib.load(file)
project, groups = settings["project"], settings["dependency-groups"]


def members(name):
    for each in project["optional-dependencies"].get(name) or groups[name]:
        yield from [each] if isinstance(each, str) else members(each["include-group"])


print(*project["dependencies"], *(each for name in sys.argv[1:] for each in members(name)), sep="\n")
EOF

# What is imported is compiled then; the rest need not be.
"$python" -m pip install -qq --no-compile --require-hashes --constraint requirements.lock --requirement "$folder/wanted.txt"
SKIP_JS_BUILD=1 "$python" -m pip install -qq --no-deps --no-build-isolation --editable .
