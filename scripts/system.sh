#!/bin/sh
# What Fizzog needs of the system. Each command prints or installs one thing, or says what is missing and how to get it.
#   system.sh python      prints a Python 3.11, 3.12 or 3.13
#   system.sh libraries   the shared libraries that OpenCV opens
#   system.sh tests       what only the tests need: chromium, ffmpeg, espeak-ng, coturn's turnserver, caddy
set -eu

fail() {
    printf 'Fizzog: %s\n' "$*" >&2
    exit 1
}

is_root_on_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# install_or_say "what is missing" package...
install_or_say() {
    what=$1
    shift
    if is_root_on_debian; then
        printf 'Fizzog: %s is missing; installing %s\n' "$what" "$*" >&2
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 && return
    fi
    fail "$what is missing. On Debian or Ubuntu: sudo apt-get install $*"
}

usable_python() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
        if usable_python "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

case "${1:-}" in
python)
    find_python && exit
    install_or_say "Python 3.11, 3.12 or 3.13 with venv" python3 python3-venv
    find_python || fail "Python 3.11, 3.12 or 3.13 is needed, found $(python3 --version 2>&1). Install one (python.org, pyenv or uv) and run: make PYTHON=/path/to/python3.11 ..."
    ;;
libraries)
    [ "$(uname)" = Linux ] || exit 0
    if ! ldconfig -p | grep -q 'libGL\.so\.1' || ! ldconfig -p | grep -q 'libglib-2\.0\.so\.0'; then
        install_or_say "libGL or glib, which OpenCV opens," libgl1 libglib2.0-0
    fi
    ;;
tests)
    for program in chromium ffmpeg espeak-ng turnserver caddy; do
        package=$program
        [ $program != turnserver ] || package=coturn
        command -v $program >/dev/null 2>&1 || install_or_say "$program, which the tests use," $package
    done
    ;;
*) fail "usage: system.sh python|libraries|tests" ;;
esac
