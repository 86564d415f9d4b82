#!/bin/sh
# Builds deploy/Dockerfile with buildah, without a Docker daemon, as the image "fizzog".
#   deploy/build.sh           pulls debian:bookworm-slim
#   deploy/build.sh --local   makes debian:bookworm-slim with debootstrap first, where no image registry can be reached
# PIP_CERT, if set, is the certificate bundle that pip uses.
set -eu
cd "$(dirname "$0")/.."
: "${STORAGE_DRIVER:=vfs}" "${BUILDAH_ISOLATION:=chroot}"
export STORAGE_DRIVER BUILDAH_ISOLATION

for program in buildah $([ "${1:-}" = --local ] && echo debootstrap); do
    command -v "$program" >/dev/null 2>&1 || { echo "$program is missing: apt-get install $program" >&2; exit 1; }
done
if [ "${1:-}" = --local ]; then
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    debootstrap --variant=minbase bookworm "$root" >/dev/null
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    base=$(buildah from scratch)
    buildah add -q "$base" "$root" / >/dev/null
    buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd /bin/sh "$base"
    buildah commit -q "$base" docker.io/library/debian:bookworm-slim >/dev/null
    buildah rm "$base" >/dev/null
fi
if [ -n "${PIP_CERT:-}" ]; then
    set -- --volume "$PIP_CERT:/run/pip.crt:ro" --build-arg PIP_CERT=/run/pip.crt
else
    set --
fi
buildah build "$@" --format docker --file deploy/Dockerfile --tag fizzog .
buildah images fizzog
