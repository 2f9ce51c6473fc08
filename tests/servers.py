"""Real servers for tests: PostgreSQL as Debian ships it, an object store that speaks S3, a Spark cluster."""

import importlib.util
import json
import os
import pwd
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2
import obstore
import psycopg
from obstore.store import S3Store


def free_ports(number, *, also_above=0):
    """The first of several ports in a row that are free, as are those `also_above` them.

    Below those that the kernel gives to outgoing connections: else one of another test's may have
    it before the server does.
    """
    while True:
        first = random.SystemRandom().randrange(20_000, 32_000)
        row = range(first, first + number)
        try:
            for port in {*row, *(one + also_above for one in row)}:
                with socket.socket() as taken:
                    taken.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


class PostgresServer:
    """One cluster in a temporary folder; each journal gets a schema of its own."""

    def __init__(self, *settings):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        initdb = str(found[-1]) if found else shutil.which("initdb")
        if initdb is None:
            raise AssertionError(
                "There is no PostgreSQL. Install it: `apt-get install postgresql`."
            )
        self.bin = Path(initdb).parent
        self.folder = Path(tempfile.mkdtemp(prefix="amparo-pg-"))
        self.port = free_ports(1)
        self.settings = settings
        # Its programs refuse to run as root; Debian makes a user for them.
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data = self.folder / "data"
        self._run("initdb", "-D", self.data, "-U", "amparo", "-A", "trust", "-E", "UTF8")
        self.schemas = 0
        self.start()

    def start(self):
        options = [f"-p {self.port}", f"-k {self.folder}", "-c listen_addresses=127.0.0.1"]
        options += [f"-c {one}" for one in self.settings]
        self._run(
            "pg_ctl",
            "-D",
            self.data,
            "-w",
            "-l",
            self.folder / "log",
            "-o",
            " ".join(options),
            "start",
        )

    def stop(self, how="immediate"):
        self._run("pg_ctl", "-D", self.data, "-m", how, "-w", "stop")

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def address(self):
        return f"postgresql://amparo@127.0.0.1:{self.port}/postgres"

    def place(self):
        """The address of a new, empty schema."""
        self.schemas += 1
        name = f"journal_{self.schemas}"
        with psycopg.connect(self.address, autocommit=True) as session:
            session.execute(f"CREATE SCHEMA {name}")
        return f"{self.address}?options=-csearch_path%3D{name}"

    def cut(self):
        """Every session is ended, as when a network or a proxy gives way."""
        with psycopg.connect(self.address, autocommit=True) as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'amparo'"
            )

    def _run(self, program, *words):
        command = [str(self.bin / program), *map(str, words)]
        if os.getuid() == 0:
            command = [
                "setpriv",
                "--reuid",
                "postgres",
                "--regid",
                "postgres",
                "--clear-groups",
                *command,
            ]
        done = (
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                timeout=60,
                check=False,
            )
            if program != "pg_ctl" or "start" not in words
            else _detached(command, self.folder)
        )
        if done.returncode:
            raise AssertionError(f"{program}: {done.stdout.decode()}")


def _detached(command, folder):
    # The server would keep a pipe open for ever; a file it may have.
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            timeout=60,
            check=False,
        )
        out.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, out.read())


