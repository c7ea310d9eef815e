# Sourced by ./run, ./test and scripts/lock: brings a bare machine to where the rest can be done.
# Needs bash and python3 with venv. Node comes from a Python wheel: Debian 12's is too old for Vite.
set -euo pipefail
unset PYTHONDONTWRITEBYTECODE # with it every process compiles all modules anew: 5 s instead of 2
caller=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$@" >&2; }
die() { say "$@"; exit 1; }

# apt_need PACKAGE...: install what dpkg does not have; only root may, or a sudo that asks nothing.
apt_need() {
  local missing=() as_root=() package
  for package; do
    [[ $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) == *" installed" ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "Missing: ${missing[*]} (Debian's names). Please install, then try again."
  if ((EUID)); then
    sudo -n true 2>/dev/null || die "Missing: ${missing[*]}. Please run as root, then try again: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    as_root=(sudo -n)
  fi
  say "Installing ${missing[*]} ..."
  # env: sudo drops exports. 9>&-: a package may start a daemon, which must not inherit the lock.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
  "${apt[@]}" update >/dev/null 9>&-
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null 9>&-
}

# A uv of our own, beside .venv: it must not be among what it installs and removes.
find_uv() {
  uv=$root/.tools/uv/bin/uv
  ! cmp -s requirements-uv.lock .tools/uv/installed.lock || return 0
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Please install Python 3.11 or newer as python3."
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_need python3-venv # Debian packages it apart
  rm -rf .tools/uv
  python3 -m venv .tools/uv
  .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
  cp requirements-uv.lock .tools/uv/installed.lock
}

# pip_install OPTION...: into our .venv, whichever other one may be active.
pip_install() {
  # A company's proxy signs TLS with its own authority: trust what the machine trusts.
  UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1} "$uv" pip install --quiet --python .venv/bin/python "$@" 9>&-
}

# wanted LOCK: one line that changes whenever what .venv should hold changes, or the clone moves.
wanted() { echo "$1 $(cat pyproject.toml "$1" <(echo "$root") | sha256sum)"; }

# set_up LOCK OPTION...: make .venv what the lock says, and build the web app and the models.
set_up() {
  local lock=$1 line; shift
  line=$(wanted "$lock")
  if [[ ! -x .venv/bin/python ]] || ! grep -qsxF "$line" .venv/installed; then
    say "Installing into .venv; the first time takes about a minute ..."
    [[ -x .venv/bin/python ]] || "$uv" venv --quiet --relocatable --clear --python "$(command -v python3)" .venv
    rm -f .venv/installed
    pip_install --require-hashes "$@" -r "$lock"
    build
    pip_install --no-deps --no-build-isolation -e .
    { wanted requirements.lock; echo "$line"; } >.venv/installed # the other lock holds all of this one
  else
    build
  fi
}

# They do nothing when what they would build is there.
build() {
  .venv/bin/python -m scripts.build_web 9>&-
  .venv/bin/python -m scripts.build_models 9>&-
  .venv/bin/python -m scripts.build_licenses 9>&-
}

for folder in "$root" .tools .venv; do
  [[ ! -e $folder || -w $folder ]] || die "$(id -un) may not write to $folder: use a clone of your own."
done
mkdir -p .tools
exec 9>.tools/lock # the second of two that start at once waits here
flock 9
find_uv
