"""A disk that loses power: what may be left of a run's writes, in any order the kernel may choose.

A run is recorded call by call. At any moment, what was synced is there; of the rest, each write may
be there, be missing, or be torn at a sector; names appear and go once their folder is synced, and
before that in order or not at all. (All-order file systems promise more; none promises less.)
"""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.faults.subject import MARK

ROOT = Path(__file__).parents[2]
SECTOR = 512
_CALLS = "openat,close,pwrite64,write,fsync,fdatasync,ftruncate,rename,unlink,mkdir,access,stat"
_LINE = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_FD = re.compile(r"(\d+)<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def recorder(trace):
    """What to put before a command so that its writes are recorded."""
    return [
        "strace",
        "-f",
        "-ttt",
        "-y",
        "-xx",
        "-s",
        "4000000",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(trace),
    ]


def record(folder, *commits):
    """What a run does to the disk from its mark on, in order: tuples, the kind first."""
    trace = folder.with_name("writes")
    subject = [sys.executable, "-m", "tests.faults.subject", str(folder), *map(str, commits)]
    subprocess.run(
        [*recorder(trace), *subject],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    done = recorded(trace, MARK)
    return [one for _, one in done if one[0] == "say" or one[1].startswith(str(folder))]


def recorded(trace, mark=None):
    """What was recorded, from a mark on: (seconds since 1970, step), in order.

    A sync counts from when it has come back, and only for what was written before it was asked for:
    what comes meanwhile from others is put after it.
    """
    begun, done, places, syncing, late = mark is None, [], {}, {}, []
    for at, name, words, result in _whole_lines(trace, syncing):
        texts = [bytes.fromhex(one.replace("\\x", "")) for one in _TEXT.findall(words)]
        begun = begun or (bool(texts) and texts[0] == mark.encode())
        if not begun or result < 0:
            continue
        for one in _step(name, words, texts, result, places):
            if one[0] != "sync" and one[0] != "say" and one[1] in syncing.values():
                late.append(one)
                continue
            done.append((at, one))
            if one[0] == "sync":
                done += [(at, other) for other in late if other[1] not in syncing.values()]
                late = [other for other in late if other[1] in syncing.values()]
    return done + [(at, one) for one in late]


def _whole_lines(trace, syncing):
    """Calls, those in whose middle another one was told put together again."""
    unfinished = {}
    for line in trace.read_text().splitlines():
        process, at, rest = line.split(maxsplit=2)
        if rest.endswith("<unfinished ...>"):
            unfinished[process] = rest.removesuffix("<unfinished ...>")
            found = _FD.search(rest)
            if rest.startswith(("fsync", "fdatasync")) and found:
                syncing[process] = _path(found)
            continue
        if rest.startswith("<... "):
            rest = unfinished.pop(process, "") + rest.partition("resumed>")[2]
            syncing.pop(process, None)
        if match := _LINE.match(rest):
            yield float(at), match[1], match[2], int(match[3])


def _step(name, words, texts, result, places):
    if name == "openat":
        path = texts[-1].decode()
        places[path] = 0
        if "O_TRUNC" in words:
            return [("create", path), ("truncate", path, 0)]
        return [("create", path)] if "O_CREAT" in words else []
    if name in ("rename", "unlink", "mkdir"):
        return [(name, *[one.decode() for one in texts])]
    found = _FD.match(words)
    if found is None:
        return []
    fd, path = int(found[1]), _path(found)
    if name == "pwrite64":
        return [("write", path, int(words.rsplit(",", 1)[1]), texts[-1])]
    if name == "write" and fd == 1:
        return [("say", texts[-1])]
    if name == "write":
        at = places.get(path, 0)
        places[path] = at + result
        return [("write", path, at, texts[-1][:result])]
    if name in ("fsync", "fdatasync"):
        return [("sync", path)]
    if name == "ftruncate":
        return [("truncate", path, int(words.rsplit(",", 1)[1]))]
    return []


def _path(found):
    return bytes.fromhex(found[2].replace("\\x", "")).decode(errors="replace")


def lay_out(left, folder, image):
    """Put what was left of a node's folder into another one."""
    shutil.rmtree(image, ignore_errors=True)
    for part in ("log", "stage", "keys"):
        (image / part).mkdir(parents=True)
    for name, body in left.items():
        path = image / Path(name).relative_to(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        path.chmod(0o600 if "keys" in path.parts else 0o644)
    return image


class Disk:
    """What is durable and what is not, as steps go by."""

    def __init__(self, folder):
        self.files = {}  # a file's number -> [what is synced of it, what is written since]
        self.names = {}  # a durable name -> a file's number
        self.now = {}  # a name as programs see it now
        self.pending = defaultdict(list)  # a folder -> names made and gone since it was synced
        for path in folder.rglob("*"):
            if path.is_file() and not path.name.endswith("-shm"):  # made anew at a start
                self._new(str(path), path.read_bytes())
                self.names[str(path)] = self.now[str(path)]

    def step(self, kind, path, *rest):
        if path.endswith("-shm"):
            return
        if kind == "create" and path not in self.now:
            self._new(path, b"")
            self._name(path, self.now[path])
        elif kind in ("write", "truncate"):
            if path in self.now:
                self.files[self.now[path]][1].append((kind, *rest))
        elif kind == "unlink":
            self.now.pop(path, None)
            self._name(path, None)
        elif kind == "rename":
            self.now[rest[0]] = self.now.pop(path)
            self.pending[str(Path(path).parent)].append(
                ((rest[0], self.now[rest[0]]), (path, None))
            )
        elif kind == "sync":
            self._sync(path)

    def left(self, chance):
        """What may be found after a power cut: name -> body."""
        names = dict(self.names)
        for changes in self.pending.values():
            for change in changes[: chance.randint(0, len(changes))]:
                _apply(names, change)
        return {name: self._body(number, chance) for name, number in names.items()}

    def _new(self, path, body):
        number = len(self.files)
        self.files[number] = [body, []]
        self.now[path] = number

    def _name(self, path, number):
        self.pending[str(Path(path).parent)].append(((path, number),))

    def _sync(self, path):
        if path in self.now:
            file = self.files[self.now[path]]
            for one in file[1]:
                file[0] = _written(file[0], *one)
            file[1] = []
        for change in self.pending.pop(path, []):
            _apply(self.names, change)

    def _body(self, number, chance):
        body, since = self.files[number]
        for kind, *rest in since:
            fate = chance.random()
            if fate < 0.4:
                continue
            if kind == "write" and fate < 0.6:  # torn: sectors before, or after, a point
                at, data = rest
                cut = chance.randrange(0, len(data) + 1, SECTOR) if data else 0
                rest = (at, data[:cut]) if chance.random() < 0.5 else (at + cut, data[cut:])
            body = _written(body, kind, *rest)
        return body


def _apply(names, change):
    for name, number in change:
        if number is None:
            names.pop(name, None)
        else:
            names[name] = number


def _written(body, kind, *rest):
    if kind == "truncate":
        return body[: rest[0]].ljust(rest[0], b"\0")
    at, data = rest
    return body[:at].ljust(at, b"\0") + data + body[at + len(data) :]
