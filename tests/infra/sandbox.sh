#!/bin/sh
# Runs a command as a container of the image would: in mount, PID, IPC and host name namespaces of
# its own, with the image's tree at /opt and the data directory at /data, and, unless it is the build,
# as user 10001 without capabilities, with a read-only root and a tmpfs at /tmp.
#
# sandbox.sh build|run NAME IMAGE DATA COMMAND...
#   IMAGE has the folders sluice/, deno/ and cache/ of /opt, and the file environment
set -eu
if [ "${SANDBOX:-}" != inside ]; then
  SANDBOX=inside exec unshare --mount --pid --fork --kill-child --ipc --uts "$0" "$@"
fi
mode=$1 name=$2 image=$3 data=$4
shift 4
hostname "$name"
mount --make-rprivate /
deno=$(command -v deno)
mount -t tmpfs tmpfs /srv
mkdir /srv/bin /srv/image /srv/data
cp "$deno" /srv/bin/deno
mount --bind "$image" /srv/image
mount --bind "$data" /srv/data
mount -t tmpfs tmpfs /opt
for folder in sluice deno cache; do
  mkdir "/opt/$folder"
  mount --bind "/srv/image/$folder" "/opt/$folder"
done
mount --bind /srv/image/modules /opt/sluice/node_modules
environment=$(cat /srv/image/environment)
umount /srv/image
mkdir /opt/data && mount --move /srv/data /opt/data
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp
mount -t proc proc /proc
cd /opt/sluice
# Not the caller's: an image has its own.
run="env -i PATH=/srv/bin:/usr/bin:/bin $environment SLUICE_HOME=/opt/data ${SANDBOX_VARIABLES:-}"
if [ "$mode" = build ]; then exec $run "$@"; fi
for point in $(awk '{ print $5 }' /proc/self/mountinfo); do
  case $point in
    /opt/data | /tmp | /proc* | /dev* | /sys*) ;;
    *) mount -o remount,bind,ro "$point" 2> /dev/null || true ;;
  esac
done
if touch /opt/sluice/written 2> /dev/null; then echo "the root can be written" >&2; exit 70; fi
exec setpriv --reuid 10001 --regid 10001 --clear-groups --inh-caps=-all --bounding-set=-all \
  --no-new-privs $run "$@"
