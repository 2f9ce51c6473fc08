#!/bin/sh
# Some tests need a real Chromium, a real age, a real PostgreSQL, strace, systemd's own checks, npm and a real Java (for Spark): install
# Debian's where they are missing and that is possible.

PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)

install() { # package, what for
  command -v apt-get >/dev/null || return 1
  as_root=
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  echo "$1 is missing; installing Debian's for $2 ..."
  $as_root apt-get update -qq && $as_root apt-get install -y -qq "$1" >/dev/null
}

need() { # package, what for, commands of which one is enough
  package=$1 what=$2
  shift 2
  for command; do command -v "$command" >/dev/null && return 0; done
  install "$package" "$what" && return 0
  echo "$package is missing and could not be installed here, so $what will FAIL." >&2
  echo "Mend: run 'apt-get install $package' as root, then 'make test' again." >&2
}

# Without a window it starts and draws with a third less work; where there is none, Chromium itself.
command -v chromium-headless-shell >/dev/null || install chromium-headless-shell "the browser tests" ||
  need chromium "the browser tests" chromium chromium-browser
need postgresql "the tests on PostgreSQL" initdb
need systemd "the tests of the units in deploy/" systemd-analyze
need strace "the tests that let system calls fail" strace
need age "the tests of sealed disclosure with the standard tool" age
need npm "the tests with a labeler made by others" npm
need default-jre-headless "the tests on Spark" java
exit 0
