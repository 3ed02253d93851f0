#!/usr/bin/env bash
# Takes nginx out of Debian's package for an image on top of our Debian, set up as the public image is: port 80, logs to stdout
# and stderr, workers as user nginx.
#   LAB_OUT   folder to fill: a tree that starts at /
#   LAB_ROOT  root file system with the downloaded packages
set -euo pipefail
: "${LAB_OUT:?}" "${LAB_ROOT:?}"

# A library's package may still bring /lib, which is a link in the base: a layer must not turn it into a folder.
mkdir -p "$LAB_OUT"
for package in "$LAB_ROOT"/var/cache/apt/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -C "$LAB_OUT" -x --exclude ./etc --exclude ./lib/systemd --transform 's,^\./lib\(/\|$\),./usr/lib\1,'
done
rm -rf "$LAB_OUT"/usr/share/{doc,man,lintian,bug,vim,apport}

mkdir -p "$LAB_OUT"/etc/nginx/conf.d "$LAB_OUT"/var/{lib,log}/nginx "$LAB_OUT/run"
dpkg-deb --fsys-tarfile "$LAB_ROOT"/var/cache/apt/archives/nginx-common_*.deb | tar -C "$LAB_OUT" -x ./etc/nginx/mime.types
for file in passwd group; do cp "$LAB_ROOT/etc/$file" "$LAB_OUT/etc/$file"; done
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
cp -a --remove-destination --no-target-directory "$LAB_OUT" "$LAB_ROOT"
# A pipe: a socket, which this script's output may be, cannot be opened again by name.
chroot "$LAB_ROOT" /usr/sbin/nginx -t 2>&1 | cat
