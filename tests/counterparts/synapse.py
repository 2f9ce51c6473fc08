"""A Matrix server: Synapse as PyPI has it, in an environment of its own, on SQLite."""

import hashlib
import hmac
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import quote

from tests.counterparts.npm import INSTALLED
from tests.servers import free_ports

VERSION = "1.163.2"
FOLDER = INSTALLED / f"synapse-{VERSION}"
PASSWORD = "a long password"
SERVER_NAME = "test.local"


def is_installed():
    return (FOLDER / ".installed").exists()


def version():
    return VERSION


def install(seconds=900):
    subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True, timeout=seconds)
    package = f"matrix-synapse=={VERSION}"
    pip = [FOLDER / "bin" / "pip", "install", "-q", package]
    subprocess.run(pip, check=True, timeout=seconds)
    (FOLDER / ".installed").touch()


class Homeserver:
    """One that serves, with an administrator who is signed in."""

    def __init__(self, folder):
        """`folder`: an empty one, for its database, settings and media."""
        port = free_ports(1)
        self.address = f"http://127.0.0.1:{port}"
        self.token = ""
        self.folder, self._settings = folder, folder / "homeserver.yaml"
        self._python("-m", "synapse.app.homeserver", *self._asked_for())
        written = self._settings.read_text()
        assert "port: 8008" in written
        self._settings.write_text(
            written.replace("port: 8008", f"port: {port}") + "\ntrusted_key_servers: []\n"
            "rc_login: {address: {per_second: 1000, burst_count: 1000}, "
            "account: {per_second: 1000, burst_count: 1000}}\n"
        )
        self._log = (folder / "output").open("wb")
        self.process = subprocess.Popen(
            [FOLDER / "bin" / "python", "-m", "synapse.app.homeserver", "-c", self._settings],
            cwd=folder,
            stdout=self._log,
            stderr=self._log,
        )
        self._wait()
        self.token = self.register("admin", admin=True)

    def register(self, name, *, admin=False):
        """Make an account; its access token."""
        nonce = self.admin("GET", "/v1/register")["nonce"]
        secret = re.search(r'registration_shared_secret: "(.*)"', self._settings.read_text())[1]
        said = "\0".join((nonce, name, PASSWORD, "admin" if admin else "notadmin"))
        mac = hmac.new(secret.encode(), said.encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": PASSWORD, "admin": admin, "mac": mac}
        return self.admin("POST", "/v1/register", body)["access_token"]

    def sign_in(self, name):
        """What is answered to somebody who signs in."""
        who = {"type": "m.id.user", "user": name}
        body = {"type": "m.login.password", "identifier": who, "password": PASSWORD}
        return self.call("POST", "/_matrix/client/v3/login", body, token="")

    def call(self, method, path, body=None, *, token=None):
        """What is answered, in JSON; by the administrator unless another token is named."""
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        kind = "image/png" if isinstance(body, bytes) else "application/json"
        asked = urllib.request.Request(
            f"{self.address}{path}",
            method=method,
            data=None if method == "GET" else raw,
            headers={
                "content-type": kind,
                "authorization": f"Bearer {self.token if token is None else token}",
            },
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def admin(self, method, path, body=None):
        """Something that the administrator does, which has to succeed."""
        done = self.call(method, f"/_synapse/admin{path}", body)
        assert "errcode" not in done, done
        return done

    def room(self, token, name):
        """A public room that somebody makes."""
        body = {"preset": "public_chat", "name": name}
        return self.call("POST", "/_matrix/client/v3/createRoom", body, token=token)["room_id"]

    def say(self, token, room, text):
        """A message; its number."""
        path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/{time.monotonic_ns()}"
        return self.call("PUT", path, {"msgtype": "m.text", "body": text}, token=token)["event_id"]

    def report(self, token, room, message, why):
        path = f"/_matrix/client/v3/rooms/{quote(room)}/report/{quote(message)}"
        return self.call("POST", path, {"reason": why}, token=token)

    def upload(self, token, content):
        """Media, as `ORIGIN/ID`."""
        path = "/_matrix/media/v3/upload?filename=holiday.png"
        return self.call("POST", path, content, token=token)["content_uri"].removeprefix("mxc://")

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self._log.close()

    def _asked_for(self):
        made = ("--server-name", SERVER_NAME, "--config-path", self._settings)
        return (*made, "--generate-config", "--report-stats=no", "--data-directory", self.folder)

    def _wait(self):
        deadline = time.monotonic() + 120
        while True:
            try:
                self.call("GET", "/_matrix/client/versions", token="x")
            except OSError:
                assert time.monotonic() < deadline, "Synapse did not start"
                assert self.process.poll() is None, (self.folder / "output").read_text()[-2000:]
                time.sleep(0.2)
            else:
                return

    def _python(self, *words):
        subprocess.run(
            [FOLDER / "bin" / "python", *words],
            cwd=self.folder,
            check=True,
            timeout=120,
            capture_output=True,
        )
