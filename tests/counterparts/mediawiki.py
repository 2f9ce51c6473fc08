"""A wiki: MediaWiki as Debian packages it, on PHP's own server and SQLite, without Apache.

Its packages are downloaded with apt-get and unpacked here; nothing is installed on the machine.
"""

import http.cookiejar
import json
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import suppress

from tests.counterparts.npm import INSTALLED
from tests.servers import free_ports

PACKAGES = ("mediawiki", "mediawiki-classes")
FOLDER = INSTALLED / "mediawiki"
CODE = FOLDER / "usr" / "share" / "mediawiki"
EXTENSIONS = ("sqlite3", "intl", "mbstring", "xml", "curl")
PASSWORD = "adminpassword1"


def is_installed():
    return (FOLDER / ".unpacked").exists()


def php_lacks():
    """What of PHP is missing on this machine, as names of Debian's packages."""
    if shutil.which("php") is None:
        return ["php-cli", *(f"php-{name}" for name in EXTENSIONS)]
    done = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True, timeout=60)
    return [f"php-{name}" for name in EXTENSIONS if name not in done.stdout.lower().split()]


def install(seconds=300):
    FOLDER.mkdir(parents=True, exist_ok=True)
    _do(["apt-get", "download", *PACKAGES], seconds)
    for package in sorted(FOLDER.glob("*.deb")):
        _do(["dpkg", "-x", package, FOLDER], seconds)
    for name in ("LocalSettings.php", "config", "extensions", "images"):
        with suppress(FileNotFoundError):
            (CODE / name).unlink()  # links into /etc and /var
    (CODE / "extensions").symlink_to("extensions-core")
    (FOLDER / ".unpacked").touch()


def _do(command, seconds):
    subprocess.run(command, cwd=FOLDER, check=True, timeout=seconds, stdout=subprocess.DEVNULL)


def version():
    for line in (CODE / "includes" / "Defines.php").read_text().splitlines():
        if "'MW_VERSION'" in line:
            return line.split("'")[3]
    return "unknown"


class Wiki:
    """One that serves, and an administrator who is signed in."""

    def __init__(self, folder):
        """`folder`: an empty one, for its database, settings and images."""
        port = free_ports(1)
        self.address = f"http://127.0.0.1:{port}"
        place = folder / "wiki"
        place.mkdir()
        for entry in CODE.iterdir():  # each wiki has settings of its own beside the same code
            if entry.name not in ("config", "images", "LocalSettings.php"):
                (place / entry.name).symlink_to(entry)
        (place / "images").mkdir()
        self.environment = {**os.environ, "MW_INSTALL_PATH": str(place)}
        made = ("--dbtype", "sqlite", "--dbpath", folder, "--dbname", "w")
        made = (*made, "--server", self.address, "--scriptpath", "", "--pass", PASSWORD)
        install_php = (CODE / "maintenance" / "install.php", *made, "--confpath", place)
        self._php(*install_php, "Test", "Admin")
        with (place / "LocalSettings.php").open("a") as settings:
            settings.write("\n$wgGroupPermissions['sysop']['deleterevision'] = true;\n")
            settings.write("$wgMainCacheType = CACHE_NONE;\n")
        self.process = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{port}", "-t", place],
            env=self.environment,
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self._sign_in()

    def act(self, action, **values):
        """Something that the administrator does."""
        token = self._call(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]
        done = self._call(post=True, action=action, token=token, **values)
        assert "error" not in done, done
        return done[action]

    def register(self, name):
        asked = self._call(action="query", meta="tokens", type="createaccount")
        values = {"username": name, "password": PASSWORD, "retype": PASSWORD, "reason": "test"}
        values |= {"createtoken": asked["query"]["tokens"]["createaccounttoken"]}
        done = self._call(post=True, action="createaccount", createreturnurl=self.address, **values)
        assert done["createaccount"]["status"] == "PASS", done

    def close(self):
        self.process.terminate()
        self.process.wait(20)

    def _sign_in(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                asked = self._call(action="query", meta="tokens", type="login")
                break
            except OSError:
                assert time.monotonic() < deadline, "the wiki did not start"
                time.sleep(0.2)
        token = asked["query"]["tokens"]["logintoken"]
        who = {"lgname": "Admin", "lgpassword": PASSWORD, "lgtoken": token}
        done = self._call(post=True, action="login", **who)
        assert done["login"]["result"] == "Success", done

    def _call(self, *, post=False, **values):
        form = urllib.parse.urlencode(values | {"format": "json", "formatversion": "2"})
        address = f"{self.address}/api.php"
        with self._opener.open(
            address if post else f"{address}?{form}", form.encode() if post else None, timeout=60
        ) as answer:
            return json.load(answer)

    def _php(self, *words):
        done = subprocess.run(
            ["php", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
