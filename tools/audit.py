"""Ask for advisories about everything that is pinned: `make audit`, by pip-audit, from OSV.

Status 0: none is known. 1: one is. 0 with a warning where nobody can be asked: a build without that
network must not fail for it, and must not look audited either.
"""

import socket
import subprocess
import sys

ASKED = ("api.osv.dev", 443)


def main() -> int:
    """Ask, or say that nobody could be asked."""
    try:
        socket.create_connection(ASKED, timeout=5).close()
    except OSError as error:
        print(f"NOT AUDITED: {ASKED[0]} cannot be reached ({error}).", file=sys.stderr)
        return 0
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pip_audit",
            "-r",
            "requirements.lock",
            "--require-hashes",
            "--disable-pip",
            "--vulnerability-service",
            "osv",
            "--progress-spinner",
            "off",
        ],
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
