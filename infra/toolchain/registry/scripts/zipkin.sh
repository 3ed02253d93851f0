#!/usr/bin/env bash
# Makes a layer with Zipkin for an image on top of our Debian: the server, and as much of Debian's Java as it needs.
#   LAB_OUT   folder to fill: a tree that starts at /
#   LAB_ROOT  root file system with the downloaded packages of Java
#   LAB_JAR   the server, as Maven's registry has it
set -euo pipefail
: "${LAB_OUT:?}" "${LAB_ROOT:?}" "${LAB_JAR:?}"

root=$LAB_ROOT
for package in "$root"/var/cache/apt/archives/openjdk-17-*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -C "$root" -x
done
tools=$(cd "$root" && echo usr/lib/jvm/java-17-*/bin)

# The whole Java is 250 MB.
modules=java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.security.jgss,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported
chroot "$root" "/$tools/jlink" --add-modules "$modules" --compress 1 --strip-java-debug-attributes --no-header-files --no-man-pages --output /opt/java
rm -rf "$root/opt/java/legal"

# A jar of jars has a class loader of its own, which starts slower.
mkdir "$root/opt/zipkin"
cp "$LAB_JAR" "$root/opt/all.jar"
chroot "$root" bash -euc "cd /opt/zipkin && /$tools/jar --extract --file ../all.jar BOOT-INF"
chroot "$root" "/$tools/jar" --create --no-compress --file /opt/zipkin/server.jar -C /opt/zipkin/BOOT-INF/classes .
mv "$root/opt/zipkin/BOOT-INF/lib" "$root/opt/zipkin/lib"
rm -r "$root/opt/zipkin/BOOT-INF" "$root/opt/all.jar"

# Little memory and a fast start count more here than speed.
cat >"$root/opt/zipkin/arguments" <<'ARGUMENTS'
-Xms24m -Xmx128m -Xss256k -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError
-cp /opt/zipkin/server.jar:/opt/zipkin/lib/*
zipkin.server.ZipkinServer
ARGUMENTS
mkdir -p "$LAB_OUT/opt"
mv "$root/opt/java" "$root/opt/zipkin" "$LAB_OUT/opt/"
test -x "$LAB_OUT/opt/java/bin/java"
