#!/bin/sh
# Runs a command as the containers do: read-only file system, 512 MB at /tmp, no capabilities, no new privileges.
# As root, from the repository:   unshare --mount sh deploy/read_only.sh COMMAND ...
set -eu
mount --make-rprivate /
mount -o remount,bind,ro /
mount -t tmpfs -o size=512m,mode=1777 tmpfs /tmp
export HOME=/tmp FIZZOG_CACHE=/tmp/fizzog PYTHONDONTWRITEBYTECODE=1
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