class ObjectStore:
    """A real server that speaks S3 (SeaweedFS), with one bucket and keys that it checks."""

    BUCKET = "amparo"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="amparo-s3-"))
        keys = {"accessKey": "amparo-test", "secretKey": "not-a-secret-4711"}
        who = {
            "name": "amparo",
            "credentials": [keys],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        (self.folder / "s3.json").write_text(json.dumps({"identities": [who]}))
        self.environment = {
            "AWS_ACCESS_KEY_ID": keys["accessKey"],
            "AWS_SECRET_ACCESS_KEY": keys["secretKey"],
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }
        self.process = None
        self.base = self.port = None
        self.prefixes = 0
        self.start()

    def start(self):
        has_clients = self.base is not None  # who knew it before finds it at the same address
        for _ in range(5):
            base = self.base or free_ports(4, also_above=10_000)  # weed takes those too
            self.base, self.port = base, base + 3
            self.process = subprocess.Popen(
                [
                    Path(sys.executable).with_name("weed"),
                    "-logtostderr=false",
                    "server",
                    f"-dir={self.folder}",
                    "-ip=127.0.0.1",
                    "-ip.bind=127.0.0.1",
                    "-filer",
                    "-s3",
                    f"-master.port={base}",
                    f"-volume.port={base + 1}",
                    f"-filer.port={base + 2}",
                    f"-s3.port={base + 3}",
                    f"-s3.config={self.folder / 's3.json'}",
                    "-s3.port.iceberg=0",
                    "-s3.port.lance=0",
                    "-master.telemetry=false",
                    "-volume.max=8",
                    "-master.volumeSizeLimitMB=64",
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.folder,
            )
            self.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{self.port}"
            if self._ready():
                return
            self.stop()
            if not has_clients:
                self.base = None
        raise AssertionError("the object store did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def place(self):
        """The address of a prefix that nothing is below."""
        self.prefixes += 1
        return f"s3://{self.BUCKET}/node-{self.prefixes}"

    def client(self, prefix=""):
        own = {name.removeprefix("AWS_").lower(): v for name, v in self.environment.items()}
        own["endpoint"] = own.pop("endpoint_url")
        own.pop("allow_http")
        return S3Store(
            self.BUCKET,
            prefix=prefix,
            client_options={"allow_http": True},
            virtual_hosted_style_request=False,
            retry_config={"max_retries": 0},
            **own,
        )

    def _ready(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx2.put(f"http://127.0.0.1:{self.port}/", timeout=1)
                self._make_bucket()
                obstore.put(self.client(), "ready", b"yes")
            except (httpx2.HTTPError, obstore.exceptions.BaseError):
                time.sleep(0.1)
            else:
                return True
        return False

    def _make_bucket(self):
        # obstore makes no buckets; the filer's own interface does.
        filer = next(a for a in self.process.args if str(a).startswith("-filer.port="))
        port = str(filer).partition("=")[2]
        httpx2.post(f"http://127.0.0.1:{port}/buckets/{self.BUCKET}/", timeout=2)


class SparkCluster:
    """A real standalone cluster: a master and two workers of a core each, a process each."""

    WAIT_SECONDS = 120

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="amparo-spark-"))
        self.environment = {"SPARK_CONF_DIR": str(self.folder)}
        (self.folder / "spark-defaults.conf").write_text(
            "spark.driver.host 127.0.0.1\n"
            "spark.sql.shuffle.partitions 2\n"  # 200 by default: a task each, of nothing here
        )
        self.processes = []
        try:
            self.address = self._start("master.Master", r"master at (spark://\S+)", "--port", "0")
            for _ in range(2):
                small = ("--cores", "1", "--memory", "1g", self.address)
                self._start("worker.Worker", "registered with master", *small)
        except BaseException:
            self.remove()
            raise

    def remove(self):
        for process in reversed(self.processes):
            process.terminate()  # a worker that is asked to end ends its executors
            process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def executors(self):
        """How many executors the workers have launched."""
        logs = self.folder.glob("*.log")
        return sum(log.read_text().count("Asked to launch executor") for log in logs)

    def _start(self, program, ready, *words):
        """Start a part of the cluster, and wait until its log says that it is ready."""
        log = self.folder / f"{len(self.processes)}.log"
        here = ("--host", "127.0.0.1", "--webui-port", "0")
        home = Path(importlib.util.find_spec("pyspark").origin).parent
        with log.open("wb") as out:
            process = subprocess.Popen(
                [home / "bin" / "spark-class", f"org.apache.spark.deploy.{program}", *here, *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.folder,
                env={**os.environ, "SPARK_WORKER_DIR": str(self.folder / "work")},
            )
        self.processes.append(process)
        deadline = time.monotonic() + self.WAIT_SECONDS
        while not (found := re.search(ready, log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        return found[found.re.groups]
