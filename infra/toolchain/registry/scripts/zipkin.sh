#!/usr/bin/env bash
# Makes a layer with Zipkin for an image on top of our Debian: the server, and the least of Debian's Java that it runs on.
#   LAB_OUT   folder to fill: a tree that starts at /
#   LAB_BASE  root file system whose release the Java is for
#   LAB_WORK  folder for scratch work
#   LAB_JAR   the server, as Maven has it
set -euo pipefail
: "${LAB_OUT:?}" "${LAB_BASE:?}" "${LAB_WORK:?}" "${LAB_JAR:?}"

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
chroot "$root" apt-get install -y -qq --download-only --no-install-recommends -o APT::Sandbox::User=root openjdk-17-jdk-headless
for package in "$root"/var/cache/apt/archives/openjdk-17-*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -C "$root" -x ./usr/lib/jvm ./etc/java-17-openjdk 2>/dev/null || true
done
tools=$(cd "$root" && echo usr/lib/jvm/java-17-*/bin)

# A class loader of its own that looks into the server's one jar would start slower, and could not use an archive of classes.
zipkin=$root/opt/zipkin
mkdir -p "$zipkin"
cp "$LAB_JAR" "$root/opt/server.jar"
chroot "$root" bash -euc "cd /opt/zipkin && /$tools/jar --extract --file ../server.jar BOOT-INF && /$tools/jar --create --no-compress --file server.jar -C BOOT-INF/classes . && mv BOOT-INF/lib . && rm -r BOOT-INF ../server.jar"
# For other machines, and for storages and buses that nobody configures here.
(cd "$zipkin/lib" && rm -f -- *-osx-* *-windows-* spring-boot-jarmode-* spring-boot-loader-*)

modules=java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.security.jgss,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported
chroot "$root" "/$tools/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --output /opt/java

# Little memory and little processor time, rather than speed over hours.
{
  printf '%s\n' -Xms24m -Xmx128m -XX:MaxMetaspaceSize=96m -XX:ReservedCodeCacheSize=32m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss256k
  printf '%s\n' -XX:SharedArchiveFile=/opt/zipkin/classes.jsa
  printf '%s\n' -cp "/opt/zipkin/server.jar$(cd "$zipkin/lib" && printf ':/opt/zipkin/lib/%s' *.jar)"
  printf '%s\n' zipkin.server.ZipkinServer
} >"$zipkin/arguments"
# The archive is of files of one size and time, and layers have this one.
find "$zipkin" "$root/opt/java" -exec touch --no-dereference --date @0 {} +
