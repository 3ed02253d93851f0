#!/usr/bin/env bash
# Takes nginx out of Debian's package for an image on top of our Debian, set up as the public image is: port 80, logs to stdout
# and stderr, workers as user nginx.
#   LAB_OUT   folder to fill: a tree that starts at /
#   LAB_BASE  root file system whose release the package is for
#   LAB_WORK  folder for scratch work
set -euo pipefail
: "${LAB_OUT:?}" "${LAB_BASE:?}" "${LAB_WORK:?}"

root=$LAB_WORK/root
if [[ ${LAB_UNSHARED:-} != yes ]]; then
  rm -rf "$root"
  cp -a "$LAB_BASE" "$root"
  # What is mounted here is seen by this process alone and goes with it, at a kill too.
  LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"
fi
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
export LC_ALL=C
chroot "$root" apt-get update -qq
chroot "$root" apt-get install -y -qq --download-only --no-install-recommends -o APT::Sandbox::User=root nginx

# A library's package may still bring /lib, which is a link in the base: a layer must not turn it into a folder.
mkdir -p "$LAB_OUT"
for package in "$root"/var/cache/apt/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -C "$LAB_OUT" -x --exclude ./etc --exclude ./lib/systemd --transform 's,^\./lib\(/\|$\),./usr/lib\1,'
done
rm -rf "$LAB_OUT"/usr/share/{doc,man,lintian,bug,vim,apport}

mkdir -p "$LAB_OUT"/etc/nginx/conf.d "$LAB_OUT"/var/{lib,log}/nginx "$LAB_OUT/run"
dpkg-deb --fsys-tarfile "$root"/var/cache/apt/archives/nginx-common_*.deb | tar -C "$LAB_OUT" -x ./etc/nginx/mime.types
for file in passwd group; do cp "$LAB_BASE/etc/$file" "$LAB_OUT/etc/$file"; done
echo 'nginx:x:101:101:nginx:/nonexistent:/bin/false' >>"$LAB_OUT/etc/passwd"
echo 'nginx:x:101:' >>"$LAB_OUT/etc/group"
ln -sf /dev/stdout "$LAB_OUT/var/log/nginx/access.log"
ln -sf /dev/stderr "$LAB_OUT/var/log/nginx/error.log"

cat >"$LAB_OUT/etc/nginx/nginx.conf" <<'CONFIG'
user nginx;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log notice;

events {
  worker_connections 1024;
}

http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                  '"$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
  access_log /var/log/nginx/access.log main;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
CONFIG
cat >"$LAB_OUT/etc/nginx/conf.d/default.conf" <<'CONFIG'
server {
  listen 80;
  server_name localhost;
  root /usr/share/nginx/html;
  index index.html;
}
CONFIG

# Libraries and configuration are checked as the image will have them: Debian with this tree over it.
grep -q 'Welcome to nginx!' "$LAB_OUT/usr/share/nginx/html/index.html"
cp -a --remove-destination --no-target-directory "$LAB_OUT" "$root"
# A pipe: a socket, which this script's output may be, cannot be opened again by name.
chroot "$root" /usr/sbin/nginx -t 2>&1 | cat
umount "$root/dev" "$root/proc"
rm -rf "$root"
