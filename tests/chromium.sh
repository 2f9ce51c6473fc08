#!/bin/sh
# The browser tests need a real Chromium: install Debian's when it is missing and that is possible.
command -v chromium >/dev/null || command -v chromium-browser >/dev/null && exit 0

if command -v apt-get >/dev/null; then
  as_root=
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  echo "Chromium is missing; installing Debian's for the browser tests ..."
  if $as_root apt-get update -qq && $as_root apt-get install -y -qq chromium >/dev/null; then
    exit 0
  fi
fi
echo "Chromium is missing and could not be installed here, so the browser tests will FAIL." >&2
echo "Mend: run 'apt-get install chromium' as root, then 'make test' again." >&2
exit 0
