#!/usr/bin/env bash
# Installs what a lock file names into .venv: `install.sh` to run, `install.sh dev` to work on it.
# Says nothing and takes no time when that was done already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

lock=requirements.lock
[ "${1:-}" = dev ] && lock=requirements-dev.lock
here=$(pwd -P)

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# A copy of the lock lies in .venv once it is installed; a folder that was moved is made anew.
installed() {
  cmp -s "$1" ".venv/$1" && [ "$(cat .venv/place 2>/dev/null)" = "$here" ] && .venv/bin/python -c ''
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  fail "Moonshot Clinic needs Python 3.11, 3.12 or 3.13; found: $(python3 --version 2>&1 || echo none)." \
    "Install one of them, or name it: make run PYTHON=/path/to/python3.12"
}

# Python carries a pip of its own. Running it from there, to fetch uv, spares seconds of unpacking.
make_venv() {
  local python wheel
  python=$(find_python)
  rm -rf .venv
  if wheel=$("$python" -c '
import ensurepip, glob, os, venv
ours = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
print(*(glob.glob(ours + "/pip-*.whl") or glob.glob("/usr/share/python-wheels/pip-*.whl"))[:1])
' 2>/dev/null) && [ -n "$wheel" ]; then
    "$python" -m venv --without-pip .venv
    pip=(.venv/bin/python "$wheel/pip")
  elif "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv .venv
  elif "$python" -c 'import pip, venv' 2>/dev/null; then
    "$python" -m venv --without-pip .venv
    pip=("$python" -m pip --python .venv/bin/python)
  else
    fail "This Python has neither ensurepip nor pip, so nothing can be installed." \
      "On Debian and Ubuntu: apt install python3-venv"
  fi
}

# Made by us or by hand, whole, and not moved since.
usable() {
  [ "$(cat .venv/place 2>/dev/null || echo "$here")" = "$here" ] &&
    { .venv/bin/uv --version || .venv/bin/python -m pip --version; } >/dev/null 2>&1 &&
    .venv/bin/python -c '' 2>/dev/null
}

# uv needs a cache folder that can be written; without one it does without.
uv_cache() {
  local cache="${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}}"
  if [ -z "$cache" ] || ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then echo --no-cache; fi
}

pip_install() {
  "${pip[@]}" install -qq --no-input --disable-pip-version-check --root-user-action=ignore \
    --no-deps --require-hashes -r "$1"
}

install_packages() {
  awk '/^uv==/ {found = 1; print; next} /^[^ ]/ {found = 0} found' requirements-dev.lock >.venv/uv.lock
  if [ -x .venv/bin/uv ] || pip_install .venv/uv.lock 2>/dev/null; then
    # shellcheck disable=SC2046 -- no word at all when there is a cache
    .venv/bin/uv pip install -q --system-certs $(uv_cache) --python .venv/bin/python --no-deps \
      --require-hashes -r "$lock" && return
    echo "uv could not install the packages; trying pip." >&2
  fi
  pip_install "$lock"
}

# The project itself is not built: its folder goes on the path, and a script calls it.
link_project() {
  local site
  site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo "$here" >"$site/moonshot_clinic.pth"
  printf '#!/bin/sh\nexec %q -P -m moonshot_cli "$@"\n' "$here/.venv/bin/python" >.venv/bin/moonshot
  chmod +x .venv/bin/moonshot
}

# Tests of the pages need a browser. Where none can be had they are skipped, and say so.
find_browser() {
  command -v chromium chromium-browser google-chrome >/dev/null && return
  [ -e .venv/browser ] && return
  echo "Installing Chromium for the tests of the pages ..." >&2
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get install -y -qq chromium || { apt-get update -qq && apt-get install -y -qq chromium; }; } \
      >/dev/null 2>&1 && return
  fi
  .venv/bin/playwright install chromium >/dev/null 2>&1 ||
    echo "No Chromium could be installed: tests of the pages will be skipped." >&2
  touch .venv/browser
}

if installed "$lock"; then
  if [ "$lock" = requirements-dev.lock ]; then find_browser; fi
  exit
fi
echo "Installing what $lock names into .venv ..." >&2
pip=(.venv/bin/python -m pip)
usable || make_venv
install_packages
link_project
echo "$here" >.venv/place
cp "$lock" ".venv/$lock"
if [ "$lock" = requirements-dev.lock ]; then find_browser; fi
