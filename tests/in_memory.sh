#!/bin/sh
# Runs a command with its temporary files in memory, where there is room for them: the suite makes
# files by the hundred thousand, and on a disk the kernel spends more on them than the tests do.
# What is tested stays the same: calls that write and sync fail by strace or a small disk of their own.

shared=/dev/shm
gigabytes_free() { df -Pk "$shared" 2>/dev/null | awk 'NR == 2 { print int($4 / 1048576) }'; }
gigabytes_available() { awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null; }

for old in "$shared"/amparo-tests.*; do # of a run that was killed
  [ -d "$old" ] && ! kill -0 "${old##*.}" 2>/dev/null && rm -rf "$old"
done
if [ -w "$shared" ] && [ "$(gigabytes_free)" -ge 8 ] && [ "$(gigabytes_available)" -ge 12 ]; then
  TMPDIR=$shared/amparo-tests.$$
  mkdir "$TMPDIR" && chmod 711 "$TMPDIR" && export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
  trap 'exit 130' INT TERM HUP
fi
"$@"
